/* ---
description: OEE, availability, throughput, downtime, MTBF, MTTR and energy per machine and day.
category: performance
reads: [operations, maintenance, master]
grain: [performance_date, factory_id, line_id, machine_id]
load: window
lookback: 3 days
owner: operations
checks:
  - {check: in_range, columns: [availability_pct, performance_pct, quality_pct, oee_pct], min: 0, max: 100, level: fail}
  - {check: in_range, columns: [running_minutes, downtime_minutes, unplanned_downtime_minutes],
      min: 0, max: 1440, level: fail}
  - {check: in_range, columns: [scada_reported_oee_pct], min: 0, max: 100, level: warn}
  - {check: not_negative, columns: [repair_hours, energy_kwh], level: warn}
  - {check: known_member, columns: [factory_id, line_id, machine_id], level: warn}
  - {check: not_ahead_of_today, level: warn}
  - {check: row_count_near_yesterday, percent: 20, level: warn}
--- */
-- KPIs after ISO 22400-2, from SCADA samples. A sample stands for 1440 / (samples of that machine on that day) minutes,
-- so the present day is extrapolated to 24 hours until it is over, and days with few samples are noisy: look at
-- sample_count. A machine-day without samples has no row; production_summary_daily has a line-level OEE for such days.
-- The counters of a sample (parts, energy, uptime, cumulative output) are not monotonic and are never differenced: the
-- parts of all samples give the quality ratio, no output. Samples of bad data quality are counted, not dropped.
-- Machines that the master data lack are one machine UNKNOWN, whose samples share its day.
-- To aggregate, sum minutes, cycle seconds and parts over rows first, then divide.
-- Breakdowns are CMMS breakdown orders by actual start. The shop floor's maintenance log stands beside them and is not
-- added: both describe the same stops.
-- Performance and quality compare samples that state both figures; a sample without target cycle or rejects is left out,
-- and so is one with a target of no time or less, or with fewer than no parts.
WITH factories AS (
    SELECT f.factory_id, f.factory_name
    FROM postgres_query('master', $$SELECT fc.factory_id, fc.factory_name FROM factories AS fc$$) AS f
),

lines AS (
    SELECT l.line_id, l.line_name
    FROM postgres_query('master', $$SELECT pl.line_id, pl.line_name FROM production_lines AS pl$$) AS l
),

machines AS (
    SELECT m.machine_id, m.machine_name, m.machine_type, m.criticality, m.design_capacity_units_per_hour
    FROM postgres_query('master', $$
        SELECT mc.machine_id, mc.machine_name, mc.machine_type, mc.criticality, mc.design_capacity_units_per_hour
        FROM machines AS mc
    $$) AS m
),

samples AS (
    SELECT
        CAST(sd.timestamp AS DATE) AS performance_date,
        coalesce(f.factory_id, 'UNKNOWN') AS factory_id,
        coalesce(l.line_id, 'UNKNOWN') AS line_id,
        coalesce(m.machine_id, 'UNKNOWN') AS machine_id,
        sd.timestamp AS sampled_at,
        sd.machine_state AS state,
        sd.machine_state = 'running' AND sd.actual_cycle_time_seconds > 0 AS has_cycle,
        sd.target_cycle_time_seconds AS target_cycle_seconds,
        sd.actual_cycle_time_seconds AS actual_cycle_seconds,
        sd.parts_produced_shift AS parts_produced,
        sd.parts_rejected_shift AS parts_rejected,
        sd.parts_produced_shift >= 0 AND sd.parts_rejected_shift >= 0 AS is_judged,
        sd.power_consumption_kw AS power_kw,
        sd.oee_percentage AS reported_oee_pct,
        sd.data_quality
    FROM postgres_query('operations', $$
        SELECT
            smd.timestamp,
            smd.factory_id,
            smd.line_id,
            smd.machine_id,
            smd.machine_state,
            smd.target_cycle_time_seconds,
            smd.actual_cycle_time_seconds,
            smd.parts_produced_shift,
            smd.parts_rejected_shift,
            smd.power_consumption_kw,
            smd.oee_percentage,
            smd.data_quality
        FROM scada_machine_data AS smd
        WHERE {{ window("smd.timestamp") }}
    $$) AS sd
    LEFT JOIN factories AS f ON f.factory_id = sd.factory_id
    LEFT JOIN lines AS l ON l.line_id = sd.line_id
    LEFT JOIN machines AS m ON m.machine_id = sd.machine_id
),

