/* ---
title: Document numbers have no gap
proves: Before every numbered document of the day there is the one with the number before, in the same range.
standard: SOX 404, completeness of journal entries
level: report
materiality: 0
todo: Ask the source's owner for the missing document; the captured changes tell who deleted it and when.
reads: [erp.general_ledger, financial.journal_entry_headers]
--- */
{#- Numbers end in digits; what stands before is the range. The first document of a range has none before it. -#}
{% macro numbered(table, number, key, condition, company="NULL::text") -%}
SELECT
    n.company,
    n.document,
    n.range || lpad(CAST(n.number - 1 AS text), greatest(n.digits, length(CAST(n.number - 1 AS text))), '0') AS expected,
    n.number > 0 AND EXISTS (
        SELECT FROM {{ table }} AS e
        WHERE e.{{ number }} LIKE replace(replace(n.range, '\\', '\\\\'), '_', '\\_') || '%'
            AND substring(e.{{ number }} FROM '^(.*?)[0-9]{1,15}$') = n.range
            AND length(e.{{ number }}) = length(n.document)
            AND e.{{ number }} < n.document
    ) AND NOT EXISTS (
        SELECT FROM {{ table }} AS e
        WHERE e.{{ number }} = n.range
            || lpad(CAST(n.number - 1 AS text), greatest(n.digits, length(CAST(n.number - 1 AS text))), '0')
    ) AS broken
FROM (
    SELECT DISTINCT
        {{ company }} AS company,
        d.{{ number }} AS document,
        substring(d.{{ number }} FROM '^(.*?)[0-9]{1,15}$') AS range,
        CAST(substring(d.{{ number }} FROM '([0-9]{1,15})$') AS bigint) AS number,
        length(substring(d.{{ number }} FROM '([0-9]{1,15})$')) AS digits
    FROM {{ table }} AS d
    WHERE {{ condition }} AND d.{{ number }} ~ '[0-9]$'
) AS n
{%- endmacro -%}
SELECT
    f.expected AS document,
    CAST(NULL AS VARCHAR) AS account,
    f.company,
    CAST(NULL AS VARCHAR) AS currency,
    CAST(NULL AS DECIMAL(38, 2)) AS amount,
    f.expected || ' is missing before ' || f.document AS detail,
    f.broken
FROM (
    FROM postgres_query('financial', $$
        {{ numbered("journal_entry_headers", "journal_number", "journal_entry_id", window("d.posting_date")) }}
    $$)
    UNION ALL
    FROM postgres_query('erp', $$
        {{ numbered("general_ledger", "document_number", "gl_transaction_id", window("d.posting_date"), "d.company_code") }}
    $$)
) AS f
