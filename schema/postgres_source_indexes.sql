-- Indexes on the sources by which an hourly run finds its days. Without them it reads a table's whole
-- history each hour: correct, but slower every year. Safe to repeat; the sources' owner runs it, because the package
-- only reads:
-- psql "host=HOST user=OWNER dbname=postgres" -f schema/postgres_source_indexes.sql

\set ON_ERROR_STOP on

\connect genims_erp_db
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_reporting_general_ledger ON general_ledger (posting_date);

\connect genims_manufacturing_db
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_reporting_work_orders ON work_orders (actual_end_time);
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_reporting_labor_transactions ON labor_transactions (transaction_date);
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_reporting_material_transactions ON material_transactions (transaction_date);

\connect genims_maintenance_db
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_reporting_work_orders_end ON work_orders (actual_end_date);
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_reporting_work_orders_start ON work_orders (actual_start_date);

\connect genims_wms_db
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_reporting_receiving_tasks_done ON receiving_tasks (completed_at);
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_reporting_receiving_tasks_due ON receiving_tasks (scheduled_date);
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_reporting_putaway_tasks ON putaway_tasks (completed_at);

\connect genims_tms_db
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_reporting_shipments_shipped ON shipments (ship_date);
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_reporting_shipments_delivered ON shipments (actual_delivery_date);

-- The times by which an hourly run of audit_logs finds what has changed in the logs that grow fastest.

\connect genims_supplier_db
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_reporting_three_way_match_log_match_timestamp ON three_way_match_log (match_timestamp);
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_reporting_supplier_portal_integration_log_log_timestamp ON supplier_portal_integration_log (log_timestamp);

\connect genims_erp_db
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_reporting_erp_mes_sync_log_sync_timestamp ON erp_mes_sync_log (sync_timestamp);
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_reporting_erp_mes_sync_log_last_retry_at ON erp_mes_sync_log (last_retry_at);
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_reporting_erp_mes_sync_log_created_at ON erp_mes_sync_log (created_at);

\connect genims_tms_db
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_reporting_wms_tms_sync_log_sync_timestamp ON wms_tms_sync_log (sync_timestamp);
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_reporting_wms_tms_sync_log_last_retry_at ON wms_tms_sync_log (last_retry_at);

\connect genims_maintenance_db
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_reporting_cmms_integration_log_log_timestamp ON cmms_integration_log (log_timestamp);
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_reporting_cmms_integration_log_last_retry_at ON cmms_integration_log (last_retry_at);
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_reporting_pm_generation_log_generation_date ON pm_generation_log (generation_date);
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_reporting_pm_generation_log_created_at ON pm_generation_log (created_at);

\connect genims_crm_db
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_reporting_crm_integration_log_log_timestamp ON crm_integration_log (log_timestamp);
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_reporting_crm_integration_log_last_retry_at ON crm_integration_log (last_retry_at);

\connect genims_service_db
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_reporting_service_integration_log_log_timestamp ON service_integration_log (log_timestamp);
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_reporting_service_integration_log_last_retry_at ON service_integration_log (last_retry_at);
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_reporting_service_tickets_updated_at ON service_tickets (updated_at);
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_reporting_service_tickets_first_response_datetime ON service_tickets (first_response_datetime);
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_reporting_service_tickets_resolved_datetime ON service_tickets (resolved_datetime);
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_reporting_service_tickets_response_due_datetime ON service_tickets (response_due_datetime);
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_reporting_service_tickets_resolution_due_datetime ON service_tickets (resolution_due_datetime);
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_reporting_ticket_comments_created_at ON ticket_comments (created_at);

\connect genims_hr_db
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_reporting_hcm_integration_log_log_timestamp ON hcm_integration_log (log_timestamp);
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_reporting_hcm_integration_log_last_retry_at ON hcm_integration_log (last_retry_at);

\connect genims_quality_db
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_reporting_qms_integration_log_log_timestamp ON qms_integration_log (log_timestamp);

\connect genims_erp_wms_sync_db
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_reporting_inventory_sync_queue_transaction_date ON inventory_sync_queue (transaction_date);
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_reporting_inventory_sync_queue_created_at ON inventory_sync_queue (created_at);
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_reporting_inventory_sync_queue_processed_at ON inventory_sync_queue (processed_at);
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_reporting_inventory_sync_queue_acknowledged_at ON inventory_sync_queue (acknowledged_at);
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_reporting_inventory_sync_errors_error_timestamp ON inventory_sync_errors (error_timestamp);
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_reporting_inventory_sync_errors_resolved_at ON inventory_sync_errors (resolved_at);
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_reporting_inventory_transaction_log_log_timestamp ON inventory_transaction_log (log_timestamp);
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_reporting_inventory_transaction_log_sync_timestamp ON inventory_transaction_log (sync_timestamp);

\connect genims_financial_db
CREATE INDEX CONCURRENTLY IF NOT EXISTS ix_reporting_gl_audit_trail_audit_timestamp ON gl_audit_trail (audit_timestamp);