machine_days AS (
    SELECT
        s.performance_date,
        s.factory_id,
        s.line_id,
        s.machine_id,
        count(*) AS sample_count,
        count(*) FILTER (WHERE s.state = 'running') AS running_samples,
        count(*) FILTER (WHERE s.state = 'idle') AS idle_samples,
        count(*) FILTER (WHERE s.state = 'setup') AS setup_samples,
        count(*) FILTER (WHERE s.state = 'maintenance') AS maintenance_samples,
        count(*) FILTER (WHERE s.state = 'stopped') AS stopped_samples,
        count(*) FILTER (WHERE s.state = 'fault') AS fault_samples,
        count(*) FILTER (WHERE s.data_quality = 'bad') AS bad_quality_samples,
        min(s.sampled_at) AS first_sample_at,
        max(s.sampled_at) AS last_sample_at,
        count(*) FILTER (WHERE s.has_cycle) AS cycle_samples,
        sum(s.target_cycle_seconds) FILTER (WHERE s.has_cycle) AS target_cycle_seconds_sum,
        sum(s.actual_cycle_seconds) FILTER (WHERE s.has_cycle) AS actual_cycle_seconds_sum,
        sum(s.target_cycle_seconds) FILTER (WHERE s.has_cycle AND s.target_cycle_seconds > 0) AS rated_target_seconds,
        sum(s.actual_cycle_seconds) FILTER (WHERE s.has_cycle AND s.target_cycle_seconds > 0) AS rated_actual_seconds,
        sum(s.parts_produced) FILTER (WHERE s.is_judged) AS judged_parts,
        sum(s.parts_rejected) FILTER (WHERE s.is_judged) AS rejected_of_judged_parts,
        sum(s.parts_produced) AS parts_produced_sum,
        sum(s.parts_rejected) AS parts_rejected_sum,
        sum(s.reported_oee_pct) / count(s.reported_oee_pct) AS scada_reported_oee_pct,
        sum(s.power_kw) / count(s.power_kw) AS mean_power_kw,
        max(s.power_kw) AS peak_power_kw
    FROM samples AS s
    GROUP BY ALL
),

weighted AS (
    SELECT
        d.*,
        d.sample_count - d.maintenance_samples AS planned_busy_samples,
        sum(d.sample_count) OVER machine_day AS machine_day_samples,
        1440 / machine_day_samples AS minutes_per_sample,
        -- A machine that moved has one row per line; its breakdowns belong to the line with most samples.
        CASE row_number() OVER (machine_day ORDER BY d.sample_count DESC, d.factory_id, d.line_id)
            WHEN 1 THEN d.machine_id
        END AS main_machine_id
    FROM machine_days AS d
    WINDOW machine_day AS (PARTITION BY d.performance_date, d.machine_id)
),

rated AS (
    SELECT
        w.*,
        w.running_samples / nullif(w.planned_busy_samples, 0) AS availability,
        CASE
            WHEN w.rated_target_seconds > w.rated_actual_seconds THEN 1
            ELSE w.rated_target_seconds / nullif(w.rated_actual_seconds, 0)
        END AS performance,
        CASE
            WHEN w.rejected_of_judged_parts > w.judged_parts THEN 0
            ELSE 1 - w.rejected_of_judged_parts / nullif(w.judged_parts, 0)
        END AS quality,
        3600 * w.cycle_samples / w.actual_cycle_seconds_sum AS running_units_per_hour
    FROM weighted AS w
),

breakdowns AS (
    SELECT
        wo.performance_date,
        coalesce(m.machine_id, 'UNKNOWN') AS machine_id,
        sum(wo.orders) AS breakdown_count,
        sum(wo.orders_with_duration) AS breakdowns_with_duration,
        coalesce(sum(wo.repair_hours), 0) AS repair_hours
    FROM postgres_query('maintenance', $$
        SELECT
            wo.actual_start_date::date AS performance_date,
            ma.machine_id,
            count(*) AS orders,
            count(wo.actual_duration_hours) AS orders_with_duration,
            sum(wo.actual_duration_hours)::numeric(18, 2) AS repair_hours
        FROM work_orders AS wo
        INNER JOIN maintenance_assets AS ma ON ma.asset_id = wo.asset_id AND ma.machine_id IS NOT NULL
        WHERE {{ window("wo.actual_start_date") }}
            AND wo.wo_type = 'breakdown'
        GROUP BY 1, 2
    $$) AS wo
    LEFT JOIN machines AS m ON m.machine_id = wo.machine_id
    GROUP BY ALL
),

