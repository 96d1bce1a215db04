/* --- source: wms --- */
SELECT
    event.day AS ops_date,
    sum(event.scheduled) AS receipts_scheduled,
    sum(event.received) AS receipts_completed,
    sum(event.expected_quantity) AS expected_quantity,
    sum(event.received_quantity) AS received_quantity,
    sum(event.on_schedule) AS receipts_on_schedule,
    sum(event.put_away) AS putaways_completed,
    sum(event.putaway_quantity) AS putaway_quantity
FROM (
    SELECT
        scheduled_date::date AS day,
        1 AS scheduled,
        0 AS received,
        0 AS expected_quantity,
        0 AS received_quantity,
        0 AS on_schedule,
        0 AS put_away,
        0 AS putaway_quantity
    FROM receiving_tasks
    WHERE {{ window("scheduled_date") }} AND coalesce(task_status, '') <> 'cancelled'
    UNION ALL
    SELECT
        completed_at::date, 0, 1, coalesce(expected_quantity, 0), coalesce(received_quantity, 0),
        CASE WHEN completed_at < date_trunc('day', scheduled_date) + INTERVAL '1 day' THEN 1 ELSE 0 END,
        0, 0
    FROM receiving_tasks
    WHERE {{ window("completed_at") }} AND task_status = 'completed'
    UNION ALL
    SELECT completed_at::date, 0, 0, 0, 0, 0, 1, coalesce(quantity, 0)
    FROM putaway_tasks
    WHERE {{ window("completed_at") }} AND task_status = 'completed'
) AS event
GROUP BY event.day

/* --- source: tms --- */
{% from "macros/reconcile.sql" import unless_foreign with context %}
SELECT
    sh.ship_date AS ops_date,
    count(sh.shipment_id) AS shipments,
    sum(sh.number_of_packages) AS packages_shipped,
    sum(sh.total_weight_kg) AS weight_shipped_kg,
    sum({{ unless_foreign("sh.total_cost", "sh.currency") }}) AS freight_cost
FROM shipments AS sh
WHERE {{ window("sh.ship_date") }} AND coalesce(sh.shipment_status, '') <> 'cancelled'
GROUP BY sh.ship_date
