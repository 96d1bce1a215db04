/* ---
title: Nothing is entered late
proves: No posting was entered on the day for an earlier day, whose figures are closed.
standard: SOX 404, cut-off
level: report
materiality: 0
todo: If it belongs to the earlier day, restate that day; if not, have it reversed and dated on the day of its entry.
reads: [erp.general_ledger, financial.journal_entry_headers, financial.journal_entry_lines, financial.chart_of_accounts]
--- */
{% from "macros/ledger.sql" import postings with context -%}
SELECT
    p.document,
    p.account,
    p.company,
    p.currency,
    p.amount,
    p.ledger || ' ' || p.line || ': dated ' || p.posting_date || ', entered ' || p.created_at || ' by '
        || coalesce(p.created_by, 'nobody named') AS detail,
    p.posting_date < DATE '{{ day }}' AS broken
FROM ({{ postings(window("gl.created_at"), window("jeh.created_at")) }}) AS p
