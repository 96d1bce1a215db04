-- name: lines_of_a_factory_on_a_day
SELECT
    line_id,
    line_name,
    COUNT(*) AS machines,
    100 * SUM(running_minutes) / SUM(planned_busy_minutes) AS availability_pct,
    AVG(oee_pct) AS oee_pct,
    SUM(unplanned_downtime_minutes) AS unplanned_downtime_minutes
FROM machine_performance_daily
WHERE performance_date = :performance_date
    AND factory_id = :factory_id
GROUP BY line_id, line_name
ORDER BY oee_pct;

-- name: a_line_by_day_over_30_days
SELECT
    performance_date,
    100 * SUM(running_minutes) / SUM(planned_busy_minutes) AS availability_pct,
    100 * SUM(target_cycle_seconds_sum) / SUM(actual_cycle_seconds_sum) AS performance_pct,
    AVG(oee_pct) AS oee_pct
FROM machine_performance_daily
WHERE line_id = :line_id
    AND performance_date > :performance_date - INTERVAL 30 DAY
    AND performance_date <= :performance_date
GROUP BY performance_date
ORDER BY performance_date;

-- name: a_machine_by_month_over_12_months
SELECT
    DATE_FORMAT(performance_date, '%Y-%m') AS month,
    AVG(oee_pct) AS oee_pct,
    SUM(downtime_minutes) AS downtime_minutes,
    SUM(running_minutes) / 60 / SUM(breakdown_count) AS mtbf_running_hours,
    SUM(energy_kwh) AS energy_kwh
FROM machine_performance_daily
WHERE machine_id = :machine_id
    AND performance_date > :performance_date - INTERVAL 12 MONTH
    AND performance_date <= :performance_date
GROUP BY month
ORDER BY month;
