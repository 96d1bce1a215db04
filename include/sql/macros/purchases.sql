{% from "macros/currency.sql" import at_rate_of, converted, currency_of, document_rate with context -%}
{% from "macros/documents.sql" import is_valid, is_kept -%}

{#- Purchase orders with their value: the order's own total, or that of its lines where it names none, in functional
    currency at the rate agreed for the order, else at that of its day. A cancelled order has no value. Needs the CTE
    exchange_rates.

    orders: which orders, a condition on po. -#}
{% macro purchase_orders(orders) -%}
SELECT
    o.purchase_order_id,
    o.po_date,
    o.supplier_id,
    o.po_status,
    {{ is_valid("o.po_status") }} AS is_valid,
    {{ document_rate("o.exchange_rate", "o.currency") }} AS document_rate,
    CASE WHEN {{ is_valid("o.po_status") }} THEN {{ converted("o.total_value", "document_rate") }} END AS order_value
FROM postgres_query('erp', $$
    SELECT
        po.purchase_order_id,
        po.po_date,
        po.supplier_id,
        po.po_status,
        {{ currency_of("po.currency") }} AS currency,
        po.exchange_rate,
        coalesce(po.total_value, (
            SELECT CAST(sum(round(pol.order_quantity * pol.unit_price, 2)) AS numeric(15, 2))
            FROM purchase_order_lines AS pol
            WHERE pol.purchase_order_id = po.purchase_order_id AND {{ is_kept("pol.deletion_indicator") }}
        )) AS total_value
    FROM purchase_orders AS po
    WHERE {{ orders }}
$$) AS o
{{ at_rate_of("o.currency", "o.po_date") }}
{%- endmacro %}
