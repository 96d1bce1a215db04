{#- For the queries of include/sql/reconcile, which see one source and so no exchange rates: an amount whose sum says NaN,
    "this query cannot tell", as soon as one document of the period is in a foreign currency. -#}
{% macro unless_foreign(amount, currency) -%}
CASE WHEN {{ currency }} <> '{{ rules.currency }}' THEN 'NaN' ELSE {{ amount }} END
{%- endmacro %}

{#- What a sales order line adds to net revenue: its amount less its discount, both rounded to cents. -#}
{% macro line_net(line) -%}
(
    SELECT money.gross - round(money.gross * coalesce({{ line }}.discount_percentage, 0) / 100, 2)
    FROM (VALUES (round({{ line }}.order_quantity * {{ line }}.unit_price, 2))) AS money (gross)
)
{%- endmacro %}
