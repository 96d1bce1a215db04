/* ---
description: Maintenance orders, PM ratio, schedule compliance, labour, parts, cost and overdue PM per line and day.
category: performance
reads: [maintenance, operations, master]
grain: [maintenance_date, factory_id, line_id]
load: window
lookback: 7 days
owner: maintenance
checks:
  - {check: in_range, columns: [pm_ratio_pct, schedule_compliance_pct], min: 0, max: 100, level: fail}
  - {check: not_negative, columns: [actual_hours, downtime_minutes, maintenance_cost, labor_hours, issued_parts_cost],
      level: warn}
  - {check: known_member, columns: [factory_id, line_id], level: warn}
  - {check: row_count_near_yesterday, percent: 50, level: warn}
--- */
-- CMMS orders count on the day of their actual end, whatever their status; labour entries and part issues count
-- with their order. The shop floor's own maintenance log stands beside them and is not added: both describe the same
-- work.
-- Cost: order totals, hours x rate and part issues contradict each other. maintenance_cost, the total of the orders, is
-- the one to use; the other two are detail and must not be added to it. The CMMS names no currency. The log is in USD
-- and is not converted; its negative parts costs are counted.
-- SMRP: PM ratio = preventive / all orders, schedule compliance = orders ended by their scheduled end date.
-- A preventive maintenance is overdue on every day after its due date until it is done. When it is done the schedule
-- moves on and forgets, so overdue counts of past days are as known when the day was last loaded. Lines have rows, also
-- ahead of today, for days on which nothing but a preventive maintenance is due.
WITH orders AS (
    FROM postgres_query('maintenance', $$
        SELECT
            wo.actual_end_date::date AS maintenance_date,
            ma.factory_id,
            ma.line_id,
            count(*) AS orders,
            count(*) FILTER (WHERE wo.wo_status = 'completed') AS orders_completed,
            count(*) FILTER (WHERE wo.wo_type = 'preventive') AS preventive_orders,
            count(*) FILTER (WHERE wo.wo_type = 'corrective') AS corrective_orders,
            count(*) FILTER (WHERE wo.wo_type = 'breakdown') AS breakdown_orders,
            count(*) FILTER (WHERE wo.wo_type = 'inspection') AS inspection_orders,
            count(*) FILTER (WHERE wo.priority IN ('emergency', 'urgent')) AS urgent_orders,
            count(wo.scheduled_end_date) AS scheduled_orders,
            count(*) FILTER (WHERE wo.actual_end_date::date <= wo.scheduled_end_date) AS orders_on_schedule,
            sum(wo.estimated_duration_hours)::numeric(18, 2) AS estimated_hours,
            sum(wo.actual_duration_hours)::numeric(18, 2) AS actual_hours,
            sum(wo.downtime_minutes) AS downtime_minutes,
            sum(wo.estimated_cost)::numeric(18, 2) AS estimated_cost,
            sum(wo.actual_total_cost)::numeric(18, 2) AS maintenance_cost,
            (sum(wo.actual_total_cost) FILTER (WHERE wo.wo_status = 'completed'))::numeric(18, 2)
                AS completed_order_cost
        FROM work_orders AS wo
        LEFT JOIN maintenance_assets AS ma ON ma.asset_id = wo.asset_id
        WHERE {{ window("wo.actual_end_date") }}
        GROUP BY 1, 2, 3
    $$)
),

labour AS (
    FROM postgres_query('maintenance', $$
        SELECT
            wo.actual_end_date::date AS maintenance_date,
            ma.factory_id,
            ma.line_id,
            count(*) AS labor_entries,
            count(DISTINCT lt.technician_id) AS technicians,
            sum(worked.hours)::numeric(18, 6) AS labor_hours,
            sum(coalesce(lt.labor_cost, worked.hours * lt.hourly_rate))::numeric(18, 2) AS booked_labor_cost
        FROM work_orders AS wo
        JOIN labor_time_entries AS lt ON lt.work_order_id = wo.work_order_id
        CROSS JOIN LATERAL (
            SELECT coalesce(lt.duration_hours, extract(epoch FROM lt.end_time - lt.start_time) / 3600) AS hours
        ) AS worked
        LEFT JOIN maintenance_assets AS ma ON ma.asset_id = wo.asset_id
        WHERE {{ window("wo.actual_end_date") }}
        GROUP BY 1, 2, 3
    $$)
),

