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
{#- Debit and credit of each company and currency; where they differ, also of its worst documents and accounts.

    postings: a SELECT of company, currency, document, account, debit and credit. -#}
{% macro sums(postings) -%}
WITH totals AS (
    SELECT p.company, p.currency, sum(p.debit) AS debit, sum(p.credit) AS credit
    FROM ({{ postings }}) AS p
    GROUP BY p.company, p.currency
),

-- Only a ledger off balance is read again. Byte order sorts a million documents ten times faster than a language's.
parts AS (
    {%- for kind in ("document", "account") %}
    SELECT p.company, p.currency, '{{ kind }}' AS kind, p.{{ kind }} COLLATE "C" AS name, sum(p.debit - p.credit) AS difference
    FROM ({{ postings }}) AS p
    WHERE EXISTS (SELECT FROM totals AS t WHERE t.debit <> t.credit)
    GROUP BY p.company, p.currency, p.{{ kind }} COLLATE "C"
    HAVING sum(p.debit - p.credit) <> 0
    {{- " UNION ALL" if not loop.last }}
    {%- endfor %}
),

worst AS (
    SELECT
        r.company,
        r.currency,
        max(r.parts) FILTER (WHERE r.kind = 'document') AS documents,
        min(r.name) FILTER (WHERE r.kind = 'document' AND r.place = 1) AS document,
        min(r.name) FILTER (WHERE r.kind = 'account' AND r.place = 1) AS account,
        string_agg(r.name || ' ' || r.difference, ', ' ORDER BY r.place) FILTER (WHERE r.kind = 'document')
            AS worst_documents,
        string_agg(r.name || ' ' || r.difference, ', ' ORDER BY r.place) FILTER (WHERE r.kind = 'account')
            AS worst_accounts
    FROM (
        SELECT
            p.*,
            count(*) OVER (PARTITION BY p.company, p.currency, p.kind) AS parts,
            row_number() OVER (
                PARTITION BY p.company, p.currency, p.kind ORDER BY abs(p.difference) DESC, p.name
            ) AS place
        FROM parts AS p
    ) AS r
    WHERE r.place <= 3
    GROUP BY r.company, r.currency
)

SELECT
    w.document,
    w.account,
    t.company,
    t.currency,
    CAST(t.debit - t.credit AS numeric(38, 2)) AS amount,
    'debit ' || t.debit || ', credit ' || t.credit || coalesce('; ' || w.documents
        || ' documents off balance, the worst ' || w.worst_documents, '')
        || coalesce('; accounts ' || w.worst_accounts, '') AS detail
FROM totals AS t
LEFT JOIN worst AS w
    ON w.company IS NOT DISTINCT FROM t.company
        AND w.currency IS NOT DISTINCT FROM t.currency
        AND t.debit <> t.credit
{%- endmacro -%}
{% set general_ledger %}
    SELECT
        gl.company_code AS company,
        gl.currency,
        {{ document_of("gl") }} AS document,
        gl.gl_account AS account,
        coalesce(gl.debit_amount, 0) AS debit,
        coalesce(gl.credit_amount, 0) AS credit
    FROM general_ledger AS gl
    WHERE gl.posting_date <= DATE '{{ day }}'
{%- endset -%}
{% set journals %}
    SELECT
        CAST(NULL AS text) AS company,
        jeh.functional_currency_code AS currency,
        jeh.journal_number AS document,
        coalesce(coa.account_code, jel.account_id) AS account,
        coalesce(f.debit, 0) AS debit,
        coalesce(f.credit, 0) AS credit
    FROM journal_entry_headers AS jeh
    JOIN journal_entry_lines AS jel ON jel.journal_entry_id = jeh.journal_entry_id
    LEFT JOIN LATERAL {{ functional_amounts("jel") }} AS f ON TRUE
    LEFT JOIN chart_of_accounts AS coa ON coa.account_id = jel.account_id
    WHERE jeh.posting_date <= DATE '{{ day }}' AND jeh.posted
{%- endset -%}
SELECT
    s.document,
    s.account,
    s.company,
    s.currency,
    s.amount,
    s.ledger || ': ' || s.detail AS detail,
    s.amount <> 0 AS broken
FROM (
    SELECT 'erp.general_ledger' AS ledger, g.*
    FROM postgres_query('erp', $$
{{ sums(general_ledger) }}
    $$) AS g
    UNION ALL
    SELECT 'financial.journal' AS ledger, j.*
    FROM postgres_query('financial', $$
{{ sums(journals) }}
    $$) AS j
) AS s
