/* ---
description: Energy, peak power, energy per unit, standard energy and energy cost per line and day.
category: performance
reads: [operations, manufacturing, master]
grain: [energy_date, factory_id, line_id]
load: window
lookback: 3 days
owner: operations
checks:
  - {check: not_negative, columns: [energy_kwh, peak_power_kw, units_produced], level: warn}
  - {check: in_range, columns: [machines_without_rating], min: 0, max: 0, level: warn}
  - {check: known_member, columns: [factory_id, line_id], level: warn}
  - {check: not_ahead_of_today, level: warn}
  - {check: row_count_near_yesterday, percent: 20, level: warn}
--- */
-- A machine's energy is its mean power of the day x 24 hours, so the present day is extrapolated until it is over. The
-- energy counter of the SCADA samples is not monotonic and is not used. Days without samples have no row.
-- Standard energy is what the running hours would take at the rated power of the machines.
-- A known line belongs to the factory of its master data (where these know none, the lowest that its samples name),
-- whatever samples or orders name: its energy and its units meet.
-- No source holds a tariff: cost is NULL until one is set. Units are those of the work orders that ended on the day.
WITH factories AS (
    SELECT f.factory_id, f.factory_name
    FROM postgres_query('master', $$SELECT fc.factory_id, fc.factory_name FROM factories AS fc$$) AS f
),

-- Read once, for the energy and for the peak.
samples AS (
    SELECT
        CAST(sd.timestamp AS DATE) AS energy_date,
        sd.*
    FROM postgres_query('operations', $$
        SELECT
            smd.scada_id,
            smd.timestamp,
            smd.factory_id,
            smd.line_id,
            smd.machine_id,
            smd.machine_state,
            smd.power_consumption_kw
        FROM scada_machine_data AS smd
        WHERE {{ window("smd.timestamp") }}
    $$) AS sd
),

machine_days AS (
    SELECT
        s.energy_date,
        s.factory_id,
        s.line_id,
        s.machine_id,
        count(*) AS sample_count,
        count(*) FILTER (WHERE s.machine_state = 'running') AS running_samples,
        CAST(sum(s.power_consumption_kw) AS DECIMAL(18, 2)) AS power_kw_sum,
        count(s.power_consumption_kw) AS power_samples
    FROM samples AS s
    GROUP BY ALL
),

lines AS (
    SELECT l.line_id, l.line_name, coalesce(own.factory_id, seen.factory_id) AS factory_id
    FROM postgres_query('master', $$
        SELECT pl.line_id, pl.line_name, pl.factory_id FROM production_lines AS pl
    $$) AS l
    LEFT JOIN factories AS own ON own.factory_id = l.factory_id
    LEFT JOIN (
        SELECT d.line_id, min(f.factory_id) AS factory_id
        FROM machine_days AS d
        JOIN factories AS f ON f.factory_id = d.factory_id
        GROUP BY d.line_id
    ) AS seen ON seen.line_id = l.line_id
),

machine_energy AS (
    SELECT
        d.energy_date,
        d.factory_id,
        d.line_id,
        d.sample_count,
        m.power_rating_kw,
        24 / sum(d.sample_count) OVER (PARTITION BY d.energy_date, d.machine_id) AS hours_per_sample,
        CAST(
            d.power_kw_sum / d.power_samples * d.sample_count * hours_per_sample AS DECIMAL(18, 4)
        ) AS energy_kwh,
        CAST(d.running_samples * hours_per_sample AS DECIMAL(14, 4)) AS running_hours,
        CAST(m.power_rating_kw * d.running_samples * hours_per_sample AS DECIMAL(18, 4)) AS standard_energy_kwh
    FROM machine_days AS d
    LEFT JOIN postgres_query('master', $$SELECT mc.machine_id, mc.power_rating_kw FROM machines AS mc$$) AS m
        ON m.machine_id = d.machine_id
),

line_energy AS (
    SELECT
        e.energy_date,
        coalesce(f.factory_id, 'UNKNOWN') AS factory_id,
        coalesce(l.line_id, 'UNKNOWN') AS line_id,
        f.factory_name,
        l.line_name,
        count(*) AS machines,
        sum(e.sample_count) AS sample_count,
        sum(e.energy_kwh) AS energy_kwh,
        sum(e.running_hours) AS running_hours,
        sum(e.standard_energy_kwh) AS standard_energy_kwh,
        count(*) FILTER (WHERE e.power_rating_kw IS NULL) AS machines_without_rating,
        count(e.energy_kwh) = count(*) AS is_measured
    FROM machine_energy AS e
    LEFT JOIN lines AS l ON l.line_id = e.line_id
    LEFT JOIN factories AS f ON f.factory_id = coalesce(l.factory_id, e.factory_id)
    GROUP BY ALL
),

