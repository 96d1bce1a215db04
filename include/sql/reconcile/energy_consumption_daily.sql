/* --- source: operations --- */
SELECT
    machine_day.energy_date,
    sum(machine_day.samples) AS sample_count,
    count(*) AS machines
FROM (
    SELECT
        date_trunc('day', sd.timestamp)::date AS energy_date,
        sd.factory_id,
        sd.line_id,
        sd.machine_id,
        count(*) AS samples
    FROM scada_machine_data AS sd
    WHERE {{ window("sd.timestamp") }}
    GROUP BY 1, 2, 3, 4
) AS machine_day
GROUP BY machine_day.energy_date
