/* ---
description: Incidents, downtime, MTTR, MTBF and cost per machine, category and day.
category: performance
reads: [maintenance, manufacturing, operations, master]
grain: [downtime_date, factory_id, line_id, machine_id, downtime_source, downtime_category]
load: window
lookback: 7 days
owner: maintenance
checks:
  - {check: in_range, columns: [mtbf_calendar_hours], min: 0, max: 24, level: fail}
  - {check: not_negative, columns: [downtime_minutes, repair_minutes, downtime_cost], level: warn}
  - {check: known_member, columns: [factory_id, line_id, machine_id], level: warn}
  - {check: not_ahead_of_today, level: warn}
  - {check: row_count_near_yesterday, percent: 75, level: warn}
--- */
-- Four systems record the same stops in their own way, each in rows of its own. downtime_source keeps them apart:
-- choose one, never add them up.
-- The two breakdown_ columns hold the orders of the cmms only and may be added up over all rows.
--   cmms           breakdown orders, the record of reference; category is the class of the failure code (ISO 14224)
--   mes            downtime events of the line; most name no known machine and stand under machine UNKNOWN
--   scada          category scada_stop: samples in state fault or stopped, each weighing 1440 / samples of the day
--                  minutes; an incident is an unbroken stretch of such samples within one day
--   machine_fault  faults by their start. An import may stamp one start on all of them: read these by machine over all
--                  days, not by day
-- MTBF (SMRP): (24 hours - downtime) / incidents of this row. Over several days or categories sum incidents, downtime
-- and repair time first, then divide. downtime_cost values downtime at the hourly rate of the asset.
WITH machine_rates AS (
    SELECT r.machine_id, min(r.downtime_cost_per_hour) AS downtime_cost_per_hour
    FROM postgres_query('maintenance', $$
        SELECT ma.machine_id, ma.downtime_cost_per_hour
        FROM maintenance_assets AS ma
        WHERE ma.machine_id IS NOT NULL
    $$) AS r
    GROUP BY r.machine_id
),

failure_classes AS (
    SELECT
        fc.failure_code,
        arg_min(fc.failure_class, fc.failure_code_id) AS failure_class,
        arg_min(fc.severity, fc.failure_code_id) AS severity
    FROM postgres_query('maintenance', $$
        SELECT code.failure_code_id, code.failure_code, code.failure_class, code.severity FROM failure_codes AS code
    $$) AS fc
    GROUP BY fc.failure_code
),

cmms AS (
    SELECT
        b.downtime_date,
        b.factory_id,
        b.line_id,
        b.machine_id,
        'cmms' AS downtime_source,
        fc.failure_class AS downtime_category,
        fc.severity,
        1 AS incidents,
        b.downtime_minutes,
        CAST(60 * b.actual_duration_hours AS DECIMAL(14, 2)) AS repair_minutes,
        b.production_loss_units,
        b.downtime_cost_per_hour
    FROM postgres_query('maintenance', $$
        SELECT
            wo.actual_start_date::date AS downtime_date,
            ma.factory_id,
            ma.line_id,
            ma.machine_id,
            wo.failure_code,
            wo.downtime_minutes,
            wo.actual_duration_hours,
            wo.production_loss_units,
            ma.downtime_cost_per_hour
        FROM work_orders AS wo
        LEFT JOIN maintenance_assets AS ma ON ma.asset_id = wo.asset_id
        WHERE {{ window("wo.actual_start_date") }}
            AND wo.wo_type = 'breakdown'
    $$) AS b
    LEFT JOIN failure_classes AS fc ON fc.failure_code = b.failure_code
),

mes AS (
    SELECT
        e.downtime_date,
        e.factory_id,
        e.line_id,
        e.machine_id,
        'mes' AS downtime_source,
        e.downtime_category,
        1 AS incidents,
        e.duration_minutes AS downtime_minutes,
        e.duration_minutes AS repair_minutes,
        e.production_loss_units,
        r.downtime_cost_per_hour
    FROM postgres_query('manufacturing', $$
        SELECT
            de.downtime_start::date AS downtime_date,
            de.factory_id,
            de.line_id,
            de.machine_id,
            de.downtime_category,
            de.duration_minutes,
            de.production_loss_units
        FROM downtime_events AS de
        WHERE {{ window("de.downtime_start") }}
    $$) AS e
    LEFT JOIN machine_rates AS r ON r.machine_id = e.machine_id
),

samples AS (
    SELECT
        CAST(sd.timestamp AS DATE) AS downtime_date,
        sd.factory_id,
        sd.line_id,
        sd.machine_id,
        sd.is_stop,
        sd.is_stop AND NOT coalesce(lag(sd.is_stop) OVER in_order, false) AS begins_stop,
        count(*) OVER (PARTITION BY downtime_date, sd.machine_id) AS machine_day_samples
    FROM postgres_query('operations', $$
        SELECT
            smd.timestamp,
            smd.scada_id,
            smd.factory_id,
            smd.line_id,
            smd.machine_id,
            smd.machine_state IN ('fault', 'stopped') AS is_stop
        FROM scada_machine_data AS smd
        WHERE {{ window("smd.timestamp") }}
    $$) AS sd
    WINDOW in_order AS (PARTITION BY downtime_date, sd.machine_id ORDER BY sd.timestamp, sd.scada_id)
),