maintenance_log AS (
    SELECT
        me.performance_date,
        coalesce(m.machine_id, 'UNKNOWN') AS machine_id,
        sum(me.events) AS maintenance_events,
        sum(me.breakdowns) AS breakdown_events,
        coalesce(sum(me.minutes), 0) AS maintenance_event_minutes
    FROM postgres_query('operations', $$
        SELECT
            me.actual_start::date AS performance_date,
            me.machine_id,
            count(*) AS events,
            count(*) FILTER (WHERE me.maintenance_type = 'breakdown') AS breakdowns,
            sum(me.duration_minutes) AS minutes
        FROM maintenance_events AS me
        WHERE {{ window("me.actual_start") }}
        GROUP BY 1, 2
    $$) AS me
    LEFT JOIN machines AS m ON m.machine_id = me.machine_id
    GROUP BY ALL
)

SELECT
    r.performance_date,
    r.factory_id,
    r.line_id,
    r.machine_id,
    f.factory_name,
    l.line_name,
    m.machine_name,
    m.machine_type,
    m.criticality,
    r.sample_count,
    r.running_samples,
    r.idle_samples,
    r.setup_samples,
    r.maintenance_samples,
    r.stopped_samples,
    r.fault_samples,
    r.bad_quality_samples,
    r.first_sample_at,
    r.last_sample_at,
    CAST(r.minutes_per_sample AS DECIMAL(14, 4)) AS minutes_per_sample,
    CAST(r.planned_busy_samples * r.minutes_per_sample AS DECIMAL(14, 2)) AS planned_busy_minutes,
    CAST(r.running_samples * r.minutes_per_sample AS DECIMAL(14, 2)) AS running_minutes,
    CAST((r.planned_busy_samples - r.running_samples) * r.minutes_per_sample AS DECIMAL(14, 2)) AS downtime_minutes,
    CAST((r.fault_samples + r.stopped_samples) * r.minutes_per_sample AS DECIMAL(14, 2)) AS unplanned_downtime_minutes,
    CAST(r.target_cycle_seconds_sum AS DECIMAL(18, 2)) AS target_cycle_seconds_sum,
    CAST(r.actual_cycle_seconds_sum AS DECIMAL(18, 2)) AS actual_cycle_seconds_sum,
    CAST(r.parts_produced_sum AS DECIMAL(18, 4)) AS parts_produced_sum,
    CAST(r.parts_rejected_sum AS DECIMAL(18, 4)) AS parts_rejected_sum,
    CAST(100 * r.availability AS DECIMAL(9, 2)) AS availability_pct,
    CAST(100 * r.performance AS DECIMAL(9, 2)) AS performance_pct,
    CAST(100 * r.quality AS DECIMAL(9, 2)) AS quality_pct,
    CAST(CASE
        WHEN r.availability = 0 THEN 0
        ELSE 100 * r.availability * r.performance * r.quality
    END AS DECIMAL(9, 2)) AS oee_pct,
    CAST(r.scada_reported_oee_pct AS DECIMAL(9, 2)) AS scada_reported_oee_pct,
    CAST(CASE
        WHEN r.availability = 0 THEN 0
        ELSE r.running_units_per_hour * r.availability
    END AS DECIMAL(14, 2)) AS throughput_units_per_hour,
    m.design_capacity_units_per_hour,
    coalesce(b.breakdown_count, 0) AS breakdown_count,
    CAST(coalesce(b.repair_hours, 0) AS DECIMAL(14, 2)) AS repair_hours,
    CAST(r.running_samples * r.minutes_per_sample / 60 / b.breakdown_count AS DECIMAL(14, 2)) AS mtbf_running_hours,
    CAST(b.repair_hours / nullif(b.breakdowns_with_duration, 0) AS DECIMAL(14, 2)) AS mttr_hours,
    coalesce(g.maintenance_events, 0) AS maintenance_events,
    coalesce(g.breakdown_events, 0) AS breakdown_events,
    CAST(coalesce(g.maintenance_event_minutes, 0) AS DECIMAL(14, 2)) AS maintenance_event_minutes,
    CAST(r.mean_power_kw AS DECIMAL(12, 4)) AS mean_power_kw,
    CAST(r.peak_power_kw AS DECIMAL(12, 4)) AS peak_power_kw,
    CAST(r.mean_power_kw * r.sample_count * r.minutes_per_sample / 60 AS DECIMAL(18, 4)) AS energy_kwh
FROM rated AS r
LEFT JOIN breakdowns AS b ON b.performance_date = r.performance_date AND b.machine_id = r.main_machine_id
LEFT JOIN maintenance_log AS g ON g.performance_date = r.performance_date AND g.machine_id = r.main_machine_id
LEFT JOIN machines AS m ON m.machine_id = r.machine_id
LEFT JOIN lines AS l ON l.line_id = r.line_id
LEFT JOIN factories AS f ON f.factory_id = r.factory_id
