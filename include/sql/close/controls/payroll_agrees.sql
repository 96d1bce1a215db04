/* ---
title: Payroll agrees with the ledger
proves: The salaries of all employees in the month are what account 2120 moved by. Compared on the last day of a month.
standard: SOX 404, account reconciliation
level: report
materiality: 100
todo: Have the month's payroll accrued, or correct hirings, leavings and salaries in the HR system.
reads: [reporting.trial_balance_daily, reporting.profit_and_loss_daily]
--- */
{% from "macros/subledger.sql" import agreement, movement_of_month with context -%}
{% set subledger %}
    SELECT
        COALESCE(SUM(p.administrative_expenses), 0) AS amount,
        COUNT(CASE WHEN p.pnl_date = DATE '{{ day }}' THEN 1 END) AS rows_found
    FROM profit_and_loss_daily AS p
    WHERE p.pnl_date >= DATE '{{ day.replace(day=1) }}' AND p.pnl_date <= DATE '{{ day }}'
{% endset -%}
{% set at_month_end = "DATE '" ~ day ~ "' = LAST_DAY(DATE '" ~ day ~ "')" -%}
{{ agreement("profit_and_loss_daily", ("2120",), movement_of_month, true, subledger, at_month_end) }}
