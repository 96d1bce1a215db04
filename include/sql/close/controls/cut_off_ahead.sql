/* ---
title: Nothing is dated ahead
proves: No posting that was entered on the day is dated later than the day.
standard: SOX 404, cut-off
level: report
materiality: 0
todo: Have it dated on the day to which it belongs, or keep it as a draft until then.
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
    p.posting_date > DATE '{{ day }}' AS broken
FROM ({{ postings(window("gl.created_at"), window("jeh.created_at")) }}) AS p
