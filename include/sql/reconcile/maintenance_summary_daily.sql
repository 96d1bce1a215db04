/* --- source: maintenance --- */
SELECT
    date_trunc('day', wo.actual_end_date)::date AS maintenance_date,
    count(wo.work_order_id) AS orders,
    sum(wo.actual_total_cost) AS maintenance_cost,
    sum(wo.downtime_minutes) AS downtime_minutes,
    sum((
        SELECT count(*) FROM labor_time_entries AS lt WHERE lt.work_order_id = wo.work_order_id
    )) AS labor_entries,
    sum((
        SELECT sum(pt.total_cost)
        FROM mro_parts_transactions AS pt
        WHERE pt.work_order_id = wo.work_order_id AND pt.transaction_type = 'issued'
    )) AS issued_parts_cost
FROM work_orders AS wo
WHERE {{ window("wo.actual_end_date") }}
GROUP BY 1
