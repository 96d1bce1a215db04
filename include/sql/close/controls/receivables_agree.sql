/* ---
title: Receivables agree with the ledger
proves: At the end of the day the open items of all customers add up to account 1210.
standard: SOX 404, account reconciliation
level: report
materiality: 100
todo: List the documents that only one side has, in receivables_payables_aging and the account's postings; have them posted or reversed.
reads: [reporting.trial_balance_daily, reporting.receivables_payables_aging]
--- */
{% from "macros/subledger.sql" import agreement, balance_at_end with context -%}
{% set subledger %}
    SELECT COALESCE(SUM(a.receivable_amount), 0) AS amount, COUNT(*) AS rows_found
    FROM receivables_payables_aging AS a
    WHERE a.as_of_date = DATE '{{ day }}'
{% endset -%}
{{ agreement("receivables_payables_aging", ("1210",), balance_at_end, false, subledger) }}
