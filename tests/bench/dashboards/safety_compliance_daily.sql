-- name: factories_on_a_day
SELECT
    factory_id,
    factory_name,
    incidents,
    open_incidents,
    certifications_expired,
    certifications_expiring_30_days,
    open_findings
FROM safety_compliance_daily
WHERE safety_date = :safety_date
ORDER BY factory_id;

-- name: incident_rates_of_the_factories_over_30_days
SELECT
    factory_id,
    factory_name,
    SUM(incidents) AS incidents,
    SUM(near_misses) AS near_misses,
    200000 * SUM(recordable_incidents) / SUM(hours_worked) AS trir,
    1000000 * SUM(lost_time_incidents) / SUM(hours_worked) AS ltifr
FROM safety_compliance_daily
WHERE safety_date > :safety_date - INTERVAL 30 DAY
    AND safety_date <= :safety_date
GROUP BY factory_id, factory_name
ORDER BY trir DESC;

-- name: a_factory_by_month_over_12_months
SELECT
    DATE_FORMAT(safety_date, '%Y-%m') AS month,
    SUM(incidents) AS incidents,
    200000 * SUM(recordable_incidents) / SUM(hours_worked) AS trir,
    SUM(trainings_completed) AS trainings_completed,
    SUM(major_findings) AS major_findings
FROM safety_compliance_daily
WHERE factory_id = :factory_id
    AND safety_date > :safety_date - INTERVAL 12 MONTH
    AND safety_date <= :safety_date
GROUP BY month
ORDER BY month;
