{#- Profit in percent of revenue. A margin on no revenue, or on less than none, has no meaning: NULL. -#}
{% macro margin_pct(profit, revenue, type="DECIMAL(18, 2)") -%}
CAST(CASE WHEN {{ revenue }} > 0 THEN 100 * ({{ profit }}) / ({{ revenue }}) END AS {{ type }})
{%- endmacro %}

{#- Numerator and denominator over the same rows: the sum of a value where the other one is known, too. -#}
{% macro sum_where_known(value, other) -%}
sum({{ value }}) FILTER (WHERE {{ other }} IS NOT NULL)
{%- endmacro %}
