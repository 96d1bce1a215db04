/* ---
description: Shipments, delivery promise kept, transit time, freight cost and damage per day, warehouse and carrier.
category: sales
reads: [tms, wms, erp, financial, master]
grain: [delivery_date, warehouse_id, carrier_id]
load: window
lookback: 7 days
owner: logistics
checks:
  - {check: exchange_rates_hold, level: fail}
  - {check: in_range, columns: [documents_without_rate], min: 0, max: 0, level: warn}
  - {check: in_range, columns: [on_time_pct, damage_rate_pct], min: 0, max: 100, level: fail}
  - {check: not_negative, columns: [transit_days, weight_kg, freight_cost, total_cost], level: warn}
  - {check: known_member, columns: [warehouse_id, carrier_id, factory_id], level: warn}
  - {check: not_ahead_of_today, level: warn}
  - {check: row_count_near_yesterday, percent: 50, level: warn}
--- */

/*
A shipment counts on the day it was delivered; one not delivered yet on its estimated day, else on its ship date.
On time means delivered not later than the sales order requested (SCOR RL.2.2, delivery to customer commit date).
The carrier's own estimate stands beside it: a source that copies the actual date into the estimate keeps it always.
Status delivered with a delivery date after today is counted on that day, and shown as delivered_ahead_of_today.
Customer and dates of shipment and order may contradict each other: only the requested date is taken from the order,
and orders are read from a year before the window on. Returns of any date and damage count on the day of the original
delivery; damaged is a proof of delivery in other than good condition, or a return order with reason damaged.
tms.deliveries carries no usable value and is not read. Cancelled shipments do not count. Amounts are in functional
currency, at the rate of the ship date.
*/

{% from "macros/currency.sql" import at_rate_of, exchange_rates, converted, currency_of with context -%}
{% from "macros/documents.sql" import is_valid -%}
WITH {{ exchange_rates() }},

shipments AS (
    SELECT
        s.shipment_id,
        s.delivery_date,
        s.warehouse_id,
        s.carrier_id,
        s.sales_order_id,
        s.ship_date,
        s.estimated_delivery_date,
        s.actual_delivery_date,
        coalesce(s.shipment_status = 'delivered', false) AS is_delivered,
        s.number_of_packages,
        s.total_weight_kg,
        {{ converted("s.freight_cost") }} AS freight_cost,
        {{ converted("s.total_cost") }} AS total_cost,
        r.rate IS NULL AS is_without_rate
    FROM postgres_query('tms', $$
        SELECT
            sh.shipment_id,
            coalesce(sh.actual_delivery_date, sh.estimated_delivery_date, sh.ship_date) AS delivery_date,
            sh.warehouse_id,
            sh.carrier_id,
            sh.sales_order_id,
            sh.ship_date,
            sh.estimated_delivery_date,
            sh.actual_delivery_date,
            sh.shipment_status,
            sh.number_of_packages,
            sh.total_weight_kg,
            sh.freight_cost,
            sh.total_cost,
            {{ currency_of("sh.currency") }} AS currency
        FROM shipments AS sh
        WHERE {{ window("coalesce(sh.actual_delivery_date, sh.estimated_delivery_date, sh.ship_date)") }}
            AND {{ is_valid("sh.shipment_status") }}
    $$) AS s
    {{ at_rate_of("s.currency", "coalesce(s.ship_date, s.delivery_date)") | indent(4) }}
),

requested_dates AS (
    SELECT
        so.sales_order_id,
        so.requested_delivery_date
    FROM postgres_query('erp', $$
        SELECT
            o.sales_order_id,
            o.requested_delivery_date
        FROM sales_orders AS o
        WHERE o.order_date >= DATE '{{ window.start }}' - 366
    $$) AS so
),

damaged_on_delivery AS (
    SELECT pod.shipment_id
    FROM postgres_query('tms', $$
        SELECT DISTINCT p.shipment_id
        FROM proof_of_delivery AS p
        WHERE p.packages_condition <> 'good'
    $$) AS pod
),

returned AS (
    SELECT
        r.shipment_id,
        r.is_damaged,
        r.return_shipments
    FROM postgres_query('tms', $$
        SELECT
            ro.original_shipment_id AS shipment_id,
            coalesce(bool_or(ro.return_reason = 'damaged'), false) AS is_damaged,
            count(rs.return_shipment_id) AS return_shipments
        FROM return_orders AS ro
        LEFT JOIN return_shipments AS rs ON rs.return_order_id = ro.return_order_id
        WHERE {{ is_valid("ro.return_status") }}
        GROUP BY ro.original_shipment_id
    $$) AS r
),

judged AS (
    SELECT
        s.delivery_date,
        s.warehouse_id,
        s.carrier_id,
        s.is_without_rate,
        s.is_delivered,
        s.actual_delivery_date <= q.requested_delivery_date AS is_on_time,
        s.actual_delivery_date - q.requested_delivery_date AS days_after_request,
        s.actual_delivery_date <= s.estimated_delivery_date AS is_within_estimate,
        s.actual_delivery_date - s.ship_date AS transit_days,
        s.number_of_packages,
        s.total_weight_kg,
        s.freight_cost,
        s.total_cost,
        d.shipment_id IS NOT NULL OR coalesce(r.is_damaged, false) AS is_damaged,
        r.shipment_id IS NOT NULL AS is_returned,
        coalesce(r.return_shipments, 0) AS return_shipments
    FROM shipments AS s
    LEFT JOIN requested_dates AS q ON q.sales_order_id = s.sales_order_id
    LEFT JOIN damaged_on_delivery AS d ON d.shipment_id = s.shipment_id
    LEFT JOIN returned AS r ON r.shipment_id = s.shipment_id
),

