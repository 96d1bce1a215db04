/* ---
title: The hourly syncs of the day are all there
proves: In each hour of the day every table of the close was loaded with success; a day has 24 hours, or 23 or 25 where clocks change.
standard: SOX 404, IT operations; completeness of inputs
level: report
materiality: 0
todo: Look in reporting_sync why the run of the hour is missing, late or failed; later loads have mended the figures.
reads: [audit.audit_etl_sync_log]
--- */
{% from "macros/closed_tables.sql" import closed_tables -%}
WITH RECURSIVE hours AS (
    SELECT CAST('{{ begin }}' AS DATETIME) AS begin
    UNION ALL
    SELECT h.begin + INTERVAL 1 HOUR
    FROM hours AS h
    WHERE h.begin + INTERVAL 1 HOUR < '{{ end }}'
),

loads AS (
    SELECT l.table_name, l.started_at, l.status
    FROM audit_etl_sync_log AS l
    WHERE l.action = 'load' AND l.dag_id = 'reporting_sync'
        AND l.started_at >= '{{ begin }}' AND l.started_at < '{{ end }}'
)

SELECT
    CONCAT(DATE_FORMAT(h.begin, '%Y-%m-%d %H:%i'), ' UTC') AS document,
    t.table_name AS account,
    NULL AS company,
    NULL AS currency,
    CAST(NULL AS DECIMAL(38, 2)) AS amount,
    CONCAT(COUNT(l.started_at), ' loads in the hour, ', COALESCE(SUM(l.status = 'success'), 0), ' with success') AS detail,
    COALESCE(SUM(l.status = 'success'), 0) = 0 AS broken
FROM hours AS h
CROSS JOIN {{ closed_tables() }} AS t
LEFT JOIN loads AS l
    ON l.table_name = t.table_name AND l.started_at >= h.begin AND l.started_at < h.begin + INTERVAL 1 HOUR
GROUP BY h.begin, t.table_name
