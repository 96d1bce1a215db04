-- name: warehouses_on_a_day
SELECT
    warehouse_id,
    warehouse_name,
    receipts_completed,
    putaways_completed,
    shipments,
    open_picking_tasks,
    workers_active
FROM warehouse_operations_daily
WHERE ops_date = :ops_date
ORDER BY warehouse_id;

-- name: a_warehouse_by_day_over_30_days
SELECT
    ops_date,
    receipts_completed,
    dock_to_stock_hours,
    shipments,
    weight_shipped_kg,
    freight_cost
FROM warehouse_operations_daily
WHERE warehouse_id = :warehouse_id
    AND ops_date > :ops_date - INTERVAL 30 DAY
    AND ops_date <= :ops_date
ORDER BY ops_date;

-- name: a_warehouse_by_month_over_12_months
SELECT
    DATE_FORMAT(ops_date, '%Y-%m') AS month,
    100 * SUM(receipts_on_schedule) / SUM(receipts_completed) AS on_schedule_pct,
    100 * SUM(received_quantity) / SUM(expected_quantity) AS receipt_fill_pct,
    SUM(shipments) AS shipments,
    SUM(freight_cost) AS freight_cost
FROM warehouse_operations_daily
WHERE warehouse_id = :warehouse_id
    AND ops_date > :ops_date - INTERVAL 12 MONTH
    AND ops_date <= :ops_date
GROUP BY month
ORDER BY month;
