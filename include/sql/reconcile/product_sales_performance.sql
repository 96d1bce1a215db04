/* --- source: erp --- */
{% from "macros/reconcile.sql" import unless_foreign with context %}
SELECT
    to_char(so.order_date, 'YYYY-MM') AS sales_month,
    count(sol.sales_order_line_id) AS order_lines,
    sum(sol.order_quantity) AS quantity_sold,
    sum({{ unless_foreign("round(sol.order_quantity * sol.unit_price, 2)", "so.currency") }}) AS gross_revenue,
    sum((
        SELECT round(sol.order_quantity * m.standard_cost, 2)
        FROM materials AS m
        WHERE m.material_id = sol.material_id
    )) AS standard_cost
FROM sales_order_lines AS sol, sales_orders AS so
WHERE so.sales_order_id = sol.sales_order_id
    AND {{ window("so.order_date") }}
    AND NOT coalesce(sol.deletion_indicator, false)
    AND coalesce(so.order_status, '') <> 'cancelled'
GROUP BY to_char(so.order_date, 'YYYY-MM')
