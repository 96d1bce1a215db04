/* --- source: wms --- */
SELECT
    event.day AS ops_date,
    sum(event.scheduled) AS receipts_scheduled,
    sum(event.received) AS receipts_completed,
    sum(event.expected_quantity) AS expected_quantity,
    sum(event.received_quantity) AS received_quantity,
    sum(event.put_away) AS putaways_completed,
    sum(event.putaway_quantity) AS putaway_quantity
FROM (
    SELECT
        scheduled_date::date AS day,
        1 AS scheduled,
        0 AS received,
        0 AS expected_quantity,
        0 AS received_quantity,
        0 AS put_away,
        0 AS putaway_quantity
    FROM receiving_tasks
    WHERE {{ window("scheduled_date") }} AND coalesce(task_status, '') <> 'cancelled'
    UNION ALL
    SELECT completed_at::date, 0, 1, coalesce(expected_quantity, 0), coalesce(received_quantity, 0), 0, 0
    FROM receiving_tasks
    WHERE {{ window("completed_at") }} AND task_status = 'completed'
    UNION ALL
    SELECT completed_at::date, 0, 0, 0, 0, 1, coalesce(quantity, 0)
    FROM putaway_tasks
    WHERE {{ window("completed_at") }} AND task_status = 'completed'
) AS event
GROUP BY event.day
