/* --- source: operations --- */
SELECT
    date_trunc('day', sd.timestamp)::date AS performance_date,
    count(*) AS sample_count,
    sum((sd.machine_state = 'running')::int) AS running_samples,
    sum((sd.machine_state = 'idle')::int) AS idle_samples,
    sum((sd.machine_state = 'setup')::int) AS setup_samples,
    sum((sd.machine_state = 'stopped')::int) AS stopped_samples,
    sum((sd.machine_state = 'maintenance')::int) AS maintenance_samples,
    count(nullif(sd.data_quality = 'bad', FALSE)) AS bad_quality_samples,
    sum(CASE WHEN sd.machine_state = 'running' AND sd.actual_cycle_time_seconds > 0 THEN sd.target_cycle_time_seconds END)
        AS target_cycle_seconds_sum,
    sum((sd.machine_state IN ('fault', 'stopped'))::int) - sum((sd.machine_state = 'stopped')::int) AS fault_samples,
    sum(sd.parts_produced_shift) AS parts_produced_sum,
    sum(sd.parts_rejected_shift) AS parts_rejected_sum,
    sum(CASE WHEN sd.machine_state = 'running' THEN greatest(sd.actual_cycle_time_seconds, 0) END) AS actual_cycle_seconds_sum
FROM scada_machine_data AS sd
WHERE {{ window("sd.timestamp") }}
GROUP BY date_trunc('day', sd.timestamp)

/* --- identities --- */
SELECT
    round(planned_busy_minutes - running_minutes, 2) AS downtime_minutes,
    100 * running_samples / nullif(sample_count - maintenance_samples, 0) AS availability_pct
