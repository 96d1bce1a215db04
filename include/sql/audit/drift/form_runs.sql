-- The runs of forms that have entered a row within 90 days, and whose deletion is not on record: a run and its person.
SELECT s.request_id AS run, MIN(s.session_user_name) AS person
FROM system_audit_log AS s
LEFT JOIN security_events AS e
    ON e.source_database = 'pipeline' AND e.event_type = 'form_run_deleted' AND e.object_name = s.request_id
WHERE
    s.source_database = 'pipeline'
    AND s.audit_timestamp >= UTC_TIMESTAMP() - INTERVAL 90 DAY
    AND s.request_id IS NOT NULL
    AND e.object_name IS NULL
GROUP BY s.request_id
ORDER BY s.request_id
