/* --- source: erp --- */
{% from "macros/reconcile.sql" import line_net, unless_foreign with context %}
SELECT
    to_char(d.order_date, 'YYYY-MM') AS period_month,
    sum(d.orders) AS order_count,
    sum(d.net_value) AS net_revenue
FROM (
    SELECT so.order_date, 1 AS orders, 0 AS net_value
    FROM sales_orders AS so
    WHERE {{ window("so.order_date") }} AND coalesce(so.order_status, '') <> 'cancelled'
    UNION ALL
    SELECT
        so.order_date,
        0,
        {{ unless_foreign(line_net("sol"), "so.currency") }}
    FROM sales_order_lines AS sol
    JOIN sales_orders AS so USING (sales_order_id)
    WHERE {{ window("so.order_date") }}
        AND NOT (coalesce(so.order_status, '') = 'cancelled' OR coalesce(sol.deletion_indicator, FALSE))
) AS d
GROUP BY to_char(d.order_date, 'YYYY-MM')

/* --- source: service --- */
SELECT
    to_char(st.created_at, 'YYYY-MM') AS period_month,
    sum(1) AS ticket_count,
    sum(CASE WHEN st.csat_rating IS NULL THEN 0 ELSE 1 END) AS csat_responses
FROM service_tickets AS st
WHERE {{ window("st.created_at") }}
GROUP BY 1

/* --- identities --- */
SELECT
    net_revenue / nullif(order_count, 0) AS average_order_value,
    ytd_net_revenue / nullif(ytd_order_count, 0) AS ytd_average_order_value
