/* --- source: erp --- */
{% from "macros/reconcile.sql" import unless_foreign with context %}
SELECT
    po.po_date,
    count(*) AS orders,
    count(*) FILTER (WHERE po.po_status = 'released') AS orders_released,
    sum({{ unless_foreign("coalesce(po.total_value, lines.line_value)", "po.currency") }}) AS order_value,
    sum(lines.ordered_quantity) AS ordered_quantity
FROM purchase_orders AS po
CROSS JOIN LATERAL (
    SELECT
        sum(pol.order_quantity) AS ordered_quantity,
        sum(round(pol.order_quantity * pol.unit_price, 2)) AS line_value
    FROM purchase_order_lines AS pol
    WHERE pol.purchase_order_id = po.purchase_order_id AND NOT coalesce(pol.deletion_indicator, FALSE)
) AS lines
WHERE {{ window("po.po_date") }} AND coalesce(po.po_status, '') <> 'cancelled'
GROUP BY po.po_date
