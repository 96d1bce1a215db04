{#- What all controls mean by the postings of the two ledgers, for PostgreSQL: erp.general_ledger AS gl, and the journals,
    financial.journal_entry_headers AS jeh with their lines, AS jel. -#}

{#- The document of a posting: its number, else what it refers to, else itself. -#}
{% macro document_of(gl) -%}
coalesce({{ gl }}.document_number, {{ gl }}.reference_document, {{ gl }}.gl_transaction_id)
{%- endmacro %}

{#- A subquery of one row, debit and credit of a journal line in functional currency; a line that has no functional amount
    is converted at its own rate. trial_balance_daily takes the same. -#}
{% macro functional_amounts(jel) -%}
(
    SELECT
        CASE WHEN stated.none THEN round({{ jel }}.debit_amount * coalesce({{ jel }}.exchange_rate, 1), 2)
            ELSE {{ jel }}.functional_debit END AS debit,
        CASE WHEN stated.none THEN round({{ jel }}.credit_amount * coalesce({{ jel }}.exchange_rate, 1), 2)
            ELSE {{ jel }}.functional_credit END AS credit
    FROM (
        VALUES (coalesce({{ jel }}.functional_debit, 0) = 0 AND coalesce({{ jel }}.functional_credit, 0) = 0)
    ) AS stated (none)
)
{%- endmacro %}

{#- Postings of both ledgers, line by line, in functional currency where the ledger has it.

    gl: which of the general ledger, a condition on gl; je: which of the journals, a condition on jeh. -#}
{% macro postings(gl, je) -%}
SELECT
    'erp.general_ledger' AS ledger,
    g.*
FROM postgres_query('erp', $$
    SELECT
        {{ document_of("gl") }} AS document,
        gl.gl_transaction_id AS line,
        gl.gl_account AS account,
        gl.company_code AS company,
        gl.currency,
        gl.debit_amount AS debit,
        gl.credit_amount AS credit,
        CAST(coalesce(gl.debit_amount, 0) - coalesce(gl.credit_amount, 0) AS numeric(38, 2)) AS amount,
        gl.posting_date,
        gl.created_at,
        gl.created_by,
        gl.fiscal_year,
        gl.fiscal_period
    FROM general_ledger AS gl
    WHERE {{ gl }}
$$) AS g

UNION ALL BY NAME

SELECT
    'financial.journal' AS ledger,
    j.*
FROM postgres_query('financial', $$
    SELECT
        jeh.journal_number AS document,
        jel.line_id AS line,
        coalesce(coa.account_code, jel.account_id) AS account,
        jeh.functional_currency_code AS currency,
        CAST(f.debit AS numeric(38, 2)) AS debit,
        CAST(f.credit AS numeric(38, 2)) AS credit,
        CAST(coalesce(f.debit, 0) - coalesce(f.credit, 0) AS numeric(38, 2)) AS amount,
        jeh.posting_date,
        jeh.created_at,
        jeh.created_by,
        jeh.fiscal_year,
        jeh.fiscal_period
    FROM journal_entry_headers AS jeh
    JOIN journal_entry_lines AS jel ON jel.journal_entry_id = jeh.journal_entry_id
    LEFT JOIN LATERAL {{ functional_amounts("jel") }} AS f ON TRUE
    LEFT JOIN chart_of_accounts AS coa ON coa.account_id = jel.account_id
    WHERE {{ je }} AND jeh.posted
$$) AS j
{%- endmacro %}

{#- The postings that are dated on the day. -#}
{% macro postings_of_day() -%}
{{ postings(window("gl.posting_date"), window("jeh.posting_date")) }}
{%- endmacro %}
