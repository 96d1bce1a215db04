/* ---
title: Document numbers have no gap
proves: Before every numbered document of the day there is the one with the number before, in the same range.
standard: SOX 404, completeness of journal entries
level: report
materiality: 0
todo: Ask the source's owner for the missing document; the captured changes tell who deleted it and when.
reads: [erp.general_ledger, financial.journal_entry_headers]
--- */
{#- Numbers end in digits; what stands before is the range. The first document of a range has none before it; what that
    is, is only looked up where one is missing. -#}
{% macro range_of(number) -%}
substring({{ number }} FROM '^(.*?)[0-9]{1,15}$')
{%- endmacro -%}
{% macro numbered(table, number, company) -%}
WITH of_day AS (
    SELECT
        n.*,
        n.range || lpad(
            CAST(n.number - 1 AS text), greatest(length(n.document) - length(n.range), length(CAST(n.number - 1 AS text))), '0'
        ) AS expected
    FROM (
        SELECT DISTINCT
            {{ company }} AS company,
            d.{{ number }} AS document,
            {{ range_of("d." ~ number) }} AS range,
            CAST(substring(d.{{ number }} FROM '([0-9]{1,15})$') AS bigint) AS number
        FROM {{ table }} AS d
        WHERE {{ window("d.posting_date") }} AND d.{{ number }} ~ '[0-9]$'
    ) AS n
),

lacking AS (
    SELECT o.document
    FROM of_day AS o
    WHERE NOT EXISTS (SELECT FROM {{ table }} AS e WHERE e.{{ number }} = o.expected)
),

first_ones AS (
    SELECT {{ range_of("e." ~ number) }} AS range, length(e.{{ number }}) AS length, min(e.{{ number }}) AS document
    FROM {{ table }} AS e
    WHERE EXISTS (SELECT FROM lacking) AND e.{{ number }} ~ '[0-9]$'
    GROUP BY 1, 2
)

SELECT
    o.company,
    o.document,
    o.expected,
    l.document IS NOT NULL AND f.document < o.document AS broken
FROM of_day AS o
LEFT JOIN (SELECT DISTINCT a.document FROM lacking AS a) AS l ON l.document = o.document
LEFT JOIN first_ones AS f ON f.range = o.range AND f.length = length(o.document)
{%- endmacro -%}
SELECT
    f.expected AS document,
    CAST(NULL AS VARCHAR) AS account,
    f.company,
    CAST(NULL AS VARCHAR) AS currency,
    CAST(NULL AS DECIMAL(38, 2)) AS amount,
    f.expected || ' is missing before ' || f.document AS detail,
    coalesce(f.broken, FALSE) AS broken
FROM (
    FROM postgres_query('financial', $$
        {{ numbered("journal_entry_headers", "journal_number", "NULL::text") }}
    $$)
    UNION ALL
    FROM postgres_query('erp', $$
        {{ numbered("general_ledger", "document_number", "d.company_code") }}
    $$)
) AS f
