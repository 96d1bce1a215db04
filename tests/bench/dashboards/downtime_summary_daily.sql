-- name: pareto_of_a_factory_this_month
SELECT
    downtime_category,
    SUM(incidents) AS incidents,
    SUM(downtime_minutes) AS downtime_minutes,
    SUM(downtime_cost) AS downtime_cost
FROM downtime_summary_daily
WHERE downtime_date >= DATE_FORMAT(:downtime_date, '%Y-%m-01')
    AND downtime_date <= :downtime_date
    AND factory_id = :factory_id
    AND downtime_source = :downtime_source
GROUP BY downtime_category
ORDER BY downtime_minutes DESC;

-- name: ten_worst_machines_of_a_factory_over_30_days
SELECT
    machine_id,
    machine_name,
    SUM(breakdown_incidents) AS breakdowns,
    SUM(breakdown_downtime_minutes) AS breakdown_minutes
FROM downtime_summary_daily
WHERE downtime_date > :downtime_date - INTERVAL 30 DAY
    AND downtime_date <= :downtime_date
    AND factory_id = :factory_id
GROUP BY machine_id, machine_name
ORDER BY breakdown_minutes DESC
LIMIT 10;

-- name: a_machine_by_month_over_12_months
SELECT
    DATE_FORMAT(downtime_date, '%Y-%m') AS month,
    SUM(incidents) AS incidents,
    SUM(downtime_minutes) AS downtime_minutes,
    SUM(repair_minutes) / SUM(repaired_incidents) AS mttr_minutes
FROM downtime_summary_daily
WHERE machine_id = :machine_id
    AND downtime_source = :downtime_source
    AND downtime_date > :downtime_date - INTERVAL 12 MONTH
    AND downtime_date <= :downtime_date
GROUP BY month
ORDER BY month;
