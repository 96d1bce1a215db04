/* --- source: erp --- */
SELECT
    po.po_date,
    count(*) AS orders,
    count(*) FILTER (WHERE po.po_status = 'released') AS orders_released,
    sum(po.total_value) AS order_value,
    sum((
        SELECT sum(pol.order_quantity)
        FROM purchase_order_lines AS pol
        WHERE pol.purchase_order_id = po.purchase_order_id AND pol.deletion_indicator IS NOT TRUE
    )) AS ordered_quantity
FROM purchase_orders AS po
WHERE {{ window("po.po_date") }}
GROUP BY po.po_date
