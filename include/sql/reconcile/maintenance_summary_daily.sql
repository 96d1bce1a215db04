/* --- source: maintenance --- */
SELECT
    date_trunc('day', wo.actual_end_date)::date AS maintenance_date,
    count(wo.work_order_id) AS orders,
    sum(CASE wo.wo_status WHEN 'completed' THEN 1 END) AS orders_completed,
    sum(CASE wo.wo_type WHEN 'preventive' THEN 1 END) AS preventive_orders,
    sum(CASE wo.wo_type WHEN 'corrective' THEN 1 END) AS corrective_orders,
    sum(CASE wo.wo_type WHEN 'breakdown' THEN 1 END) AS breakdown_orders,
    sum(CASE wo.wo_type WHEN 'inspection' THEN 1 END) AS inspection_orders,
    sum(CASE wo.priority WHEN 'emergency' THEN 1 WHEN 'urgent' THEN 1 END) AS urgent_orders,
    count(wo.scheduled_end_date) AS scheduled_orders,
    sum(CASE WHEN wo.actual_end_date < wo.scheduled_end_date + INTERVAL '1 day' THEN 1 END) AS orders_on_schedule,
    sum(wo.estimated_duration_hours) AS estimated_hours,
    sum(wo.actual_duration_hours) AS actual_hours,
    sum(wo.estimated_cost) AS estimated_cost,
    sum(wo.actual_total_cost) AS maintenance_cost,
    sum(CASE wo.wo_status WHEN 'completed' THEN wo.actual_total_cost END) AS completed_order_cost,
    sum(wo.downtime_minutes) AS downtime_minutes,
    sum((
        SELECT sum(coalesce(lt.duration_hours, extract(epoch FROM lt.end_time - lt.start_time) / 3600))
        FROM labor_time_entries AS lt
        WHERE lt.work_order_id = wo.work_order_id
    )) AS labor_hours,
    sum((
        SELECT sum(coalesce(
            lt.labor_cost,
            lt.hourly_rate * coalesce(lt.duration_hours, extract(epoch FROM lt.end_time - lt.start_time) / 3600)
        ))
        FROM labor_time_entries AS lt
        WHERE lt.work_order_id = wo.work_order_id
    )) AS booked_labor_cost,
    sum((
        SELECT count(*) FROM labor_time_entries AS lt WHERE lt.work_order_id = wo.work_order_id
    )) AS labor_entries,
    sum((
        SELECT count(*)
        FROM mro_parts_transactions AS pt
        WHERE pt.work_order_id = wo.work_order_id AND pt.transaction_type = 'issued'
    )) AS part_issues,
    sum((
        SELECT sum(pt.quantity)
        FROM mro_parts_transactions AS pt
        WHERE pt.work_order_id = wo.work_order_id AND pt.transaction_type = 'issued'
    )) AS parts_quantity,
    sum((
        SELECT sum(pt.total_cost)
        FROM mro_parts_transactions AS pt
        WHERE pt.work_order_id = wo.work_order_id AND pt.transaction_type = 'issued'
    )) AS issued_parts_cost
FROM work_orders AS wo
WHERE {{ window("wo.actual_end_date") }}
GROUP BY 1

/* --- source: operations --- */
SELECT
    date_trunc('day', me.actual_end)::date AS maintenance_date,
    sum(1) AS log_entries,
    sum(CASE me.maintenance_type WHEN 'preventive' THEN 1 END) AS log_preventive,
    sum(CASE me.maintenance_type WHEN 'corrective' THEN 1 END) AS log_corrective,
    sum(CASE me.maintenance_type WHEN 'breakdown' THEN 1 END) AS log_breakdown,
    sum(CASE me.maintenance_type WHEN 'inspection' THEN 1 END) AS log_inspection,
    sum(CASE me.maintenance_type WHEN 'replacement' THEN 1 END) AS log_replacement,
    sum(me.duration_minutes) AS log_minutes,
    sum(me.total_cost_usd) AS log_cost_usd,
    sum(CASE WHEN me.parts_cost_usd < 0 THEN 1 END) AS log_negative_parts_costs
FROM maintenance_events AS me
WHERE {{ window("me.actual_end") }}
GROUP BY 1

/* --- source: maintenance --- */
-- A technician counts once on each line of a day.
SELECT
    date_trunc('day', wo.actual_end_date)::date AS maintenance_date,
    count(DISTINCT (ma.factory_id, ma.line_id, lt.technician_id)) AS technicians
FROM labor_time_entries AS lt
JOIN work_orders AS wo ON wo.work_order_id = lt.work_order_id
LEFT JOIN maintenance_assets AS ma ON ma.asset_id = wo.asset_id
WHERE {{ window("wo.actual_end_date") }} AND lt.technician_id IS NOT NULL
GROUP BY 1

/* --- identities --- */
SELECT
    100 * preventive_orders / nullif(orders, 0) AS pm_ratio_pct,
    100 * orders_on_schedule / nullif(scheduled_orders, 0) AS schedule_compliance_pct
