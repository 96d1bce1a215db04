/* --- source: maintenance --- */
SELECT
    date_trunc('day', wo.actual_start_date)::date AS downtime_date,
    sum(CASE WHEN wo.wo_type = 'breakdown' THEN 1 ELSE 0 END) AS breakdown_incidents,
    sum(CASE WHEN wo.wo_type = 'breakdown' THEN wo.downtime_minutes ELSE 0 END) AS breakdown_downtime_minutes
FROM work_orders AS wo
WHERE {{ window("wo.actual_start_date") }}
GROUP BY 1
