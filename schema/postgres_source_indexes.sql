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
