-- name: a_factory_by_day_over_30_days
SELECT
    maintenance_date,
    SUM(orders) AS orders,
    SUM(breakdown_orders) AS breakdown_orders,
    100 * SUM(orders_on_schedule) / SUM(scheduled_orders) AS schedule_compliance_pct,
    SUM(maintenance_cost) AS maintenance_cost
FROM maintenance_summary_daily
WHERE maintenance_date > :maintenance_date - INTERVAL 30 DAY
    AND maintenance_date <= :maintenance_date
    AND factory_id = :factory_id
GROUP BY maintenance_date
ORDER BY maintenance_date;

-- name: ten_dearest_lines_this_month
SELECT
    line_id,
    line_name,
    SUM(maintenance_cost) AS maintenance_cost,
    SUM(downtime_minutes) AS downtime_minutes,
    100 * SUM(preventive_orders) / SUM(orders) AS pm_ratio_pct
FROM maintenance_summary_daily
WHERE maintenance_date >= DATE_FORMAT(:maintenance_date, '%Y-%m-01')
    AND maintenance_date <= :maintenance_date
GROUP BY line_id, line_name
ORDER BY maintenance_cost DESC
LIMIT 10;

-- name: a_line_by_month_over_12_months
SELECT
    DATE_FORMAT(maintenance_date, '%Y-%m') AS month,
    SUM(orders) AS orders,
    100 * SUM(preventive_orders) / SUM(orders) AS pm_ratio_pct,
    SUM(maintenance_cost) AS maintenance_cost
FROM maintenance_summary_daily
WHERE line_id = :line_id
    AND maintenance_date > :maintenance_date - INTERVAL 12 MONTH
    AND maintenance_date <= :maintenance_date
GROUP BY month
ORDER BY month;
