/* --- source: tms --- */
{% from "macros/reconcile.sql" import unless_foreign with context %}
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
        {{ unless_foreign("sh.freight_cost", "sh.currency") }} AS freight_cost,
        {{ unless_foreign("sh.total_cost", "sh.currency") }} AS total_cost,
        CASE
            WHEN EXISTS (
                SELECT 1
                FROM return_orders AS ro
                WHERE ro.original_shipment_id = sh.shipment_id AND coalesce(ro.return_status, '') <> 'cancelled'
            ) THEN 1
            ELSE 0
        END AS is_returned
    FROM shipments AS sh
    WHERE coalesce(sh.shipment_status, '') <> 'cancelled'
) AS v
WHERE {{ window("v.delivery_date") }}
GROUP BY v.delivery_date
