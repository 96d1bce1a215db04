-- Postings at the edge of a business day: dated in it but entered later, dated in it though its fiscal period takes no
-- postings, and dated after it though entered by its end. One row for each document and company.
WITH postings AS (
    SELECT gl.*
    FROM postgres_query('erp', $$
        SELECT
            'erp.general_ledger' AS ledger,
            coalesce(gl.document_number, gl.reference_document, gl.gl_transaction_id) AS document,
            gl.company_code AS company,
            gl.gl_account AS account,
            gl.posting_date,
            CAST(gl.created_at AS DATE) AS entered_on,
            coalesce(gl.debit_amount, 0) AS debit,
            coalesce(gl.credit_amount, 0) AS credit
        FROM general_ledger AS gl
        WHERE gl.posting_date >= DATE '{{ day }}' AND (gl.posting_date = DATE '{{ day }}' OR gl.created_at < DATE '{{ day }}' + 1)
    $$) AS gl
    UNION ALL
    SELECT j.*
    FROM postgres_query('financial', $$
        SELECT
            'financial.journal' AS ledger,
            h.journal_number AS document,
            NULL AS company,
            l.account_id AS account,
            h.posting_date,
            CAST(coalesce(h.posted_at, h.created_at) AS DATE) AS entered_on,
            coalesce(l.debit_amount, 0) AS debit,
            coalesce(l.credit_amount, 0) AS credit
        FROM journal_entry_headers AS h
        JOIN journal_entry_lines AS l ON l.journal_entry_id = h.journal_entry_id
        WHERE h.posted AND h.posting_date >= DATE '{{ day }}'
            AND (h.posting_date = DATE '{{ day }}' OR coalesce(h.posted_at, h.created_at) < DATE '{{ day }}' + 1)
    $$) AS j
),

periods AS (
    SELECT fp.*
    FROM postgres_query('financial', $$
        SELECT
            count(*) FILTER (WHERE fp.allow_posting AND fp.period_status = 'open') > 0 AS takes_postings,
            count(*) > 0 AS is_known
        FROM fiscal_periods AS fp
        WHERE DATE '{{ day }}' BETWEEN fp.start_date AND fp.end_date
    $$) AS fp
),

found AS (
    SELECT 'entered_later' AS finding, p.* FROM postings AS p
    WHERE p.posting_date = DATE '{{ day }}' AND p.entered_on > DATE '{{ day }}'
    UNION ALL
    SELECT 'period_closed' AS finding, p.* FROM postings AS p, periods AS fp
    WHERE p.posting_date = DATE '{{ day }}' AND fp.is_known AND NOT fp.takes_postings
    UNION ALL
    SELECT 'dated_ahead' AS finding, p.* FROM postings AS p WHERE p.posting_date > DATE '{{ day }}'
)

SELECT
    f.finding,
    f.ledger,
    f.document,
    f.company,
    string_agg(DISTINCT f.account, ', ' ORDER BY f.account) AS accounts,
    CAST(min(f.posting_date) AS VARCHAR) AS posting_date,
    CAST(max(f.entered_on) AS VARCHAR) AS entered_on,
    CAST(sum(f.debit) AS DECIMAL(18, 2)) AS debit,
    CAST(sum(f.credit) AS DECIMAL(18, 2)) AS credit
FROM found AS f
GROUP BY f.finding, f.ledger, f.document, f.company
ORDER BY ALL
