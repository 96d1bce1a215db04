-- name: supplier_types_over_30_days
SELECT
    supplier_type,
    SUM(orders) AS orders,
    SUM(order_value) AS order_value,
    100 * SUM(orders_on_time) / SUM(orders_on_time + orders_late) AS on_time_pct,
    100 * SUM(price_variance) / SUM(standard_value) AS price_variance_pct
FROM purchase_order_performance
WHERE po_date > :po_date - INTERVAL 30 DAY
    AND po_date <= :po_date
GROUP BY supplier_type
ORDER BY order_value DESC;

-- name: ten_suppliers_with_most_overdue_orders_this_month
SELECT
    supplier_id,
    supplier_name,
    SUM(orders) AS orders,
    SUM(orders_overdue) AS orders_overdue,
    SUM(days_late_total) / SUM(orders_late) AS average_days_late
FROM purchase_order_performance
WHERE po_date >= DATE_FORMAT(:po_date, '%Y-%m-01')
    AND po_date <= :po_date
GROUP BY supplier_id, supplier_name
ORDER BY orders_overdue DESC
LIMIT 10;

-- name: a_supplier_by_month_over_12_months
SELECT
    DATE_FORMAT(po_date, '%Y-%m') AS month,
    SUM(orders) AS orders,
    SUM(order_value) AS order_value,
    100 * SUM(orders_on_time) / SUM(orders_on_time + orders_late) AS on_time_pct,
    SUM(lead_time_days_total) / SUM(orders_received) AS average_lead_time_days
FROM purchase_order_performance
WHERE supplier_id = :supplier_id
    AND po_date > :po_date - INTERVAL 12 MONTH
    AND po_date <= :po_date
GROUP BY month
ORDER BY month;
