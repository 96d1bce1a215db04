{% from "macros/currency.sql" import at_rate_of, converted, currency_of, is_foreign, is_functional with context -%}
{% from "macros/documents.sql" import is_valid -%}

{#- Freight: the total cost of shipments that are not cancelled, by ship date and warehouse, in functional currency at the
    rate of the ship date. Needs the CTE exchange_rates.
    The only index with ship_date leads with warehouse_id: the recursion walks its few values, so that a short window never
    reads the whole table.

    shipped: which shipments, a condition on s.ship_date. -#}
{% macro freight(shipped) -%}
SELECT
    f.ship_date,
    f.warehouse_id,
    CAST(sum({{ converted("f.total_cost") }}) AS DECIMAL(18, 2)) AS freight_cost,
    sum(f.shipments) FILTER (WHERE r.rate IS NULL) AS documents_without_rate
FROM postgres_query('tms', $$
    WITH RECURSIVE origins AS (
        SELECT min(s.warehouse_id) AS warehouse_id FROM shipments AS s
        UNION ALL
        SELECT (SELECT min(s.warehouse_id) FROM shipments AS s WHERE s.warehouse_id > o.warehouse_id)
        FROM origins AS o
        WHERE o.warehouse_id IS NOT NULL
    )
    {{ added_shipments(shipped) }} AND {{ is_functional("s.currency") }}
    GROUP BY 1, 2, 3
    UNION ALL
    {{ added_shipments(shipped) }} AND {{ is_foreign("s.currency") }}
    GROUP BY 1, 2, 3, s.shipment_id
$$) AS f
{{ at_rate_of("f.currency", "f.ship_date") }}
GROUP BY f.ship_date, f.warehouse_id
{%- endmacro %}

{% macro added_shipments(shipped) -%}
SELECT
        s.ship_date,
        s.warehouse_id,
        {{ currency_of("s.currency") }} AS currency,
        count(*) AS shipments,
        CAST(sum(s.total_cost) AS numeric(18, 2)) AS total_cost
    FROM shipments AS s
    WHERE {{ shipped }}
        AND {{ is_valid("s.shipment_status") }}
        AND (s.warehouse_id IS NULL OR s.warehouse_id = ANY (ARRAY(SELECT warehouse_id FROM origins)))
{%- endmacro %}
