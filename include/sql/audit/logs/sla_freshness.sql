/* ---
description: The longest time of each day that a reporting table went without a successful load, against two hours.
table: sla_compliance_tracking
reads: [loads]
owner: data-platform
--- */

/*
A gap is the time between two successful loads and belongs to the day of the later one. A day is judged once it is over,
and is breached as soon as a gap exceeds two hours; a day without any load is breached. Judges the last seven days.
*/

WITH promised AS (
    SELECT 120 AS target
),

gaps AS (
    SELECT
        l.table_name,
        l.ended_at::DATE AS day,
        l.ended_at - lag(l.ended_at) OVER (PARTITION BY l.table_name ORDER BY l.ended_at) AS gap
    FROM loads AS l
),

longest AS (
    SELECT
        g.table_name,
        g.day,
        max(g.gap) AS gap
    FROM gaps AS g
    GROUP BY g.table_name, g.day
),

spans AS (
    SELECT
        l.table_name,
        greatest(min(l.ended_at)::DATE, this_moment()::DATE - 7) AS first_day,
        max(l.ended_at) AS last_load
    FROM loads AS l
    GROUP BY l.table_name
),

days AS (
    SELECT
        s.table_name,
        s.last_load,
        d.day::DATE AS day
    FROM spans AS s
    CROSS JOIN LATERAL unnest(generate_series(s.first_day, this_moment()::DATE, INTERVAL 1 DAY)) AS d (day)
),

measured AS (
    SELECT
        d.table_name,
        d.day,
        d.day + INTERVAL 1 DAY AS due_at,
        p.target,
        d.day < this_moment()::DATE AS is_over,
        CAST(round(epoch_ms(l.gap) / 60000, 4) AS DECIMAL(20, 4)) AS minutes,
        l.day IS NULL AS is_without_load,
        date_diff('minute', d.last_load, this_moment()) > p.target AS is_late_now
    FROM days AS d
    CROSS JOIN promised AS p
    LEFT JOIN longest AS l ON l.table_name = d.table_name AND l.day = d.day
)

SELECT
    concat_ws('/', 'loads', m.table_name, m.day) AS entry_key,
    happened(m.due_at) AS audit_timestamp,
    'data_freshness' AS sla_type,
    'dataset' AS subject_type,
    m.table_name || '/' || m.day AS subject_id,
    'Loaded every two hours' AS sla_name,
    'minutes' AS unit,
    m.target,
    CASE WHEN m.is_over THEN coalesce(m.minutes, CASE WHEN NOT m.is_without_load THEN 0 END) END AS actual,
    m.due_at,
    NULL AS met_at,
    CASE
        WHEN m.minutes > m.target THEN 'breached'
        WHEN m.is_over AND m.is_without_load THEN 'breached'
        WHEN m.is_over THEN 'met'
        WHEN m.is_late_now THEN 'breached'
        ELSE 'open'
    END AS status
FROM measured AS m
