-- name: material_types_now
SELECT
    material_type,
    SUM(stock_value) AS stock_value,
    SUM(wip_value) AS wip_value,
    SUM(total_inventory_value) AS total_inventory_value,
    SUM(slow_moving_value) AS slow_moving_value,
    SUM(obsolete_value) AS obsolete_value
FROM inventory_value_summary
WHERE inventory_date = (SELECT MAX(inventory_date) FROM inventory_value_summary)
GROUP BY material_type
ORDER BY total_inventory_value DESC;

-- name: a_factory_on_a_day
SELECT
    material_type,
    abc_class,
    stock_value,
    turnover_ratio,
    days_of_supply,
    below_safety_stock_count,
    erp_wms_value_gap
FROM inventory_value_summary
WHERE inventory_date = :inventory_date
    AND factory_id = :factory_id
ORDER BY material_type, abc_class;

-- name: a_factory_by_day_over_90_days
SELECT
    inventory_date,
    SUM(total_inventory_value) AS total_inventory_value,
    365 * SUM(cogs_90d) / 90 / SUM(stock_value) AS turnover_ratio,
    SUM(excess_value) AS excess_value
FROM inventory_value_summary
WHERE factory_id = :factory_id
    AND inventory_date > :inventory_date - INTERVAL 90 DAY
    AND inventory_date <= :inventory_date
GROUP BY inventory_date
ORDER BY inventory_date;
