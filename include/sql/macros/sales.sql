{% from "macros/currency.sql" import at_rate_of, converted, currency_of, is_foreign, is_functional with context -%}
{% from "macros/documents.sql" import is_valid, is_kept -%}

{#- Sales order lines: what counts as sold, where, when, and for how much. Cancelled orders and deleted lines do not.
    gross_revenue = quantity x unit price, net_revenue = gross_revenue less the line's discount, both without tax, rounded by
    line, and in functional currency at the rate of the order's day (NULL without one). Needs the CTE exchange_rates.

    columns: what tells the rows apart, of sales_orders AS so and sales_order_lines AS sol.
    orders: which orders, a condition on so.
    by_line: a row for each line; else lines that the columns do not tell apart are added up in PostgreSQL. -#}
{% macro sales_lines(columns, orders, by_line=false) -%}
SELECT
    l.* EXCLUDE (gross_amount, discount),
    {{ converted("l.gross_amount") }} AS gross_revenue,
    {{ converted("l.discount") }} AS discount_amount,
    gross_revenue - discount_amount AS net_revenue
FROM postgres_query('erp', $$
    {% if by_line -%}
    SELECT
        {{ columns | join(",\n        ") }},
        {{ currency_of("so.currency") }} AS currency,
        sol.order_quantity,
        CAST(round(sol.order_quantity * sol.unit_price, 2) AS numeric(18, 2)) AS gross_amount,
        CAST({{ discount() }} AS numeric(18, 2)) AS discount
    {{ valid_lines(orders) }}
    {%- else -%}
    {{ added_lines(columns, orders) }} AND {{ is_functional("so.currency") }}
    GROUP BY {{ range(1, columns | length + 2) | join(", ") }}
    UNION ALL
    {{ added_lines(columns, orders) }} AND {{ is_foreign("so.currency") }}
    GROUP BY {{ range(1, columns | length + 2) | join(", ") }}, sol.sales_order_line_id
    {%- endif %}
$$) AS l
{{ at_rate_of("l.currency", "l.order_date") }}
{%- endmacro %}

{% macro added_lines(columns, orders) -%}
SELECT
        {{ columns | join(",\n        ") }},
        {{ currency_of("so.currency") }} AS currency,
        count(*) AS order_lines,
        CAST(sum(sol.order_quantity) AS numeric(18, 4)) AS order_quantity,
        CAST(sum(round(sol.order_quantity * sol.unit_price, 2)) AS numeric(18, 2)) AS gross_amount,
        CAST(sum({{ discount() }}) AS numeric(18, 2)) AS discount
    {{ valid_lines(orders) }}
{%- endmacro %}

{% macro valid_lines(orders) -%}
FROM sales_orders AS so
    INNER JOIN sales_order_lines AS sol ON sol.sales_order_id = so.sales_order_id
    WHERE {{ orders }} AND {{ is_valid("so.order_status") }} AND {{ is_kept("sol.deletion_indicator") }}
{%- endmacro %}

{% macro discount() -%}
CASE
    WHEN sol.discount_percentage <> 0
        THEN round(round(sol.order_quantity * sol.unit_price, 2) * sol.discount_percentage / 100, 2)
    ELSE 0
END
{%- endmacro %}

{#- Plants that make an order's lines: lines seldom name their own. It is then the plant of the production order for the
    same sales order, material and quantity, and the lowest plant where several match: coalesce(l.plant_id, p.plant_id).
    By the index of the order, which a join with the orders of a short window would not use. -#}
{% macro producing_plants(orders) -%}
SELECT p.sales_order_id, p.material_id, p.order_quantity, min(p.plant_id) AS plant_id
FROM postgres_query('erp', $$
    SELECT po.sales_order_id, po.material_id, po.order_quantity, po.plant_id
    FROM production_orders AS po
    WHERE po.sales_order_id = ANY (ARRAY(SELECT so.sales_order_id FROM sales_orders AS so WHERE {{ orders }}))
$$) AS p
GROUP BY p.sales_order_id, p.material_id, p.order_quantity
{%- endmacro %}

{#- Revenue counts once its order is delivered or closed ... -#}
{% macro is_recognised(status) -%}
coalesce({{ status }} IN ('delivered', 'closed'), FALSE)
{%- endmacro %}

{#- ... on the day that rules.revenue_basis names; first_shipments are needed for one of them only. -#}
{% macro revenue_date(line, first_ship_date) -%}
{% if rules.revenue_basis == "requested_delivery_date" -%} {{ line }}.requested_delivery_date
{%- elif rules.revenue_basis == "first_shipment" -%} {{ first_ship_date }}
{%- else -%} {{ line }}.order_date
{%- endif %}
{%- endmacro %}

{#- The orders whose revenue may fall into the window. -#}
{% macro orders_of_window() -%}
{{ window("so.order_date") if rules.revenue_basis == "order_date" else "TRUE" }}
{%- endmacro %}

{% macro first_shipments() -%}
SELECT f.sales_order_id, f.first_ship_date
FROM postgres_query('tms', $$
    SELECT s.sales_order_id, min(s.ship_date) AS first_ship_date
    FROM shipments AS s
    WHERE {{ "TRUE" if rules.revenue_basis == "first_shipment" else "FALSE" }} AND {{ is_valid("s.shipment_status") }}
    GROUP BY s.sales_order_id
$$) AS f
{%- endmacro %}
