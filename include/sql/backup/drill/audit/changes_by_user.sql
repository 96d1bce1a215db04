-- Who changed how much, by source database: the question that an auditor asks first.
SELECT source_database, session_user_name, operation, SUM(row_count) AS changed_rows
FROM system_audit_log
GROUP BY source_database, session_user_name, operation
ORDER BY source_database, session_user_name, operation
