/* ---
title: Each journal balances
proves: Every journal posted on the day has as much debit as credit, in its own and in functional currency.
standard: SOX 404, journal entries; double entry
level: report
materiality: 0.01
todo: Have the journal's author post the missing side in the source, or reverse the journal; then clear the close.
reads: [financial.journal_entry_headers, financial.journal_entry_lines, erp.general_ledger]
--- */
{% from "macros/ledger.sql" import document_of, functional_amounts with context -%}
SELECT
    j.document,
    CAST(NULL AS VARCHAR) AS account,
    CAST(NULL AS VARCHAR) AS company,
    j.currency,
    CASE WHEN j.difference <> 0 THEN j.difference ELSE j.own_difference END AS amount,
    'debit ' || j.debit || ', credit ' || j.credit
        || CASE WHEN j.own_difference <> 0 THEN ', own currency off by ' || j.own_difference ELSE '' END AS detail,
    j.difference <> 0 OR j.own_difference <> 0 AS broken
FROM postgres_query('financial', $$
    SELECT
        jeh.journal_number AS document,
        jeh.functional_currency_code AS currency,
        CAST(coalesce(sum(b.debit), 0) AS numeric(38, 2)) AS debit,
        CAST(coalesce(sum(b.credit), 0) AS numeric(38, 2)) AS credit,
        CAST(coalesce(sum(b.debit), 0) - coalesce(sum(b.credit), 0) AS numeric(38, 2)) AS difference,
        CAST(coalesce(sum(jel.debit_amount), 0) - coalesce(sum(jel.credit_amount), 0) AS numeric(38, 2))
            AS own_difference
    FROM journal_entry_headers AS jeh
    LEFT JOIN journal_entry_lines AS jel ON jel.journal_entry_id = jeh.journal_entry_id
    LEFT JOIN LATERAL {{ functional_amounts("jel") }} AS b ON TRUE
    WHERE {{ window("jeh.posting_date") }} AND jeh.posted
    GROUP BY jeh.journal_entry_id
$$) AS j

UNION ALL

SELECT
    d.document,
    NULL AS account,
    d.company,
    d.currency,
    d.difference AS amount,
    'debit ' || d.debit || ', credit ' || d.credit AS detail,
    d.difference <> 0 AS broken
FROM postgres_query('erp', $$
    SELECT
        {{ document_of("gl") }} AS document,
        gl.company_code AS company,
        gl.currency,
        CAST(coalesce(sum(gl.debit_amount), 0) AS numeric(38, 2)) AS debit,
        CAST(coalesce(sum(gl.credit_amount), 0) AS numeric(38, 2)) AS credit,
        CAST(coalesce(sum(gl.debit_amount), 0) - coalesce(sum(gl.credit_amount), 0) AS numeric(38, 2)) AS difference
    FROM general_ledger AS gl
    WHERE {{ window("gl.posting_date") }}
    GROUP BY 1, 2, 3
$$) AS d
