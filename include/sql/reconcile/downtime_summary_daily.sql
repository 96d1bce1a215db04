/* --- source: maintenance, rows: downtime_source = 'cmms' --- */
-- The severity of a failure code is that of its first entry that has one.
SELECT
    date_trunc('day', wo.actual_start_date)::date AS downtime_date,
    count(wo.work_order_id) AS incidents,
    count(wo.work_order_id) AS breakdown_incidents,
    sum(CASE failure.severity WHEN 'critical' THEN 1 END) AS critical_incidents,
    sum(CASE failure.severity WHEN 'major' THEN 1 END) AS major_incidents,
    sum(CASE failure.severity WHEN 'moderate' THEN 1 END) AS moderate_incidents,
    sum(CASE failure.severity WHEN 'minor' THEN 1 WHEN 'warning' THEN 1 END) AS minor_incidents,
    sum(wo.downtime_minutes) AS downtime_minutes,
    sum(wo.downtime_minutes) AS breakdown_downtime_minutes,
    count(wo.actual_duration_hours) AS repaired_incidents,
    sum(wo.actual_duration_hours) * 60 AS repair_minutes,
    sum(wo.production_loss_units) AS production_loss_units,
    sum(wo.downtime_minutes / 60.0 * (
        SELECT ma.downtime_cost_per_hour FROM maintenance_assets AS ma WHERE ma.asset_id = wo.asset_id
    )) AS downtime_cost
FROM work_orders AS wo
LEFT JOIN LATERAL (
    SELECT fc.severity
    FROM failure_codes AS fc
    WHERE fc.failure_code = wo.failure_code AND fc.severity IS NOT NULL
    ORDER BY fc.failure_code_id COLLATE "C"
    LIMIT 1
) AS failure ON TRUE
WHERE {{ window("wo.actual_start_date") }} AND wo.wo_type LIKE 'breakdown'
GROUP BY 1

/* --- source: manufacturing, rows: downtime_source = 'mes' --- */
SELECT
    date_trunc('day', de.downtime_start)::date AS downtime_date,
    count(de.downtime_id) AS incidents,
    sum(de.duration_minutes) AS downtime_minutes,
    count(de.duration_minutes) AS repaired_incidents,
    sum(de.duration_minutes) AS repair_minutes,
    sum(de.production_loss_units) AS production_loss_units
FROM downtime_events AS de
WHERE {{ window("de.downtime_start") }}
GROUP BY 1

/* --- source: operations, rows: downtime_source = 'scada' --- */
-- A stop is a sample of a stopped machine without one just before it.
SELECT
    machine_day.day AS downtime_date,
    sum(machine_day.stops) AS incidents,
    sum(round(1440.0 * machine_day.stopped / machine_day.samples, 2)) AS downtime_minutes
FROM (
    SELECT
        sample.day,
        count(*) FILTER (WHERE sample.is_stopped AND NOT sample.was_stopped) AS stops,
        count(*) FILTER (WHERE sample.is_stopped) AS stopped,
        sum(count(*)) OVER (PARTITION BY sample.day, sample.machine_id) AS samples
    FROM (
        SELECT
            sd.timestamp::date AS day,
            sd.factory_id,
            sd.line_id,
            sd.machine_id,
            sd.machine_state = ANY ('{fault,stopped}') AS is_stopped,
            coalesce(lag(sd.machine_state = ANY ('{fault,stopped}')) OVER (
                PARTITION BY sd.timestamp::date, sd.machine_id ORDER BY sd.timestamp, sd.scada_id
            ), FALSE) AS was_stopped
        FROM scada_machine_data AS sd
        WHERE {{ window("sd.timestamp") }}
    ) AS sample
    GROUP BY sample.day, sample.factory_id, sample.line_id, sample.machine_id
) AS machine_day
GROUP BY machine_day.day

/* --- source: operations, rows: downtime_source = 'machine_fault' --- */
SELECT
    date_trunc('day', mf.fault_start_time)::date AS downtime_date,
    count(mf.fault_id) AS incidents,
    sum(CASE mf.fault_severity WHEN 'critical' THEN 1 END) AS critical_incidents,
    sum(CASE mf.fault_severity WHEN 'major' THEN 1 END) AS major_incidents,
    sum(CASE mf.fault_severity WHEN 'moderate' THEN 1 END) AS moderate_incidents,
    sum(CASE mf.fault_severity WHEN 'minor' THEN 1 WHEN 'warning' THEN 1 END) AS minor_incidents,
    sum(mf.downtime_minutes) AS downtime_minutes,
    count(mf.fault_duration_seconds) AS repaired_incidents,
    sum(round(mf.fault_duration_seconds / 60.0, 2)) AS repair_minutes,
    sum(mf.production_loss_units) AS production_loss_units,
    sum(mf.estimated_cost_usd) AS fault_cost_usd
FROM machine_faults AS mf
WHERE {{ window("mf.fault_start_time") }}
GROUP BY 1

/* --- identities --- */
SELECT
    CASE WHEN downtime_source = 'cmms' THEN incidents ELSE 0 END AS breakdown_incidents,
    CASE WHEN downtime_source = 'cmms' THEN downtime_minutes ELSE 0 END AS breakdown_downtime_minutes,
    repair_minutes / nullif(repaired_incidents, 0) AS mttr_minutes,
    CASE WHEN downtime_minutes >= 0 THEN greatest(24 - downtime_minutes / 60, 0) / nullif(incidents, 0) END
        AS mtbf_calendar_hours
