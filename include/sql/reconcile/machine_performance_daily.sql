/* --- source: operations --- */
SELECT
    date_trunc('day', sd.timestamp)::date AS performance_date,
    count(*) AS sample_count,
    sum((sd.machine_state = 'running')::int) AS running_samples,
    sum((sd.machine_state = 'maintenance')::int) AS maintenance_samples,
    sum((sd.machine_state IN ('fault', 'stopped'))::int) - sum((sd.machine_state = 'stopped')::int) AS fault_samples,
    sum(sd.parts_produced_shift) AS parts_produced_sum,
    sum(sd.parts_rejected_shift) AS parts_rejected_sum,
    sum(CASE WHEN sd.machine_state = 'running' THEN greatest(sd.actual_cycle_time_seconds, 0) END) AS actual_cycle_seconds_sum
FROM scada_machine_data AS sd
WHERE {{ window("sd.timestamp") }}
GROUP BY date_trunc('day', sd.timestamp)
