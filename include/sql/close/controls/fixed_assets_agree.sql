/* ---
title: Depreciation agrees with the ledger
proves: The depreciation of all machines in the month is what account 1520 moved by. Compared on the last day of a month.
standard: SOX 404, account reconciliation
level: report
materiality: 100
todo: Run the source's depreciation for the month, or correct the assets' values and lives.
reads: [reporting.trial_balance_daily, reporting.profit_and_loss_daily]
--- */
{% from "macros/subledger.sql" import agreement, movement_of_month with context -%}
{% set subledger %}
    SELECT
        COALESCE(SUM(p.depreciation), 0) AS amount,
        COUNT(CASE WHEN p.pnl_date = DATE '{{ day }}' THEN 1 END) AS rows_found
    FROM profit_and_loss_daily AS p
    WHERE p.pnl_date >= DATE '{{ day.replace(day=1) }}' AND p.pnl_date <= DATE '{{ day }}'
{% endset -%}
{% set at_month_end = "DATE '" ~ day ~ "' = LAST_DAY(DATE '" ~ day ~ "')" -%}
{{ agreement("profit_and_loss_daily", ("1520",), movement_of_month, true, subledger, at_month_end) }}
