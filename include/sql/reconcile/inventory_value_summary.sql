/* --- source: erp --- */
SELECT
    DATE '{{ window.start }}' AS inventory_date,
    count(DISTINCT (ib.plant_id, ib.material_id)) AS material_count,
    sum(ib.unrestricted_stock) AS stock_quantity,
    sum(ib.quality_inspection_stock) AS quality_inspection_quantity,
    sum(ib.blocked_stock) AS blocked_quantity,
    sum(coalesce(
        ib.stock_value,
        round(ib.unrestricted_stock * (
            SELECT m.standard_cost FROM materials AS m WHERE m.material_id = ib.material_id
        ), 2)
    )) AS stock_value
FROM inventory_balances AS ib
