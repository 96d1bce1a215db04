-- name: warehouses_now
SELECT
    warehouse_id,
    warehouse_name,
    SUM(stock_value) AS stock_value,
    SUM(parts_out_of_stock) AS parts_out_of_stock,
    SUM(parts_to_reorder) AS parts_to_reorder,
    SUM(reorder_value) AS reorder_value
FROM spare_parts_inventory
WHERE snapshot_date = (SELECT MAX(snapshot_date) FROM spare_parts_inventory)
GROUP BY warehouse_id, warehouse_name
ORDER BY warehouse_id;

-- name: parts_of_one_criticality_on_a_day
SELECT
    warehouse_name,
    part_category,
    parts,
    parts_below_minimum,
    parts_at_risk,
    shortage_value
FROM spare_parts_inventory
WHERE snapshot_date = :snapshot_date
    AND criticality = :criticality
ORDER BY shortage_value DESC;

-- name: a_warehouse_by_day_over_90_days
SELECT
    snapshot_date,
    SUM(stock_value) AS stock_value,
    SUM(parts_out_of_stock) AS parts_out_of_stock,
    SUM(issued_value_30d) AS issued_value_30d
FROM spare_parts_inventory
WHERE warehouse_id = :warehouse_id
    AND snapshot_date > :snapshot_date - INTERVAL 90 DAY
    AND snapshot_date <= :snapshot_date
GROUP BY snapshot_date
ORDER BY snapshot_date;
