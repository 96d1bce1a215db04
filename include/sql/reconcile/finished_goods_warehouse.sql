/* --- source: erp --- */
SELECT
    DATE '{{ window.start }}' AS fg_date,
    sum(ib.unrestricted_stock) AS stock_quantity,
    sum(ib.blocked_stock) AS blocked_quantity,
    sum(coalesce(ib.stock_value, round(ib.unrestricted_stock * m.standard_cost, 2))) AS stock_value
FROM materials AS m
JOIN inventory_balances AS ib ON ib.material_id = m.material_id
WHERE m.material_type = 'finished_good'
