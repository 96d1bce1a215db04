-- name: a_factory_by_day_over_30_days
SELECT
    summary_date,
    SUM(order_lines) AS order_lines,
    SUM(net_revenue) AS net_revenue,
    SUM(standard_margin) AS standard_margin,
    SUM(lines_below_standard_cost) AS lines_below_standard_cost
FROM sales_order_summary
WHERE summary_date > :summary_date - INTERVAL 30 DAY
    AND summary_date <= :summary_date
    AND factory_id = :factory_id
GROUP BY summary_date
ORDER BY summary_date;

-- name: ten_customers_by_order_value_this_month
SELECT
    customer_id,
    customer_name,
    SUM(order_count) AS order_count,
    SUM(order_net_value) AS order_net_value,
    SUM(overdue_open_orders) AS overdue_open_orders
FROM sales_order_summary
WHERE summary_date >= DATE_FORMAT(:summary_date, '%Y-%m-01')
    AND summary_date <= :summary_date
    AND factory_id = 'ALL'
GROUP BY customer_id, customer_name
ORDER BY order_net_value DESC
LIMIT 10;

-- name: a_customer_by_month_year_to_date
SELECT
    DATE_FORMAT(summary_date, '%Y-%m') AS month,
    SUM(order_count) AS order_count,
    SUM(order_net_value) AS order_net_value,
    100 * SUM(orders_on_time) / SUM(orders_on_time + orders_late) AS on_time_pct
FROM sales_order_summary
WHERE customer_id = :customer_id
    AND factory_id = 'ALL'
    AND summary_date >= MAKEDATE(YEAR(:summary_date), 1)
    AND summary_date <= :summary_date
GROUP BY month
ORDER BY month;
