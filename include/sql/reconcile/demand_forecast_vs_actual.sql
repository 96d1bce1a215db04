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

/* --- source: manufacturing --- */
SELECT to_char(wo.actual_end_time, 'YYYY-MM') AS forecast_month, sum(wo.good_quantity) AS supplied_quantity
FROM work_orders AS wo
WHERE {{ window("wo.actual_end_time") }} AND wo.status = ANY ('{completed,closed}')
GROUP BY 1

/* --- source: erp --- */
-- Of several runs that plan a material in a month, the latest counts.
SELECT
    plan.month AS forecast_month,
    sum(plan.requirement_quantity) AS mrp_requirement_quantity,
    sum(plan.receipt_quantity) AS mrp_receipt_quantity
FROM (
    SELECT
        to_char(me.element_date, 'YYYY-MM') AS month,
        me.requirement_quantity,
        me.receipt_quantity,
        rank() OVER (
            PARTITION BY to_char(me.element_date, 'YYYY-MM'), me.material_id ORDER BY me.mrp_run_id COLLATE "C" DESC
        ) AS age
    FROM mrp_elements AS me
    WHERE {{ window("me.element_date") }}
        AND NOT EXISTS (SELECT 1 FROM materials AS m WHERE m.material_id = me.material_id AND m.product_id IS NULL)
) AS plan
WHERE plan.age = 1
GROUP BY plan.month

/* --- identities --- */
SELECT
    CASE
        WHEN forecast_month <= '{{ window.today.strftime("%Y-%m") }}' AND is_forecast_comparable
            THEN ordered_quantity - forecast_quantity
    END AS variance_quantity,
    abs(variance_quantity) AS absolute_error_quantity,
    100 * variance_quantity / nullif(forecast_quantity, 0) AS variance_pct,
    supplied_quantity - ordered_quantity AS supply_gap_quantity,
    100 * supplied_quantity / nullif(ordered_quantity, 0) AS supply_coverage_pct
