-- name: a_warehouse_on_a_day
SELECT
    stock_level,
    COUNT(*) AS materials,
    SUM(stock_value) AS stock_value,
    SUM(expired_quantity) AS expired_quantity
FROM raw_material_warehouse
WHERE rm_date = :rm_date
    AND warehouse_id = :warehouse_id
GROUP BY stock_level
ORDER BY stock_level;

-- name: twenty_materials_to_reorder_now
SELECT
    material_id,
    material_name,
    stock_quantity,
    reorder_point_quantity,
    on_order_quantity,
    next_delivery_date,
    lead_time_days
FROM raw_material_warehouse
WHERE rm_date = (SELECT MAX(rm_date) FROM raw_material_warehouse)
    AND warehouse_id = :warehouse_id
    AND is_at_reorder_point = 1
ORDER BY stock_quantity / reorder_point_quantity
LIMIT 20;

-- name: a_material_by_day_over_90_days
SELECT
    rm_date,
    SUM(stock_quantity) AS stock_quantity,
    SUM(stock_value) AS stock_value,
    SUM(wms_quantity) AS wms_quantity
FROM raw_material_warehouse
WHERE material_id = :material_id
    AND rm_date > :rm_date - INTERVAL 90 DAY
    AND rm_date <= :rm_date
GROUP BY rm_date
ORDER BY rm_date;
