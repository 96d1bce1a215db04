{#- Book value of stock: what the ERP states, else quantity x standard cost, rounded by balance. For PostgreSQL, of
    inventory_balances AS b and materials AS m. -#}
{% macro stock_value() -%}
CAST(coalesce(b.stock_value, b.unrestricted_stock * m.standard_cost) AS numeric(18, 2))
{%- endmacro %}
