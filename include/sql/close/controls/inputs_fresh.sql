/* ---
title: Every input is fresh
proves: Each table of the close that can be computed again was loaded after the end of the day over a window with the day, and its last load succeeded.
standard: SOX 404, completeness of inputs (IPE)
level: block
materiality: 0
todo: Clear the failed load of the table in reporting_sync; its log names the cause. Then clear the close.
reads: [audit.audit_etl_sync_log]
--- */
{% from "macros/closed_tables.sql" import closed_tables, SNAPSHOT -%}
SELECT
    last_one.run_id AS document,
    t.table_name AS account,
    NULL AS company,
    NULL AS currency,
    CAST(NULL AS DECIMAL(38, 2)) AS amount,
    CASE
        WHEN last_one.sync_id IS NULL THEN 'was never loaded after the end of the day'
        WHEN last_one.status <> 'success' THEN CONCAT('its last load failed: ', LEFT(last_one.error, 200))
        ELSE CONCAT('loaded at ', last_one.started_at, ' for ', last_one.window_start, ' to ', last_one.window_end)
    END AS detail,
    COALESCE(last_one.status <> 'success' OR '{{ day }}' NOT BETWEEN last_one.window_start AND last_one.window_end, TRUE)
        AS broken
FROM {{ closed_tables() }} AS t
LEFT JOIN (
    SELECT l.table_name, MAX(l.sync_id) AS sync_id
    FROM audit_etl_sync_log AS l
    WHERE l.action = 'load' AND l.started_at >= '{{ end }}' AND l.window_start <= '{{ day }}' AND l.window_end >= '{{ day }}'
    GROUP BY l.table_name
) AS newest ON newest.table_name = t.table_name
LEFT JOIN audit_etl_sync_log AS last_one ON last_one.sync_id = newest.sync_id
-- No load brings back the snapshot of a past day, so its absence must not block for ever: the cut-off reports it.
WHERE t.table_name <> '{{ SNAPSHOT }}'
