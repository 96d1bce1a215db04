/* --- source: tms --- */
SELECT
    v.delivery_date,
    count(DISTINCT v.shipment_id) AS shipments,
    sum(v.number_of_packages) AS packages,
    sum(v.total_weight_kg) AS weight_kg,
    sum(v.freight_cost) AS freight_cost,
    sum(v.total_cost) AS total_cost,
    sum(v.is_returned) AS returned_shipments
FROM (
    SELECT
        sh.shipment_id,
        CASE
            WHEN sh.actual_delivery_date IS NOT NULL THEN sh.actual_delivery_date
            WHEN sh.estimated_delivery_date IS NOT NULL THEN sh.estimated_delivery_date
            ELSE sh.ship_date
        END AS delivery_date,
        sh.number_of_packages,
        sh.total_weight_kg,
        sh.freight_cost,
        sh.total_cost,
        CASE
            WHEN sh.shipment_id IN (SELECT ro.original_shipment_id FROM return_orders AS ro) THEN 1
            ELSE 0
        END AS is_returned
    FROM shipments AS sh
) AS v
WHERE {{ window("v.delivery_date") }}
GROUP BY v.delivery_date
