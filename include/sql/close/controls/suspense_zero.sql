/* ---
title: Suspense and clearing accounts stand at zero
proves: At the end of the day nothing is left on an account that the chart calls suspense or clearing.
standard: SOX 404, account reconciliation
level: report
materiality: 0.01
todo: Find out where the amount belongs, and have it moved there.
reads: [erp.general_ledger, financial.journal_entry_headers, financial.journal_entry_lines, financial.chart_of_accounts]
--- */
{% from "macros/ledger.sql" import functional_amounts with context -%}
{% set is_suspense = "(coa.account_subtype ~* 'suspense|clearing' OR coa.account_name ~* 'suspense|clearing')" -%}
WITH accounts AS (
    FROM postgres_query('financial', $$
        SELECT
            coa.account_code,
            coa.account_name,
            coa.currency_code,
            CAST(coalesce(sum(f.debit), 0) - coalesce(sum(f.credit), 0) AS numeric(38, 2)) AS balance
        FROM chart_of_accounts AS coa
        LEFT JOIN (
            journal_entry_lines AS jel
            JOIN journal_entry_headers AS jeh
                ON jeh.journal_entry_id = jel.journal_entry_id AND jeh.posting_date <= DATE '{{ day }}' AND jeh.posted
        ) ON jel.account_id = coa.account_id
        LEFT JOIN LATERAL {{ functional_amounts("jel") }} AS f ON TRUE
        WHERE {{ is_suspense }}
        GROUP BY coa.account_id
    $$)
)

SELECT
    p.document,
    a.account_code AS account,
    p.company,
    coalesce(p.currency, a.currency_code) AS currency,
    coalesce(p.balance, 0) + CASE WHEN p.place > 1 THEN 0 ELSE a.balance END AS amount,
    a.account_name || ': journals ' || a.balance || ', general ledger ' || coalesce(p.balance, 0) AS detail,
    coalesce(p.balance, 0) + CASE WHEN p.place > 1 THEN 0 ELSE a.balance END <> 0 AS broken
FROM accounts AS a
LEFT JOIN (
    SELECT
        g.*,
        row_number() OVER (PARTITION BY g.gl_account ORDER BY g.company, g.currency) AS place
    FROM postgres_query('erp', $$
        SELECT
            gl.gl_account,
            gl.company_code AS company,
            gl.currency,
            max(gl.document_number) AS document,
            CAST(coalesce(sum(gl.debit_amount), 0) - coalesce(sum(gl.credit_amount), 0) AS numeric(38, 2)) AS balance
        FROM general_ledger AS gl
        WHERE gl.posting_date <= DATE '{{ day }}'
        GROUP BY gl.gl_account, gl.company_code, gl.currency
    $$) AS g
) AS p ON p.gl_account = a.account_code
