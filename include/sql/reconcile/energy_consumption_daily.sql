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

/* --- source: operations --- */
SELECT
    machine_day.energy_date,
    sum(round(machine_day.power / machine_day.readings * machine_day.hours, 4))::numeric(30, 6) AS energy_kwh,
    sum(round(machine_day.running * machine_day.hours / machine_day.samples, 4)) AS running_hours
FROM (
    SELECT
        sd.timestamp::date AS energy_date,
        sum(sd.power_consumption_kw) AS power,
        nullif(count(sd.power_consumption_kw), 0) AS readings,
        count(nullif(sd.machine_state = 'running', FALSE)) AS running,
        count(*) AS samples,
        24.0 * count(*) / sum(count(*)) OVER (PARTITION BY sd.timestamp::date, sd.machine_id) AS hours
    FROM scada_machine_data AS sd
    WHERE {{ window("sd.timestamp") }}
    GROUP BY sd.timestamp::date, sd.factory_id, sd.line_id, sd.machine_id
) AS machine_day
GROUP BY machine_day.energy_date

/* --- identities --- */
SELECT
    energy_kwh / 24 AS mean_power_kw,
    energy_kwh / nullif(units_produced, 0) AS energy_kwh_per_unit,
    round(energy_kwh * tariff_per_kwh, 2) AS energy_cost
