-- Successful loads of reporting tables: two days more than sla_freshness judges.
SELECT table_name, started_at, audit_timestamp AS ended_at
FROM audit_etl_sync_log
WHERE action = 'load' AND status = 'success' AND audit_timestamp >= UTC_TIMESTAMP() - INTERVAL 9 DAY
