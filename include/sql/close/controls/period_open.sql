/* ---
title: Every posting is in an open period
proves: No posting of the day lies in a fiscal period that is closed, allows no posting or does not exist, and none names another period.
standard: SOX 404, period-end close
level: report
materiality: 0
todo: Have the posting reversed into an open period, or the period reopened by the persons who may; then clear the close.
reads: [erp.general_ledger, financial.journal_entry_headers, financial.journal_entry_lines, financial.chart_of_accounts, financial.fiscal_periods]
--- */
{% from "macros/ledger.sql" import postings_of_day with context -%}
SELECT
    p.document,
    p.account,
    p.company,
    p.currency,
    p.amount,
    p.ledger || ' ' || p.line || ': ' || CASE
        WHEN fp.period_id IS NULL THEN 'no fiscal period has ' || p.posting_date
        WHEN fp.is_closed THEN 'period ' || fp.fiscal_year || '/' || fp.period_number || ' is ' || fp.state
        ELSE 'names period ' || coalesce(p.fiscal_year::VARCHAR, '-') || '/' || coalesce(p.fiscal_period::VARCHAR, '-')
            || ', is dated in ' || fp.fiscal_year || '/' || fp.period_number
    END AS detail,
    fp.period_id IS NULL
        OR fp.is_closed
        OR coalesce(p.fiscal_year <> fp.fiscal_year, FALSE)
        OR coalesce(p.fiscal_period <> fp.period_number, FALSE) AS broken
FROM ({{ postings_of_day() }}) AS p
LEFT JOIN postgres_query('financial', $$
    SELECT
        min(fp.period_id) AS period_id,
        min(fp.fiscal_year) AS fiscal_year,
        min(fp.period_number) AS period_number,
        bool_or(fp.period_status IS DISTINCT FROM 'open' OR fp.allow_posting IS NOT TRUE) AS is_closed,
        min(coalesce(fp.period_status, 'of no status')
            || CASE WHEN fp.allow_posting THEN '' ELSE ' and allows no posting' END) AS state
    FROM fiscal_periods AS fp
    WHERE DATE '{{ day }}' BETWEEN fp.start_date AND fp.end_date
    HAVING count(*) > 0
$$) AS fp ON TRUE
