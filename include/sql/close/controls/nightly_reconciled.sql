/* ---
title: The nightly reconciliation of the day agreed
proves: In the night of the day every table of the close was compared with its sources, and the last comparison agreed.
standard: SOX 404, report reconciliation (IPE)
level: report
materiality: 0
todo: Open the failed task of the table in reporting_nightly; its log names days, columns and both totals.
reads: [audit.audit_etl_sync_log]
--- */
{% from "macros/closed_tables.sql" import closed_tables -%}
SELECT
    l.run_id AS document,
    t.table_name AS account,
    NULL AS company,
    NULL AS currency,
    CAST(NULL AS DECIMAL(38, 2)) AS amount,
    COALESCE(CONCAT(l.status, ' at ', l.started_at, COALESCE(CONCAT(': ', LEFT(l.error, 200)), '')), 'was not compared')
        AS detail,
    COALESCE(l.status <> 'success', TRUE) AS broken
FROM {{ closed_tables() }} AS t
LEFT JOIN (
    SELECT c.table_name, MAX(c.sync_id) AS sync_id
    FROM audit_etl_sync_log AS c
    WHERE c.action = 'reconcile' AND c.started_at >= '{{ begin }}' AND c.started_at < '{{ end }}'
    GROUP BY c.table_name
) AS newest ON newest.table_name = t.table_name
LEFT JOIN audit_etl_sync_log AS l ON l.sync_id = newest.sync_id
