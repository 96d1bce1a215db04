/* --- source: erp --- */
SELECT
    DATE '{{ window.start }}' AS fg_date,
    sum(ib.unrestricted_stock) AS stock_quantity,
    sum(ib.blocked_stock) AS blocked_quantity,
    sum(ib.quality_inspection_stock) AS quality_inspection_quantity,
    sum(ib.in_transit_stock) AS in_transit_quantity,
    sum(coalesce(ib.stock_value, round(ib.unrestricted_stock * m.standard_cost, 2))) AS stock_value
FROM materials AS m
JOIN inventory_balances AS ib ON ib.material_id = m.material_id
WHERE m.material_type = 'finished_good'

/* --- identities --- */
SELECT
    wms_quantity - wms_reserved_quantity AS wms_available_quantity,
    stock_quantity - wms_quantity AS erp_wms_quantity_gap,
    coalesce(stock_quantity < safety_stock_quantity, FALSE) AS is_below_safety_stock,
    coalesce(stock_quantity <= reorder_point_quantity, FALSE) AS is_at_reorder_point,
    coalesce(stock_quantity > maximum_stock_quantity, FALSE) AS is_above_maximum,
    stock_quantity > 0 AND shipped_90d_quantity <= 0 AS is_slow_moving,
    90 * stock_quantity / nullif(shipped_90d_quantity, 0) AS days_of_supply
