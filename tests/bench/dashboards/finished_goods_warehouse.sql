-- name: a_warehouse_on_a_day
SELECT
    stock_level,
    COUNT(*) AS products,
    SUM(stock_value) AS stock_value,
    SUM(expiring_90d_quantity) AS expiring_90d_quantity
FROM finished_goods_warehouse
WHERE fg_date = :fg_date
    AND warehouse_id = :warehouse_id
GROUP BY stock_level
ORDER BY stock_level;

-- name: ten_slow_movers_by_value_now
SELECT
    warehouse_name,
    product_id,
    product_name,
    stock_quantity,
    stock_value,
    shipped_90d_quantity,
    last_ship_date
FROM finished_goods_warehouse
WHERE fg_date = (SELECT MAX(fg_date) FROM finished_goods_warehouse)
ORDER BY is_slow_moving DESC, stock_value DESC
LIMIT 10;

-- name: a_product_by_day_over_90_days
SELECT
    fg_date,
    SUM(stock_quantity) AS stock_quantity,
    SUM(stock_value) AS stock_value,
    SUM(wms_quantity) AS wms_quantity
FROM finished_goods_warehouse
WHERE product_id = :product_id
    AND fg_date > :fg_date - INTERVAL 90 DAY
    AND fg_date <= :fg_date
GROUP BY fg_date
ORDER BY fg_date;
