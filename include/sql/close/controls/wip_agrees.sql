/* ---
title: Work in process agrees with the ledger
proves: At the end of the day material and labour booked on orders in process are account 1320.
standard: SOX 404, account reconciliation
level: report
materiality: 100
todo: Compare issues and confirmations of the day with the postings of the account; post what is missing.
reads: [reporting.trial_balance_daily, reporting.work_in_process]
--- */
{% from "macros/subledger.sql" import agreement, balance_at_end with context -%}
{% set subledger %}
    SELECT COALESCE(SUM(w.wip_value), 0) AS amount, COUNT(*) AS rows_found
    FROM work_in_process AS w
    WHERE w.wip_date = DATE '{{ day }}'
{% endset -%}
{{ agreement("work_in_process", ("1320",), balance_at_end, false, subledger) }}
