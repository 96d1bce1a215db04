/* --- source: erp --- */
SELECT
    to_char(d.order_date, 'YYYY-MM') AS period_month,
    sum(d.orders) AS order_count,
    sum(d.net_value) AS net_revenue
FROM (
    SELECT
        so.order_date,
        1 AS orders,
        coalesce(so.total_net_value, 0) AS net_value
    FROM sales_orders AS so
    WHERE {{ window("so.order_date") }} AND coalesce(so.order_status, '') <> 'cancelled'
) AS d
GROUP BY to_char(d.order_date, 'YYYY-MM')
