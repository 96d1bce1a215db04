-- name: a_factory_by_day_over_30_days
SELECT
    wip_date,
    SUM(orders_in_process) AS orders_in_process,
    SUM(wip_value) AS wip_value,
    SUM(overdue_orders) AS overdue_orders
FROM work_in_process
WHERE wip_date > :wip_date - INTERVAL 30 DAY
    AND wip_date <= :wip_date
    AND factory_id = :factory_id
GROUP BY wip_date
ORDER BY wip_date;

-- name: ten_lines_with_most_overdue_value_on_a_day
SELECT
    factory_name,
    line_id,
    line_name,
    overdue_orders,
    overdue_value,
    oldest_age_hours
FROM work_in_process
WHERE wip_date = :wip_date
ORDER BY overdue_value DESC
LIMIT 10;

-- name: a_line_by_month_over_12_months
SELECT
    DATE_FORMAT(wip_date, '%Y-%m') AS month,
    AVG(wip_value) AS mean_wip_value,
    AVG(orders_in_process) AS mean_orders_in_process,
    SUM(orders_begun) AS orders_begun,
    SUM(orders_ended) AS orders_ended
FROM work_in_process
WHERE line_id = :line_id
    AND wip_date > :wip_date - INTERVAL 12 MONTH
    AND wip_date <= :wip_date
GROUP BY month
ORDER BY month;