-- Machines report at different moments: the load of a line is the sum of what each of its machines reported last, and so
-- grows and falls by the change of the machine that reports.
power_changes AS (
    SELECT
        s.energy_date,
        s.factory_id,
        s.line_id,
        s.timestamp,
        s.power_consumption_kw - lag(s.power_consumption_kw, 1, 0) OVER (
            PARTITION BY s.energy_date, s.factory_id, s.line_id, s.machine_id
            ORDER BY s.timestamp, s.scada_id
        ) AS change_kw
    FROM samples AS s
    WHERE s.power_consumption_kw IS NOT NULL
),

line_loads AS (
    SELECT
        c.energy_date,
        c.factory_id,
        c.line_id,
        sum(c.change_kw) OVER (PARTITION BY c.energy_date, c.factory_id, c.line_id ORDER BY c.timestamp) AS power_kw
    FROM power_changes AS c
),

line_peaks AS (
    SELECT
        load.energy_date,
        coalesce(f.factory_id, 'UNKNOWN') AS factory_id,
        coalesce(l.line_id, 'UNKNOWN') AS line_id,
        max(load.power_kw) AS peak_power_kw
    FROM line_loads AS load
    LEFT JOIN lines AS l ON l.line_id = load.line_id
    LEFT JOIN factories AS f ON f.factory_id = coalesce(l.factory_id, load.factory_id)
    GROUP BY 1, 2, 3
),

output AS (
    SELECT
        o.energy_date,
        coalesce(f.factory_id, 'UNKNOWN') AS factory_id,
        coalesce(l.line_id, 'UNKNOWN') AS line_id,
        sum(o.units_produced) AS units_produced
    FROM postgres_query('manufacturing', $$
        SELECT
            wo.actual_end_time::date AS energy_date,
            wo.factory_id,
            wo.line_id,
            sum(wo.produced_quantity) AS units_produced
        FROM work_orders AS wo
        WHERE {{ window("wo.actual_end_time") }}
            AND wo.status IN ('completed', 'closed')
        GROUP BY 1, 2, 3
    $$) AS o
    LEFT JOIN lines AS l ON l.line_id = o.line_id
    LEFT JOIN factories AS f ON f.factory_id = coalesce(l.factory_id, o.factory_id)
    GROUP BY ALL
)

SELECT
    e.energy_date,
    e.factory_id,
    e.line_id,
    e.factory_name,
    e.line_name,
    e.machines,
    e.sample_count,
    CAST(e.energy_kwh AS DECIMAL(18, 4)) AS energy_kwh,
    CAST(e.energy_kwh / 24 AS DECIMAL(18, 4)) AS mean_power_kw,
    CAST(pk.peak_power_kw AS DECIMAL(18, 4)) AS peak_power_kw,
    CAST(e.running_hours AS DECIMAL(14, 2)) AS running_hours,
    CAST(e.standard_energy_kwh AS DECIMAL(18, 4)) AS standard_energy_kwh,
    e.machines_without_rating,
    CASE
        WHEN e.machines_without_rating = 0 AND e.is_measured
            THEN CAST(e.energy_kwh - e.standard_energy_kwh AS DECIMAL(18, 4))
    END AS energy_variance_kwh,
    CASE
        WHEN e.machines_without_rating = 0 AND e.is_measured
            THEN CAST(
                100 * (e.energy_kwh - e.standard_energy_kwh) / nullif(e.standard_energy_kwh, 0) AS DECIMAL(12, 2)
            )
    END AS energy_variance_pct,
    CAST(coalesce(o.units_produced, 0) AS DECIMAL(18, 4)) AS units_produced,
    CAST(e.energy_kwh / nullif(o.units_produced, 0) AS DECIMAL(18, 4)) AS energy_kwh_per_unit,
    CAST({{ rules.energy_tariff_per_kwh or 'NULL' }} AS DECIMAL(18, 6)) AS tariff_per_kwh,
    CAST(e.energy_kwh * tariff_per_kwh AS DECIMAL(18, 2)) AS energy_cost,
    '{{ rules.currency }}' AS currency
FROM line_energy AS e
LEFT JOIN line_peaks AS pk
    ON pk.energy_date = e.energy_date AND pk.factory_id = e.factory_id AND pk.line_id = e.line_id
LEFT JOIN output AS o
    ON o.energy_date = e.energy_date AND o.factory_id = e.factory_id AND o.line_id = e.line_id