parts AS (
    FROM postgres_query('maintenance', $$
        SELECT
            wo.actual_end_date::date AS maintenance_date,
            ma.factory_id,
            ma.line_id,
            count(*) AS part_issues,
            sum(pt.quantity)::numeric(18, 4) AS parts_quantity,
            sum(pt.total_cost)::numeric(18, 2) AS issued_parts_cost
        FROM work_orders AS wo
        JOIN mro_parts_transactions AS pt ON pt.work_order_id = wo.work_order_id AND pt.transaction_type = 'issued'
        LEFT JOIN maintenance_assets AS ma ON ma.asset_id = wo.asset_id
        WHERE {{ window("wo.actual_end_date") }}
        GROUP BY 1, 2, 3
    $$)
),

schedules AS (
    FROM postgres_query('maintenance', $$
        SELECT pm.next_due_date, ma.factory_id, ma.line_id
        FROM pm_schedules AS pm
        LEFT JOIN maintenance_assets AS ma ON ma.asset_id = pm.asset_id
        WHERE pm.next_due_date < DATE '{{ window.end }}'
            AND pm.is_active
            AND pm.schedule_status = 'active'
    $$)
),

pm_due AS (
    SELECT s.next_due_date AS maintenance_date, s.factory_id, s.line_id, count(*) AS pm_due
    FROM schedules AS s
    WHERE {{ window("s.next_due_date") }}
    GROUP BY ALL
),

overdue_days AS (
    SELECT
        CAST(unnest(generate_series(
            greatest(s.next_due_date, DATE '{{ window.start }}' - 1) + 1,
            least(DATE '{{ window.today }}', DATE '{{ window.end }}' - 1),
            INTERVAL 1 DAY
        )) AS DATE) AS maintenance_date,
        s.factory_id,
        s.line_id
    FROM schedules AS s
),

pm_overdue AS (
    SELECT o.maintenance_date, o.factory_id, o.line_id, count(*) AS pm_overdue
    FROM overdue_days AS o
    GROUP BY ALL
),

maintenance_log AS (
    FROM postgres_query('operations', $$
        SELECT
            me.actual_end::date AS maintenance_date,
            me.factory_id,
            me.line_id,
            count(*) AS log_entries,
            count(*) FILTER (WHERE me.maintenance_type = 'preventive') AS log_preventive,
            count(*) FILTER (WHERE me.maintenance_type = 'corrective') AS log_corrective,
            count(*) FILTER (WHERE me.maintenance_type = 'breakdown') AS log_breakdown,
            count(*) FILTER (WHERE me.maintenance_type = 'inspection') AS log_inspection,
            count(*) FILTER (WHERE me.maintenance_type = 'replacement') AS log_replacement,
            sum(me.duration_minutes) AS log_minutes,
            sum(me.total_cost_usd)::numeric(18, 2) AS log_cost_usd,
            count(*) FILTER (WHERE me.parts_cost_usd < 0) AS log_negative_parts_costs
        FROM maintenance_events AS me
        WHERE {{ window("me.actual_end") }}
        GROUP BY 1, 2, 3
    $$)
),

all_sources AS (
    FROM orders
    UNION ALL BY NAME FROM labour
    UNION ALL BY NAME FROM parts
    UNION ALL BY NAME FROM pm_due
    UNION ALL BY NAME FROM pm_overdue
    UNION ALL BY NAME FROM maintenance_log
),

