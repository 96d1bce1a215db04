/* --- source: erp --- */
{% from "macros/reconcile.sql" import line_net, unless_foreign with context %}
SELECT
    h.order_date AS summary_date,
    count(*) AS order_count,
    sum(CASE WHEN h.order_status = ANY ('{delivered,closed,cancelled}') THEN 0 ELSE 1 END) AS open_orders,
    sum(CASE h.order_status WHEN 'delivered' THEN 1 END) AS delivered_orders,
    sum(CASE h.order_status WHEN 'closed' THEN 1 END) AS closed_orders,
    sum(CASE h.order_status WHEN 'cancelled' THEN 1 END) AS cancelled_orders,
    sum(CASE
        WHEN h.order_status = ANY ('{delivered,closed,cancelled}') THEN 0
        WHEN h.requested_delivery_date < DATE '{{ window.today }}' THEN 1
    END) AS overdue_open_orders,
    sum({{ unless_foreign("h.total_net_value", "h.currency") }}) FILTER (WHERE h.order_status IS DISTINCT FROM 'cancelled')
        AS order_net_value,
    sum({{ unless_foreign("h.total_value - h.total_net_value", "h.currency") }})
        FILTER (WHERE h.order_status IS DISTINCT FROM 'cancelled') AS order_tax_amount,
    sum({{ unless_foreign("h.total_value", "h.currency") }}) FILTER (WHERE h.order_status IS DISTINCT FROM 'cancelled')
        AS order_total_value
FROM sales_orders AS h
WHERE {{ window("h.order_date") }}
GROUP BY h.order_date

/* --- source: erp --- */
SELECT
    h.order_date AS summary_date,
    sum(d.order_lines) AS order_lines,
    sum(d.ordered_quantity) AS ordered_quantity,
    sum({{ unless_foreign("d.gross", "h.currency") }}) AS gross_revenue,
    sum({{ unless_foreign("d.discount", "h.currency") }}) AS discount_amount,
    sum({{ unless_foreign("d.net", "h.currency") }}) AS net_revenue,
    sum({{ unless_foreign("CASE WHEN h.order_status IN ('delivered', 'closed') THEN d.net END", "h.currency") }})
        AS recognised_revenue,
    sum({{ unless_foreign("CASE WHEN h.order_status IN ('delivered', 'closed') THEN 0 ELSE d.net END", "h.currency") }})
        AS open_revenue,
    sum(d.standard_cost) AS standard_cost,
    sum({{ unless_foreign("d.margin", "h.currency") }}) AS standard_margin,
    sum(d.order_lines - d.costed_lines) AS lines_without_standard_cost,
    sum({{ unless_foreign("d.lines_below_cost::numeric", "h.currency") }}) AS lines_below_standard_cost
FROM sales_orders AS h
JOIN LATERAL (
    SELECT
        count(*) AS order_lines,
        sum(sol.order_quantity) AS ordered_quantity,
        sum(money.gross) AS gross,
        sum(money.gross - money.net) AS discount,
        sum(money.net) AS net,
        sum(money.standard) AS standard_cost,
        sum(money.net - money.standard) AS margin,
        count(money.standard) AS costed_lines,
        count(CASE WHEN money.gross < sol.order_quantity * m.standard_cost THEN 1 END) AS lines_below_cost
    FROM sales_order_lines AS sol
    LEFT JOIN materials AS m ON m.material_id = sol.material_id
    CROSS JOIN LATERAL (
        SELECT
            round(sol.order_quantity * sol.unit_price, 2) AS gross,
            {{ line_net("sol") }} AS net,
            round(sol.order_quantity * m.standard_cost, 2) AS standard
    ) AS money
    WHERE sol.sales_order_id = h.sales_order_id AND NOT coalesce(sol.deletion_indicator, false)
) AS d ON h.order_status IS DISTINCT FROM 'cancelled'
WHERE {{ window("h.order_date") }}
GROUP BY h.order_date

/* --- identities --- */
SELECT
    gross_revenue - discount_amount AS net_revenue,
    net_revenue - recognised_revenue AS open_revenue,
    100 * orders_on_time / nullif(orders_on_time + orders_late, 0) AS on_time_pct
