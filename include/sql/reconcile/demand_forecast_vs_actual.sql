/* --- source: erp --- */
{% from "macros/reconcile.sql" import line_net, unless_foreign with context %}
SELECT
    product_month.month AS forecast_month,
    sum(product_month.order_lines) AS order_lines,
    sum(product_month.ordered_quantity) AS ordered_quantity,
    sum(product_month.ordered_value) AS ordered_value
FROM (
    SELECT
        to_char(header.order_date, 'YYYY-MM') AS month,
        coalesce(line.product_id, (SELECT product_id FROM materials WHERE material_id = line.material_id)) AS product,
        count(line.sales_order_line_id) AS order_lines,
        sum(line.order_quantity) AS ordered_quantity,
        sum({{ unless_foreign(line_net("line"), "header.currency") }}) AS ordered_value
    FROM sales_order_lines AS line
    JOIN sales_orders AS header USING (sales_order_id)
    WHERE {{ window("header.order_date") }}
        AND NOT (coalesce(header.order_status, '') = 'cancelled' OR coalesce(line.deletion_indicator, FALSE))
    GROUP BY 1, 2
) AS product_month
GROUP BY product_month.month
