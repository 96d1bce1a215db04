-- Indexes of genims_audit_db, apart from primary keys. platform_setup adds those that are missing.

CREATE INDEX ix_audit_etl_sync_log_table ON audit_etl_sync_log (table_name, audit_timestamp);
CREATE INDEX ix_audit_etl_sync_log_time ON audit_etl_sync_log (audit_timestamp);

-- Events after a time; of a row; by a user; in a transaction. The changed columns follow by primary key:
-- JOIN data_change_audit USING (source_database, audit_sequence, audit_timestamp). An index there would cost a third
-- of the speed at which rows arrive. These four take a third of MySQL's time for a row here; readers need each.
CREATE INDEX ix_system_audit_log_time ON system_audit_log (audit_timestamp);
CREATE INDEX ix_system_audit_log_row ON system_audit_log (table_name, row_key);
CREATE INDEX ix_system_audit_log_user ON system_audit_log (app_user, audit_timestamp);
CREATE INDEX ix_system_audit_log_transaction ON system_audit_log (transaction_id);

-- Reports read the domain tables by day.
CREATE INDEX ix_financial_data_changes_time ON financial_data_changes (audit_timestamp);
CREATE INDEX ix_master_data_changes_time ON master_data_changes (audit_timestamp);
CREATE INDEX ix_price_cost_changes_time ON price_cost_changes (audit_timestamp);
CREATE INDEX ix_customer_data_changes_time ON customer_data_changes (audit_timestamp);
CREATE INDEX ix_personnel_data_changes_time ON personnel_data_changes (audit_timestamp);
CREATE INDEX ix_supplier_data_changes_time ON supplier_data_changes (audit_timestamp);
CREATE INDEX ix_configuration_changes_time ON configuration_changes (audit_timestamp);

-- The records of a row of a source.
CREATE INDEX ix_user_activity_log_source ON user_activity_log (source_table, source_key);
CREATE INDEX ix_login_audit_source ON login_audit (source_table, source_key);
CREATE INDEX ix_approval_audit_log_source ON approval_audit_log (source_table, source_key);
CREATE INDEX ix_quality_compliance_log_source ON quality_compliance_log (source_table, source_key);
CREATE INDEX ix_integration_audit_log_source ON integration_audit_log (source_table, source_key);

-- The blocks of a day, for verification, and of the last days, for anchoring.
CREATE INDEX ix_audit_trail_completeness_source ON audit_trail_completeness (source_database, audit_timestamp);
CREATE INDEX ix_audit_trail_completeness_time ON audit_trail_completeness (audit_timestamp);

-- What is on record of a control: its newest row, and the days that it has passed.
CREATE INDEX ix_sox_compliance_log_control ON sox_compliance_log (control_id, business_day);
