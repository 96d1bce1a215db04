/* ---
title: Debit equals credit per company, ledger and currency
proves: All postings up to the day have as much debit as credit in each company, ledger and currency.
standard: SOX 404, trial balance; double entry
level: report
materiality: 0.01
todo: Mend the documents that detail names, the worst first; the difference is that of all of them.
reads: [erp.general_ledger, financial.journal_entry_headers, financial.journal_entry_lines, financial.chart_of_accounts]
--- */
{% from "macros/ledger.sql" import document_of, functional_amounts with context -%}
WITH sums AS (
    SELECT
        'erp.general_ledger' AS ledger,
        g.*
    FROM postgres_query('erp', $$
        SELECT
            {{ document_of("gl") }} AS document,
            gl.gl_account AS account,
            gl.company_code AS company,
            gl.currency,
            CAST(coalesce(sum(gl.debit_amount), 0) AS numeric(38, 2)) AS debit,
            CAST(coalesce(sum(gl.credit_amount), 0) AS numeric(38, 2)) AS credit,
            GROUPING(gl.gl_account) AS over_accounts,
            GROUPING({{ document_of("gl") }}) AS over_documents
        FROM general_ledger AS gl
        WHERE gl.posting_date <= DATE '{{ day }}'
        GROUP BY gl.company_code, gl.currency, GROUPING SETS ((), ({{ document_of("gl") }}), (gl.gl_account))
        HAVING GROUPING({{ document_of("gl") }}) = 1
            OR coalesce(sum(gl.debit_amount), 0) <> coalesce(sum(gl.credit_amount), 0)
    $$) AS g

    UNION ALL BY NAME

    SELECT
        'financial.journal' AS ledger,
        j.*
    FROM postgres_query('financial', $$
        SELECT
            jeh.journal_number AS document,
            coa.account_code AS account,
            jeh.functional_currency_code AS currency,
            CAST(coalesce(sum(f.debit), 0) AS numeric(38, 2)) AS debit,
            CAST(coalesce(sum(f.credit), 0) AS numeric(38, 2)) AS credit,
            GROUPING(coa.account_code) AS over_accounts,
            GROUPING(jeh.journal_number) AS over_documents
        FROM journal_entry_headers AS jeh
        JOIN journal_entry_lines AS jel ON jel.journal_entry_id = jeh.journal_entry_id
        LEFT JOIN LATERAL {{ functional_amounts("jel") }} AS f ON TRUE
        LEFT JOIN chart_of_accounts AS coa ON coa.account_id = jel.account_id
        WHERE jeh.posting_date <= DATE '{{ day }}' AND jeh.posted
        GROUP BY jeh.functional_currency_code, GROUPING SETS ((), (jeh.journal_number), (coa.account_code))
        HAVING GROUPING(jeh.journal_number) = 1 OR coalesce(sum(f.debit), 0) <> coalesce(sum(f.credit), 0)
    $$) AS j
),

-- Of each ledger, company and currency, the documents off balance and the accounts, the greatest first.
ranked AS (
    SELECT
        s.*,
        coalesce(s.document, s.account, 'none') || ' ' || (s.debit - s.credit) AS told,
        row_number() OVER (
            PARTITION BY s.ledger, s.company, s.currency, s.over_accounts, s.over_documents
            ORDER BY abs(s.debit - s.credit) DESC, s.document, s.account
        ) AS place,
        count(*) FILTER (WHERE s.debit <> s.credit) OVER (
            PARTITION BY s.ledger, s.company, s.currency, s.over_accounts, s.over_documents
        ) AS unbalanced
    FROM sums AS s
)

SELECT
    arg_min(r.document, r.place) FILTER (WHERE r.over_documents = 0) AS document,
    arg_min(r.account, r.place) FILTER (WHERE r.over_accounts = 0) AS account,
    r.company,
    r.currency,
    any_value(r.debit - r.credit) FILTER (WHERE r.over_accounts = 1 AND r.over_documents = 1) AS amount,
    r.ledger || ': debit '
        || any_value(r.debit) FILTER (WHERE r.over_accounts = 1 AND r.over_documents = 1) || ', credit '
        || any_value(r.credit) FILTER (WHERE r.over_accounts = 1 AND r.over_documents = 1)
        || '; ' || coalesce(max(r.unbalanced) FILTER (WHERE r.over_documents = 0), 0)
        || ' documents off balance, the worst '
        || coalesce(string_agg(r.told, ', ' ORDER BY r.place) FILTER (WHERE r.over_documents = 0 AND r.place <= 5), '-')
        || '; accounts '
        || coalesce(string_agg(r.told, ', ' ORDER BY r.place) FILTER (WHERE r.over_accounts = 0 AND r.place <= 5), '-')
        AS detail,
    any_value(r.debit <> r.credit) FILTER (WHERE r.over_accounts = 1 AND r.over_documents = 1) AS broken
FROM ranked AS r
GROUP BY r.ledger, r.company, r.currency
