/* --- source: erp --- */
{% from "macros/reconcile.sql" import unless_foreign with context %}
SELECT
    po.po_date,
    count(*) FILTER (WHERE coalesce(po.po_status, '') <> 'cancelled') AS orders,
    count(*) FILTER (WHERE po.po_status = 'cancelled') AS orders_cancelled,
    count(*) FILTER (WHERE po.po_status = 'created') AS orders_created,
    count(*) FILTER (WHERE po.po_status = 'released') AS orders_released
FROM purchase_orders AS po
WHERE {{ window("po.po_date") }}
GROUP BY po.po_date

/* --- source: erp --- */
SELECT
    po.po_date,
    sum({{ unless_foreign("coalesce(po.total_value, lines.line_value)", "po.currency") }}) AS order_value,
    sum({{ unless_foreign("lines.line_value", "po.currency") }}) AS line_value,
    sum({{ unless_foreign("(po.total_value <> coalesce(lines.line_value, 0))::int::numeric", "po.currency") }})
        AS orders_with_value_mismatch,
    sum(lines.line_count) AS order_lines,
    sum(lines.ordered_quantity) AS ordered_quantity,
    sum(lines.line_count - lines.costed_lines) AS lines_without_standard_cost,
    sum({{ unless_foreign("CASE WHEN lines.agreed IS NOT NULL THEN lines.standard END", "po.currency") }}) AS standard_value,
    sum({{ unless_foreign("lines.agreed - lines.standard", "po.currency") }}) AS price_variance
FROM purchase_orders AS po
CROSS JOIN LATERAL (
    SELECT
        count(*) AS line_count,
        sum(pol.order_quantity) AS ordered_quantity,
        sum(round(pol.order_quantity * pol.unit_price, 2)) AS line_value,
        count(m.standard_cost) AS costed_lines,
        sum(CASE WHEN m.standard_cost IS NOT NULL THEN pol.order_quantity * pol.unit_price END) AS agreed,
        sum(pol.order_quantity * m.standard_cost) AS standard
    FROM purchase_order_lines AS pol
    LEFT JOIN materials AS m USING (material_id)
    WHERE pol.purchase_order_id = po.purchase_order_id AND NOT coalesce(pol.deletion_indicator, FALSE)
) AS lines
WHERE {{ window("po.po_date") }} AND coalesce(po.po_status, '') <> 'cancelled'
GROUP BY po.po_date

/* --- identities --- */
SELECT
    orders - orders_received AS orders_not_received,
    100 * orders_on_time / nullif(orders_on_time + orders_late, 0) AS on_time_pct,
    days_late_total / nullif(orders_late, 0) AS average_days_late,
    lead_time_days_total / nullif(orders_received, 0) AS average_lead_time_days
