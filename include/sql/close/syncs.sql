-- The hours after the beginning of a day in which reporting_sync has loaded a table, and whether a nightly run has done
-- so since the day was over.
SELECT
    s.table_name,
    COUNT(DISTINCT CASE
        WHEN s.dag_id = 'reporting_sync' AND s.started_at < %(end)s + INTERVAL 1 HOUR
            THEN TIMESTAMPDIFF(HOUR, %(start)s, s.started_at)
    END) AS hours,
    COALESCE(SUM(s.dag_id = 'reporting_nightly' AND s.started_at >= %(end)s), 0) > 0 AS nightly
FROM audit_etl_sync_log AS s
WHERE s.table_name IN %(tables)s AND s.action = 'load' AND s.status = 'success'
    AND s.started_at >= %(start)s + INTERVAL 1 HOUR
GROUP BY s.table_name
