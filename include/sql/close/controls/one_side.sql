/* ---
title: Each line has one side, and no negative amount
proves: Every line of the day is either a debit or a credit, above zero; a correction is a reversal, not a wrong sign.
standard: SOX 404, journal entries
level: report
materiality: 0
todo: Have the line reversed and posted again with its amount on one side.
reads: [erp.general_ledger, financial.journal_entry_headers, financial.journal_entry_lines, financial.chart_of_accounts]
--- */
{% from "macros/ledger.sql" import postings_of_day with context -%}
SELECT
    p.document,
    p.account,
    p.company,
    p.currency,
    p.amount,
    p.ledger || ' ' || p.line || ': debit ' || coalesce(p.debit::VARCHAR, '-') || ', credit '
        || coalesce(p.credit::VARCHAR, '-') AS detail,
    (coalesce(p.debit, 0) > 0) = (coalesce(p.credit, 0) > 0)
        OR coalesce(p.debit, 0) < 0
        OR coalesce(p.credit, 0) < 0 AS broken
FROM ({{ postings_of_day() }}) AS p
