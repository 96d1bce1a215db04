-- What the checks found in the loads of a table by one DAG in the last weeks.
SELECT CAST(TIMESTAMPDIFF(WEEK, s.audit_timestamp, UTC_TIMESTAMP()) AS SIGNED) AS weeks_ago, s.rows_read, s.checks
FROM audit_etl_sync_log AS s
WHERE s.table_name = %(table_name)s AND s.audit_timestamp >= UTC_TIMESTAMP() - INTERVAL %(weeks)s WEEK
    AND s.dag_id = %(dag_id)s AND s.action = %(action)s AND s.status = 'success'
