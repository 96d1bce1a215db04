-- Indexes of genims_audit_db, apart from primary keys. platform_setup adds those that are missing.

CREATE INDEX ix_audit_etl_sync_log_table ON audit_etl_sync_log (table_name, audit_timestamp);
CREATE INDEX ix_audit_etl_sync_log_time ON audit_etl_sync_log (audit_timestamp);
CREATE INDEX ix_system_audit_log_source_sequence ON system_audit_log (source_database, source_sequence);
