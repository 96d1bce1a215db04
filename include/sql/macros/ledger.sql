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
