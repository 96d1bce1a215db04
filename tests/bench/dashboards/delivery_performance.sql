-- name: a_warehouse_by_day_over_30_days
SELECT
    delivery_date,
    SUM(shipments) AS shipments,
    100 * SUM(shipments_on_time) / SUM(shipments_on_time + shipments_late) AS on_time_pct,
    SUM(total_cost) AS total_cost
FROM delivery_performance
WHERE delivery_date > :delivery_date - INTERVAL 30 DAY
    AND delivery_date <= :delivery_date
    AND warehouse_id = :warehouse_id
GROUP BY delivery_date
ORDER BY delivery_date;

-- name: ten_carriers_latest_this_month
SELECT
    carrier_id,
    carrier_name,
    SUM(shipments) AS shipments,
    SUM(shipments_late) AS shipments_late,
    SUM(days_late) / SUM(shipments_late) AS average_days_late,
    SUM(total_cost) / SUM(weight_kg) AS cost_per_kg
FROM delivery_performance
WHERE delivery_date >= DATE_FORMAT(:delivery_date, '%Y-%m-01')
    AND delivery_date <= :delivery_date
GROUP BY carrier_id, carrier_name
ORDER BY shipments_late DESC
LIMIT 10;

-- name: a_carrier_by_month_over_12_months
SELECT
    DATE_FORMAT(delivery_date, '%Y-%m') AS month,
    SUM(shipments) AS shipments,
    100 * SUM(shipments_on_time) / SUM(shipments_on_time + shipments_late) AS on_time_pct,
    SUM(total_cost) / SUM(shipments) AS cost_per_shipment,
    100 * SUM(damaged_shipments) / SUM(shipments) AS damage_rate_pct
FROM delivery_performance
WHERE carrier_id = :carrier_id
    AND delivery_date > :delivery_date - INTERVAL 12 MONTH
    AND delivery_date <= :delivery_date
GROUP BY month
ORDER BY month;
