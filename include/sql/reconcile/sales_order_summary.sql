/* --- source: erp --- */
{% from "macros/reconcile.sql" import unless_foreign with context %}
SELECT
    h.order_date AS summary_date,
    count(*) AS order_count,
    sum({{ unless_foreign("h.total_net_value", "h.currency") }}) FILTER (WHERE h.order_status IS DISTINCT FROM 'cancelled')
        AS order_net_value,
    sum({{ unless_foreign("h.total_value", "h.currency") }}) FILTER (WHERE h.order_status IS DISTINCT FROM 'cancelled')
        AS order_total_value,
    sum(d.order_lines) AS order_lines,
    sum(d.ordered_quantity) AS ordered_quantity,
    sum({{ unless_foreign("d.gross_revenue", "h.currency") }})
        FILTER (WHERE h.order_status IS DISTINCT FROM 'cancelled') AS gross_revenue,
    sum(d.standard_cost) AS standard_cost
FROM sales_orders AS h
LEFT JOIN LATERAL (
    SELECT
        count(*) AS order_lines,
        sum(sol.order_quantity) AS ordered_quantity,
        sum(round(sol.order_quantity * sol.unit_price, 2)) AS gross_revenue,
        sum(round(sol.order_quantity * m.standard_cost, 2)) AS standard_cost
    FROM sales_order_lines AS sol
    LEFT JOIN materials AS m ON m.material_id = sol.material_id
    WHERE sol.sales_order_id = h.sales_order_id AND NOT coalesce(sol.deletion_indicator, false)
) AS d ON h.order_status IS DISTINCT FROM 'cancelled'
WHERE {{ window("h.order_date") }}
GROUP BY h.order_date
