/* --- source: tms --- */
{% from "macros/reconcile.sql" import unless_foreign with context %}
SELECT
    v.delivery_date,
    count(DISTINCT v.shipment_id) AS shipments,
    sum(v.number_of_packages) AS packages,
    sum(v.total_weight_kg) AS weight_kg,
    sum(v.freight_cost) AS freight_cost,
    sum(v.total_cost) AS total_cost,
    sum(v.is_returned) AS returned_shipments,
    sum(v.is_delivered) AS delivered_shipments,
    sum(CASE WHEN v.delivery_date > DATE '{{ window.today }}' THEN v.is_delivered END) AS delivered_ahead_of_today,
    sum(CASE WHEN v.delivery_date < DATE '{{ window.today }}' THEN 1 - v.is_delivered END) AS overdue_shipments,
    sum(v.is_within_estimate) AS shipments_within_estimate,
    sum(v.transit_days) AS transit_days
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
        END AS is_returned,
        CASE sh.shipment_status WHEN 'delivered' THEN 1 ELSE 0 END AS is_delivered,
        CASE WHEN sh.estimated_delivery_date >= sh.actual_delivery_date THEN 1 ELSE 0 END AS is_within_estimate,
        sh.actual_delivery_date - sh.ship_date AS transit_days
    FROM shipments AS sh
    WHERE coalesce(sh.shipment_status, '') <> 'cancelled'
) AS v
WHERE {{ window("v.delivery_date") }}
GROUP BY v.delivery_date

/* --- source: tms --- */
SELECT
    coalesce(sh.actual_delivery_date, sh.estimated_delivery_date, sh.ship_date) AS delivery_date,
    count(*) AS damaged_shipments
FROM (
    SELECT pod.shipment_id
    FROM proof_of_delivery AS pod
    WHERE pod.packages_condition IS NOT NULL AND NOT pod.packages_condition = 'good'
    UNION
    SELECT ro.original_shipment_id
    FROM return_orders AS ro
    WHERE ro.return_reason = 'damaged' AND coalesce(ro.return_status, '') <> 'cancelled'
) AS damaged
JOIN shipments AS sh ON sh.shipment_id = damaged.shipment_id AND coalesce(sh.shipment_status, '') <> 'cancelled'
WHERE {{ window("coalesce(sh.actual_delivery_date, sh.estimated_delivery_date, sh.ship_date)") }}
GROUP BY 1

/* --- source: tms --- */
SELECT
    coalesce(sh.actual_delivery_date, sh.estimated_delivery_date, sh.ship_date) AS delivery_date,
    count(*) AS return_shipments
FROM return_shipments AS rs
JOIN return_orders AS ro ON ro.return_order_id = rs.return_order_id AND coalesce(ro.return_status, '') <> 'cancelled'
JOIN shipments AS sh ON sh.shipment_id = ro.original_shipment_id AND coalesce(sh.shipment_status, '') <> 'cancelled'
WHERE {{ window("coalesce(sh.actual_delivery_date, sh.estimated_delivery_date, sh.ship_date)") }}
GROUP BY 1

/* --- identities --- */
SELECT
    100 * shipments_on_time / nullif(shipments_on_time + shipments_late, 0) AS on_time_pct,
    100 * damaged_shipments / shipments AS damage_rate_pct