line_days AS (
    SELECT
        a.maintenance_date,
        coalesce(f.factory_id, 'UNKNOWN') AS factory_id,
        coalesce(l.line_id, 'UNKNOWN') AS line_id,
        f.factory_name,
        l.line_name,
        coalesce(sum(a.orders), 0) AS orders,
        coalesce(sum(a.orders_completed), 0) AS orders_completed,
        coalesce(sum(a.preventive_orders), 0) AS preventive_orders,
        coalesce(sum(a.corrective_orders), 0) AS corrective_orders,
        coalesce(sum(a.breakdown_orders), 0) AS breakdown_orders,
        coalesce(sum(a.inspection_orders), 0) AS inspection_orders,
        coalesce(sum(a.urgent_orders), 0) AS urgent_orders,
        coalesce(sum(a.scheduled_orders), 0) AS scheduled_orders,
        coalesce(sum(a.orders_on_schedule), 0) AS orders_on_schedule,
        coalesce(sum(a.estimated_hours), 0) AS estimated_hours,
        coalesce(sum(a.actual_hours), 0) AS actual_hours,
        coalesce(sum(a.downtime_minutes), 0) AS downtime_minutes,
        coalesce(sum(a.estimated_cost), 0) AS estimated_cost,
        coalesce(sum(a.maintenance_cost), 0) AS maintenance_cost,
        coalesce(sum(a.completed_order_cost), 0) AS completed_order_cost,
        coalesce(sum(a.labor_entries), 0) AS labor_entries,
        coalesce(sum(a.technicians), 0) AS technicians,
        coalesce(sum(a.labor_hours), 0) AS labor_hours,
        coalesce(sum(a.booked_labor_cost), 0) AS booked_labor_cost,
        coalesce(sum(a.part_issues), 0) AS part_issues,
        coalesce(sum(a.parts_quantity), 0) AS parts_quantity,
        coalesce(sum(a.issued_parts_cost), 0) AS issued_parts_cost,
        coalesce(sum(a.pm_due), 0) AS pm_due,
        coalesce(sum(a.pm_overdue), 0) AS pm_overdue,
        coalesce(sum(a.log_entries), 0) AS log_entries,
        coalesce(sum(a.log_preventive), 0) AS log_preventive,
        coalesce(sum(a.log_corrective), 0) AS log_corrective,
        coalesce(sum(a.log_breakdown), 0) AS log_breakdown,
        coalesce(sum(a.log_inspection), 0) AS log_inspection,
        coalesce(sum(a.log_replacement), 0) AS log_replacement,
        coalesce(sum(a.log_minutes), 0) AS log_minutes,
        coalesce(sum(a.log_cost_usd), 0) AS log_cost_usd,
        coalesce(sum(a.log_negative_parts_costs), 0) AS log_negative_parts_costs
    FROM all_sources AS a
    LEFT JOIN postgres_query('master', $$SELECT fc.factory_id, fc.factory_name FROM factories AS fc$$) AS f
        ON f.factory_id = a.factory_id
    LEFT JOIN postgres_query('master', $$SELECT pl.line_id, pl.line_name FROM production_lines AS pl$$) AS l
        ON l.line_id = a.line_id
    GROUP BY ALL
)

SELECT
    d.maintenance_date,
    d.factory_id,
    d.line_id,
    d.factory_name,
    d.line_name,
    d.orders,
    d.orders_completed,
    d.preventive_orders,
    d.corrective_orders,
    d.breakdown_orders,
    d.inspection_orders,
    d.urgent_orders,
    CAST(100 * d.preventive_orders / nullif(d.orders, 0) AS DECIMAL(9, 2)) AS pm_ratio_pct,
    d.scheduled_orders,
    d.orders_on_schedule,
    CAST(100 * d.orders_on_schedule / nullif(d.scheduled_orders, 0) AS DECIMAL(9, 2)) AS schedule_compliance_pct,
    CAST(d.estimated_hours AS DECIMAL(14, 2)) AS estimated_hours,
    CAST(d.actual_hours AS DECIMAL(14, 2)) AS actual_hours,
    CAST(d.downtime_minutes AS DECIMAL(14, 2)) AS downtime_minutes,
    CAST(d.estimated_cost AS DECIMAL(18, 2)) AS estimated_cost,
    CAST(d.maintenance_cost AS DECIMAL(18, 2)) AS maintenance_cost,
    CAST(d.completed_order_cost AS DECIMAL(18, 2)) AS completed_order_cost,
    d.labor_entries,
    d.technicians,
    CAST(d.labor_hours AS DECIMAL(14, 2)) AS labor_hours,
    CAST(d.booked_labor_cost AS DECIMAL(18, 2)) AS booked_labor_cost,
    d.part_issues,
    CAST(d.parts_quantity AS DECIMAL(18, 4)) AS parts_quantity,
    CAST(d.issued_parts_cost AS DECIMAL(18, 2)) AS issued_parts_cost,
    '{{ rules.currency }}' AS currency,
    d.pm_due,
    d.pm_overdue,
    d.log_entries,
    d.log_preventive,
    d.log_corrective,
    d.log_breakdown,
    d.log_inspection,
    d.log_replacement,
    CAST(d.log_minutes AS DECIMAL(14, 2)) AS log_minutes,
    CAST(d.log_cost_usd AS DECIMAL(18, 2)) AS log_cost_usd,
    d.log_negative_parts_costs
FROM line_days AS d
