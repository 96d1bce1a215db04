{#- The reporting tables that the daily close publishes. -#}
{% set CLOSED_TABLES = ["profit_and_loss_daily", "cost_analysis_daily", "cash_flow_daily", "trial_balance_daily",
    "receivables_payables_aging", "budget_vs_actual", "financial_ratios"] -%}

{#- The one among them that no source can compute again for a past day. -#}
{% set SNAPSHOT = "receivables_payables_aging" -%}

{#- For MySQL: a subquery with one row for each of them, table_name. -#}
{% macro closed_tables() -%}
(
    {%- for name in CLOSED_TABLES %}
    SELECT '{{ name }}' AS table_name{{ " UNION ALL" if not loop.last }}
    {%- endfor %}
)
{%- endmacro %}
