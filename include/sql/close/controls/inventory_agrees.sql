/* ---
title: Inventory agrees with the ledger
proves: At the end of the day the book value of all stock is that of accounts 1310 and 1330.
standard: SOX 404, account reconciliation
level: report
materiality: 100
todo: Compare the goods movements of the day with the postings of both accounts; post what is missing.
reads: [reporting.trial_balance_daily, reporting.inventory_value_summary]
--- */
{% from "macros/subledger.sql" import agreement, balance_at_end with context -%}
{% set subledger %}
    SELECT COALESCE(SUM(i.stock_value), 0) AS amount, COUNT(*) AS rows_found
    FROM inventory_value_summary AS i
    WHERE i.inventory_date = DATE '{{ day }}'
{% endset -%}
{{ agreement("inventory_value_summary", ("1310", "1330"), balance_at_end, false, subledger) }}
