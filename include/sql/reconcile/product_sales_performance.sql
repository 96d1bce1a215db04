/* --- source: erp --- */
{% from "macros/reconcile.sql" import line_net, unless_foreign with context %}
SELECT
    to_char(so.order_date, 'YYYY-MM') AS sales_month,
    count(sol.sales_order_line_id) AS order_lines,
    sum(sol.order_quantity) AS quantity_sold,
    sum({{ unless_foreign("money.gross", "so.currency") }}) AS gross_revenue,
    sum({{ unless_foreign("money.gross - money.net", "so.currency") }}) AS discount_amount,
    sum({{ unless_foreign("money.net", "so.currency") }}) AS net_revenue,
    sum({{ unless_foreign("money.net - money.standard", "so.currency") }}) AS standard_margin,
    sum(money.standard) AS standard_cost
FROM sales_orders AS so
JOIN sales_order_lines AS sol USING (sales_order_id)
CROSS JOIN LATERAL (
    SELECT
        round(sol.order_quantity * sol.unit_price, 2) AS gross,
        {{ line_net("sol") }} AS net,
        (
            SELECT round(sol.order_quantity * m.standard_cost, 2)
            FROM materials AS m
            WHERE m.material_id = sol.material_id
        ) AS standard
) AS money
WHERE {{ window("so.order_date") }}
    AND NOT coalesce(sol.deletion_indicator, false)
    AND coalesce(so.order_status, '') <> 'cancelled'
GROUP BY to_char(so.order_date, 'YYYY-MM')

/* --- source: erp --- */
-- The revenue of a month stands in the rows of the next one, up to the present.
SELECT
    to_char(date_trunc('month', so.order_date) + INTERVAL '1 month', 'YYYY-MM') AS sales_month,
    sum({{ unless_foreign(line_net("sol"), "so.currency") }}) AS previous_month_net_revenue
FROM sales_order_lines AS sol
JOIN sales_orders AS so USING (sales_order_id)
WHERE so.order_date >= DATE '{{ window.start }}' - INTERVAL '1 month'
    AND so.order_date < least(
        DATE '{{ window.end }}' - INTERVAL '1 month', date_trunc('month', TIMESTAMP '{{ window.today }}')
    )
    AND NOT (coalesce(so.order_status, '') = 'cancelled' OR coalesce(sol.deletion_indicator, FALSE))
GROUP BY 1

/* --- source: tms --- */
SELECT to_char(ro.created_at, 'YYYY-MM') AS sales_month, count(rl.return_line_id) AS return_lines
FROM return_order_lines AS rl
JOIN return_orders AS ro ON ro.return_order_id = rl.return_order_id
WHERE {{ window("ro.created_at") }} AND coalesce(ro.return_status, '') <> 'cancelled'
GROUP BY 1

/* --- source: service --- */
SELECT to_char(st.created_at, 'YYYY-MM') AS sales_month, count(st.related_product) AS ticket_count
FROM service_tickets AS st
WHERE {{ window("st.created_at") }}
GROUP BY 1

/* --- identities --- */
SELECT
    gross_revenue - discount_amount AS net_revenue,
    100 * return_lines / nullif(order_lines, 0) AS return_rate_pct,
    1000 * ticket_count / nullif(quantity_sold, 0) AS tickets_per_1000_units,
    CASE
        WHEN previous_month_net_revenue > 0
            THEN 100 * (net_revenue - previous_month_net_revenue) / previous_month_net_revenue
    END AS net_revenue_mom_pct,
    CASE
        WHEN previous_year_net_revenue > 0
            THEN 100 * (net_revenue - previous_year_net_revenue) / previous_year_net_revenue
    END AS net_revenue_yoy_pct