daily AS (
    SELECT
        j.delivery_date,
        coalesce(w.warehouse_id, 'UNKNOWN') AS warehouse_id,
        coalesce(c.carrier_id, 'UNKNOWN') AS carrier_id,
        w.warehouse_name,
        f.factory_id,
        c.carrier_name,
        c.carrier_type,
        count(*) AS shipments,
        count(*) FILTER (WHERE j.is_without_rate) AS documents_without_rate,
        count(*) FILTER (WHERE j.is_delivered) AS delivered_shipments,
        count(*) FILTER (WHERE j.is_delivered AND j.delivery_date > DATE '{{ window.today }}')
            AS delivered_ahead_of_today,
        count(*) FILTER (WHERE NOT j.is_delivered AND j.delivery_date < DATE '{{ window.today }}') AS overdue_shipments,
        count(*) FILTER (WHERE j.is_on_time) AS shipments_on_time,
        count(*) FILTER (WHERE NOT j.is_on_time) AS shipments_late,
        coalesce(sum(j.days_after_request) FILTER (WHERE NOT j.is_on_time), 0) AS days_late,
        count(*) FILTER (WHERE j.is_within_estimate) AS shipments_within_estimate,
        coalesce(sum(j.transit_days), 0) AS transit_days,
        count(j.transit_days) AS shipments_with_transit,
        coalesce(sum(j.number_of_packages), 0) AS packages,
        coalesce(sum(j.total_weight_kg), 0) AS weight_kg,
        coalesce(sum(j.freight_cost), 0) AS freight_cost,
        coalesce(sum(j.total_cost), 0) AS total_cost,
        count(j.total_cost) AS shipments_with_cost,
        sum(j.total_cost) FILTER (WHERE j.total_weight_kg IS NOT NULL) AS weighed_cost,
        sum(j.total_weight_kg) FILTER (WHERE j.total_cost IS NOT NULL) AS costed_weight_kg,
        count(*) FILTER (WHERE j.is_damaged) AS damaged_shipments,
        count(*) FILTER (WHERE j.is_returned) AS returned_shipments,
        sum(j.return_shipments) AS return_shipments
    FROM judged AS j
    LEFT JOIN postgres_query('wms', $$
        SELECT
            wa.warehouse_id,
            wa.warehouse_name,
            wa.plant_id
        FROM warehouses AS wa
    $$) AS w ON w.warehouse_id = j.warehouse_id
    LEFT JOIN postgres_query('master', $$SELECT fa.factory_id FROM factories AS fa$$) AS f
        ON f.factory_id = w.plant_id
    LEFT JOIN postgres_query('tms', $$
        SELECT
            ca.carrier_id,
            ca.carrier_name,
            ca.carrier_type
        FROM carriers AS ca
    $$) AS c ON c.carrier_id = j.carrier_id
    GROUP BY ALL
)

SELECT
    d.delivery_date,
    d.warehouse_id,
    d.carrier_id,
    d.warehouse_name,
    d.factory_id,
    d.carrier_name,
    d.carrier_type,
    '{{ rules.currency }}' AS currency,
    d.shipments,
    d.documents_without_rate,
    d.delivered_shipments,
    d.delivered_ahead_of_today,
    d.overdue_shipments,
    d.shipments_on_time,
    d.shipments_late,
    CAST(100 * d.shipments_on_time / nullif(d.shipments_on_time + d.shipments_late, 0) AS DECIMAL(9, 2)) AS on_time_pct,
    CAST(d.days_late AS BIGINT) AS days_late,
    d.shipments_within_estimate,
    CAST(d.transit_days AS BIGINT) AS transit_days,
    CAST(d.transit_days / nullif(d.shipments_with_transit, 0) AS DECIMAL(12, 2)) AS average_transit_days,
    CAST(d.packages AS BIGINT) AS packages,
    CAST(d.weight_kg AS DECIMAL(18, 2)) AS weight_kg,
    CAST(d.freight_cost AS DECIMAL(18, 2)) AS freight_cost,
    CAST(d.total_cost AS DECIMAL(18, 2)) AS total_cost,
    CAST(d.total_cost / nullif(d.shipments_with_cost, 0) AS DECIMAL(18, 2)) AS cost_per_shipment,
    CAST(d.weighed_cost / nullif(d.costed_weight_kg, 0) AS DECIMAL(18, 4)) AS cost_per_kg,
    d.damaged_shipments,
    CAST(100 * d.damaged_shipments / d.shipments AS DECIMAL(9, 2)) AS damage_rate_pct,
    d.returned_shipments,
    CAST(d.return_shipments AS BIGINT) AS return_shipments
FROM daily AS d
