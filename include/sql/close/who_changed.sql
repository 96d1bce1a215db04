-- The last captured changes of some source tables since a time, those whose row names the day first.
SELECT
    s.audit_timestamp,
    s.operation,
    s.source_database,
    s.table_name,
    s.row_key,
    COALESCE(s.app_user, s.session_user_name) AS changed_by,
    s.reason,
    CONCAT_WS(' ', s.before_values, s.after_values) LIKE CONCAT('%%', %(day)s, '%%') AS names_day
FROM system_audit_log AS s
WHERE s.audit_timestamp >= %(since)s AND (s.source_database, s.table_name) IN %(tables)s
ORDER BY names_day DESC, s.audit_timestamp DESC
LIMIT 5