scada AS (
    SELECT
        s.downtime_date,
        s.factory_id,
        s.line_id,
        s.machine_id,
        'scada' AS downtime_source,
        'scada_stop' AS downtime_category,
        count(*) FILTER (WHERE s.begins_stop) AS incidents,
        CAST(1440 * count(*) / s.machine_day_samples AS DECIMAL(14, 2)) AS downtime_minutes,
        r.downtime_cost_per_hour
    FROM samples AS s
    LEFT JOIN machine_rates AS r ON r.machine_id = s.machine_id
    WHERE s.is_stop
    GROUP BY s.downtime_date, s.factory_id, s.line_id, s.machine_id, s.machine_day_samples, r.downtime_cost_per_hour
),

machine_faults AS (
    SELECT
        CAST(mf.fault_start_time AS DATE) AS downtime_date,
        mf.factory_id,
        mf.line_id,
        mf.machine_id,
        'machine_fault' AS downtime_source,
        mf.fault_category AS downtime_category,
        mf.fault_severity AS severity,
        1 AS incidents,
        mf.downtime_minutes,
        CAST(mf.fault_duration_seconds / 60 AS DECIMAL(14, 2)) AS repair_minutes,
        mf.production_loss_units,
        mf.estimated_cost_usd AS fault_cost_usd,
        r.downtime_cost_per_hour
    FROM postgres_query('operations', $$
        SELECT
            fault.fault_start_time,
            fault.factory_id,
            fault.line_id,
            fault.machine_id,
            fault.fault_category,
            fault.fault_severity,
            fault.downtime_minutes,
            fault.fault_duration_seconds,
            fault.production_loss_units,
            fault.estimated_cost_usd
        FROM machine_faults AS fault
        WHERE {{ window("fault.fault_start_time") }}
    $$) AS mf
    LEFT JOIN machine_rates AS r ON r.machine_id = mf.machine_id
),

incidents AS (
    FROM cmms
    UNION ALL BY NAME FROM mes
    UNION ALL BY NAME FROM scada
    UNION ALL BY NAME FROM machine_faults
),

summary AS (
    SELECT
        i.downtime_date,
        coalesce(f.factory_id, 'UNKNOWN') AS factory_id,
        coalesce(l.line_id, 'UNKNOWN') AS line_id,
        coalesce(m.machine_id, 'UNKNOWN') AS machine_id,
        i.downtime_source,
        coalesce(i.downtime_category, 'UNKNOWN') AS downtime_category,
        f.factory_name,
        l.line_name,
        m.machine_name,
        m.criticality,
        sum(i.incidents) AS incidents,
        count(*) FILTER (WHERE i.downtime_source = 'cmms') AS breakdown_incidents,
        count(*) FILTER (WHERE i.severity = 'critical') AS critical_incidents,
        count(*) FILTER (WHERE i.severity = 'major') AS major_incidents,
        count(*) FILTER (WHERE i.severity = 'moderate') AS moderate_incidents,
        count(*) FILTER (WHERE i.severity IN ('minor', 'warning')) AS minor_incidents,
        coalesce(sum(i.downtime_minutes), 0) AS downtime_minutes,
        coalesce(sum(i.downtime_minutes) FILTER (WHERE i.downtime_source = 'cmms'), 0) AS breakdown_downtime_minutes,
        count(i.repair_minutes) AS repaired_incidents,
        coalesce(sum(i.repair_minutes), 0) AS repair_minutes,
        sum(i.production_loss_units) AS production_loss_units,
        sum(i.downtime_minutes * i.downtime_cost_per_hour) / 60 AS downtime_cost,
        sum(i.fault_cost_usd) AS fault_cost_usd
    FROM incidents AS i
    LEFT JOIN postgres_query('master', $$SELECT fc.factory_id, fc.factory_name FROM factories AS fc$$) AS f
        ON f.factory_id = i.factory_id
    LEFT JOIN postgres_query('master', $$SELECT pl.line_id, pl.line_name FROM production_lines AS pl$$) AS l
        ON l.line_id = i.line_id
    LEFT JOIN postgres_query('master', $$
        SELECT mc.machine_id, mc.machine_name, mc.criticality FROM machines AS mc
    $$) AS m ON m.machine_id = i.machine_id
    GROUP BY ALL
)

SELECT
    s.downtime_date,
    s.factory_id,
    s.line_id,
    s.machine_id,
    s.downtime_source,
    s.downtime_category,
    s.factory_name,
    s.line_name,
    s.machine_name,
    s.criticality,
    s.incidents,
    s.breakdown_incidents,
    s.critical_incidents,
    s.major_incidents,
    s.moderate_incidents,
    s.minor_incidents,
    CAST(s.downtime_minutes AS DECIMAL(14, 2)) AS downtime_minutes,
    CAST(s.breakdown_downtime_minutes AS DECIMAL(14, 2)) AS breakdown_downtime_minutes,
    s.repaired_incidents,
    CAST(s.repair_minutes AS DECIMAL(14, 2)) AS repair_minutes,
    CAST(s.repair_minutes / nullif(s.repaired_incidents, 0) AS DECIMAL(14, 2)) AS mttr_minutes,
    CASE
        WHEN s.downtime_minutes >= 0
            THEN CAST(greatest(24 - s.downtime_minutes / 60, 0) / nullif(s.incidents, 0) AS DECIMAL(14, 2))
    END AS mtbf_calendar_hours,
    CAST(s.production_loss_units AS DECIMAL(18, 4)) AS production_loss_units,
    CAST(s.downtime_cost AS DECIMAL(18, 2)) AS downtime_cost,
    '{{ rules.currency }}' AS currency,
    CAST(s.fault_cost_usd AS DECIMAL(18, 2)) AS fault_cost_usd
FROM summary AS s
