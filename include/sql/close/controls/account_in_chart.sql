/* ---
title: Every account is in the chart and may be posted to
proves: Every posting of the day is on an account that the chart of accounts has, that is active, and that allows posting.
standard: SOX 404, journal entries
level: report
materiality: 0
todo: Add the account to the chart, or have the posting moved to the right account by a reversal and a new one.
reads: [erp.general_ledger, financial.journal_entry_headers, financial.journal_entry_lines, financial.chart_of_accounts]
--- */
{% from "macros/ledger.sql" import postings_of_day with context -%}
SELECT
    p.document,
    p.account,
    p.company,
    p.currency,
    p.amount,
    p.ledger || ' ' || p.line || ': account ' || CASE
        WHEN coa.account_code IS NULL THEN 'is not in the chart'
        WHEN coa.allow_posting IS NOT TRUE THEN 'is a summary account: no posting allowed'
        WHEN coa.is_active IS NOT TRUE THEN 'is not active'
        ELSE 'is valid from ' || coalesce(coa.effective_date::VARCHAR, '-') || ' to '
            || coalesce(coa.inactive_date::VARCHAR, '-')
    END AS detail,
    coa.account_code IS NULL
        OR coa.allow_posting IS NOT TRUE
        OR coa.is_active IS NOT TRUE
        OR coalesce(coa.effective_date > p.posting_date, FALSE)
        OR coalesce(coa.inactive_date <= p.posting_date, FALSE) AS broken
FROM ({{ postings_of_day() }}) AS p
LEFT JOIN postgres_query('financial', $$
    SELECT coa.account_code, coa.allow_posting, coa.is_active, coa.effective_date, coa.inactive_date
    FROM chart_of_accounts AS coa
$$) AS coa ON coa.account_code = p.account
