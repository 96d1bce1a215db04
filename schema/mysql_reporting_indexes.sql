-- Indexes of genims_reporting_db, apart from primary keys. platform_setup adds those that are missing.
-- mysql -h HOST -u USER -p genims_reporting_db < schema/mysql_reporting_indexes.sql
--
-- The primary key, its day first, answers for a day, a week, a month. An index here is for one thing, such as a
-- machine or a customer, over a year: only where a dashboard asks for it, because every index costs loading time.
-- In snapshots a thing's days lie far apart, so there the index also carries what its trend shows.


-- Performance
CREATE INDEX ix_downtime_summary_daily_machine ON downtime_summary_daily (machine_id, downtime_date);
CREATE INDEX ix_energy_consumption_daily_line ON energy_consumption_daily (line_id, energy_date);
CREATE INDEX ix_labor_efficiency_daily_employee ON labor_efficiency_daily (employee_id, labor_date);
CREATE INDEX ix_machine_performance_daily_machine ON machine_performance_daily (machine_id, performance_date);
CREATE INDEX ix_machine_performance_daily_line ON machine_performance_daily (line_id, performance_date);
CREATE INDEX ix_maintenance_summary_daily_line ON maintenance_summary_daily (line_id, maintenance_date);
CREATE INDEX ix_production_summary_daily_line ON production_summary_daily (line_id, production_date);
CREATE INDEX ix_quality_summary_daily_product ON quality_summary_daily (product_id, quality_date);
CREATE INDEX ix_safety_compliance_daily_factory ON safety_compliance_daily (factory_id, safety_date);

-- Sales
CREATE INDEX ix_customer_performance_ytd_customer ON customer_performance_ytd (customer_id, period_month);
CREATE INDEX ix_customer_service_summary_customer ON customer_service_summary (customer_id, service_date);
CREATE INDEX ix_delivery_performance_carrier ON delivery_performance (carrier_id, delivery_date);
CREATE INDEX ix_product_sales_performance_product ON product_sales_performance (product_id, sales_month);
CREATE INDEX ix_returns_warranty_summary_customer ON returns_warranty_summary (customer_id, period_month);
CREATE INDEX ix_sales_order_summary_customer ON sales_order_summary (customer_id, summary_date);
CREATE INDEX ix_sales_pipeline_summary_customer ON sales_pipeline_summary (customer_id, snapshot_date, open_opportunities, open_amount, won_amount);

-- Financial
CREATE INDEX ix_budget_vs_actual_account ON budget_vs_actual (account_code, period_month);
CREATE INDEX ix_capex_tracking_asset ON capex_tracking (asset_id, period_month);
CREATE INDEX ix_cost_analysis_daily_product ON cost_analysis_daily (product_id, cost_date);
CREATE INDEX ix_profit_and_loss_daily_factory ON profit_and_loss_daily (factory_id, pnl_date);
CREATE INDEX ix_receivables_payables_aging_party ON receivables_payables_aging (side, party_id, as_of_date, open_amount, overdue_amount, overdue_pct);
CREATE INDEX ix_trial_balance_daily_account ON trial_balance_daily (account_code, posting_date);

-- Inventory
CREATE INDEX ix_demand_forecast_vs_actual_product ON demand_forecast_vs_actual (product_id, forecast_month);
CREATE INDEX ix_finished_goods_warehouse_product ON finished_goods_warehouse (product_id, fg_date, stock_quantity, stock_value, wms_quantity);
CREATE INDEX ix_inventory_reconciliation_summary_factory ON inventory_reconciliation_summary (factory_id, reconciliation_date);
CREATE INDEX ix_inventory_value_summary_factory ON inventory_value_summary (factory_id, inventory_date, total_inventory_value, cogs_90d, stock_value, excess_value);
CREATE INDEX ix_material_flow_daily_material ON material_flow_daily (material_id, flow_date);
CREATE INDEX ix_purchase_order_performance_supplier ON purchase_order_performance (supplier_id, po_date);
CREATE INDEX ix_raw_material_warehouse_material ON raw_material_warehouse (material_id, rm_date, stock_quantity, stock_value, wms_quantity);
CREATE INDEX ix_spare_parts_inventory_warehouse ON spare_parts_inventory (warehouse_id, snapshot_date, stock_value, parts_out_of_stock, issued_value_30d);
CREATE INDEX ix_supplier_performance_summary_supplier ON supplier_performance_summary (supplier_id, metric_month);
CREATE INDEX ix_warehouse_operations_daily_warehouse ON warehouse_operations_daily (warehouse_id, ops_date);
CREATE INDEX ix_work_in_process_line ON work_in_process (line_id, wip_date);
