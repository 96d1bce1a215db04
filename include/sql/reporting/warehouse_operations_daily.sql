/* ---
description: Receipts, putaways, shipments, open tasks and workers per warehouse and day.
category: inventory
reads: [wms, tms]
grain: [ops_date, warehouse_id]
load: window
lookback: 7 days
owner: supply_chain
checks:
  - {check: in_range, columns: [worker_accuracy_pct], min: 0, max: 100, level: warn}
  - {check: not_negative, columns: [received_quantity, putaway_quantity, weight_shipped_kg, freight_cost,
                                    dock_to_stock_hours], level: warn}
  - {check: known_member, columns: [warehouse_name], level: warn}
  - {check: not_ahead_of_today, level: warn}
  - {check: row_count_near_yesterday, percent: 50, level: warn}
--- */
-- Receipts and putaways count on the day they were completed, shipments on their ship date; dates may differ per fact,
-- so a row exists for every warehouse and day with at least one of them, and for every warehouse on the present day.
-- Dock to stock (SCOR, source cycle time) runs from the end of receiving to the end of putaway.
-- Quantities add up different units of measure (EA, KG, L), as the tasks record them.
-- Open tasks are known for the present only: their columns are filled on the present day's rows and NULL on all others.
-- Tasks have no history of their state. Workers are the present staff of the warehouse, when the row was loaded.
-- shipping_tasks.carrier_id matches no carrier and is not used.
WITH receipts_scheduled AS (
    SELECT
        rt.scheduled_date::DATE AS ops_date,
        rt.warehouse_id,
        count(*) AS receipts_scheduled
    FROM wms.receiving_tasks AS rt
    WHERE {{ window("rt.scheduled_date") }}
        AND rt.task_status IS DISTINCT FROM 'cancelled'
    GROUP BY ALL
),

receipts_completed AS (
    SELECT
        rt.completed_at::DATE AS ops_date,
        rt.warehouse_id,
        count(*) AS receipts_completed,
        count(*) FILTER (WHERE rt.completed_at::DATE <= rt.scheduled_date::DATE) AS receipts_on_schedule,
        coalesce(sum(rt.expected_quantity), 0) AS expected_quantity,
        coalesce(sum(rt.received_quantity), 0) AS received_quantity,
        sum(date_diff('second', rt.scheduled_date, rt.completed_at)) AS seconds_after_schedule,
        count(rt.scheduled_date) AS receipts_with_schedule
    FROM wms.receiving_tasks AS rt
    WHERE {{ window("rt.completed_at") }}
        AND rt.task_status = 'completed'
    GROUP BY ALL
),

-- The receipt of a putaway may lie outside the window: PostgreSQL looks it up by its key.
putaways AS (
    SELECT
        completed_date AS ops_date,
        warehouse_id,
        count(*) AS putaways_completed,
        coalesce(sum(quantity), 0) AS putaway_quantity,
        sum(date_diff('second', received_at, completed_at)) FILTER (WHERE received_at <= completed_at)
            AS dock_to_stock_seconds,
        count(*) FILTER (WHERE received_at <= completed_at) AS putaways_timed
    FROM postgres_query('wms', $$
        SELECT
            pt.completed_at::date AS completed_date,
            pt.warehouse_id,
            pt.quantity,
            pt.completed_at,
            rt.completed_at AS received_at
        FROM putaway_tasks AS pt
        LEFT JOIN receiving_tasks AS rt ON rt.receiving_task_id = pt.receiving_task_id
        WHERE {{ window("pt.completed_at") }}
            AND pt.task_status = 'completed'
    $$)
    GROUP BY ALL
),

shipments AS (
    SELECT
        s.ship_date AS ops_date,
        coalesce(s.warehouse_id, 'UNKNOWN') AS warehouse_id,
        count(*) AS shipments,
        coalesce(sum(s.number_of_packages), 0) AS packages_shipped,
        coalesce(sum(s.total_weight_kg), 0) AS weight_shipped_kg,
        coalesce(sum(s.total_cost), 0) AS freight_cost
    FROM tms.shipments AS s
    WHERE {{ window("s.ship_date") }}
        AND s.shipment_status IS DISTINCT FROM 'cancelled'
    GROUP BY ALL
),

-- Each count is served by the index on (warehouse_id, task_status): its cost follows the open tasks, not the history.
open_tasks AS (
    SELECT
        DATE '{{ window.today }}' AS ops_date,
        warehouse_id,
        open_receiving_tasks,
        open_putaway_tasks,
        open_picking_tasks,
        open_packing_tasks,
        open_shipping_tasks
    FROM postgres_query('wms', $$
        SELECT
            w.warehouse_id,
            (SELECT count(*) FROM receiving_tasks AS rt
                WHERE rt.warehouse_id = w.warehouse_id AND rt.task_status IN ('pending', 'in_progress')
            ) AS open_receiving_tasks,
            (SELECT count(*) FROM putaway_tasks AS pt
                WHERE pt.warehouse_id = w.warehouse_id AND pt.task_status IN ('pending', 'assigned', 'in_progress')
            ) AS open_putaway_tasks,
            (SELECT count(*) FROM picking_tasks AS pick
                WHERE pick.warehouse_id = w.warehouse_id AND pick.task_status IN ('pending', 'assigned', 'in_progress')
            ) AS open_picking_tasks,
            (SELECT count(*) FROM packing_tasks AS pack
                WHERE pack.warehouse_id = w.warehouse_id AND pack.task_status IN ('pending', 'in_progress')
            ) AS open_packing_tasks,
            (SELECT count(*) FROM shipping_tasks AS st
                WHERE st.warehouse_id = w.warehouse_id
                    AND st.task_status IN ('pending', 'staged', 'loading', 'loaded')
            ) AS open_shipping_tasks
        FROM warehouses AS w
        WHERE {{ window("DATE '" ~ window.today ~ "'") }}
    $$)
),

workers AS (
    SELECT
        ww.warehouse_id,
        count(*) AS workers_active,
        count(*) FILTER (WHERE ww.worker_role = 'receiver') AS receivers_active,
        count(*) FILTER (WHERE ww.worker_role = 'picker') AS pickers_active,
        count(*) FILTER (WHERE ww.worker_role = 'packer') AS packers_active,
        count(*) FILTER (WHERE ww.worker_role = 'shipper') AS shippers_active,
        count(*) FILTER (WHERE ww.forklift_certified) AS forklift_certified_workers,
        coalesce(sum(ww.pick_rate_units_per_hour) FILTER (WHERE ww.worker_role = 'picker'), 0)
            AS pick_capacity_units_per_hour,
        sum(ww.accuracy_percentage) / count(ww.accuracy_percentage) AS worker_accuracy_pct
    FROM wms.warehouse_workers AS ww
    WHERE ww.is_active
    GROUP BY ALL
),

warehouse_days AS (
    SELECT ops_date, warehouse_id FROM receipts_scheduled
    UNION
    SELECT ops_date, warehouse_id FROM receipts_completed
    UNION
    SELECT ops_date, warehouse_id FROM putaways
    UNION
    SELECT ops_date, warehouse_id FROM shipments
    UNION
    SELECT ops_date, warehouse_id FROM open_tasks
)

SELECT
    wd.ops_date,
    wd.warehouse_id,
    w.warehouse_name,
    w.plant_id AS factory_id,

    coalesce(rs.receipts_scheduled, 0) AS receipts_scheduled,
    coalesce(rc.receipts_completed, 0) AS receipts_completed,
    coalesce(rc.receipts_on_schedule, 0) AS receipts_on_schedule,
    CAST(coalesce(rc.expected_quantity, 0) AS DECIMAL(18, 4)) AS expected_quantity,
    CAST(coalesce(rc.received_quantity, 0) AS DECIMAL(18, 4)) AS received_quantity,
    CAST(100 * rc.received_quantity / nullif(rc.expected_quantity, 0) AS DECIMAL(18, 2)) AS receipt_fill_pct,
    CAST(rc.seconds_after_schedule / nullif(rc.receipts_with_schedule, 0) / 3600 AS DECIMAL(14, 2))
        AS receipt_delay_hours,

    coalesce(p.putaways_completed, 0) AS putaways_completed,
    CAST(coalesce(p.putaway_quantity, 0) AS DECIMAL(18, 4)) AS putaway_quantity,
    CAST(p.dock_to_stock_seconds / nullif(p.putaways_timed, 0) / 3600 AS DECIMAL(14, 2)) AS dock_to_stock_hours,

    coalesce(s.shipments, 0) AS shipments,
    coalesce(s.packages_shipped, 0) AS packages_shipped,
    CAST(coalesce(s.weight_shipped_kg, 0) AS DECIMAL(18, 2)) AS weight_shipped_kg,
    CAST(coalesce(s.freight_cost, 0) AS DECIMAL(18, 2)) AS freight_cost,

    ot.open_receiving_tasks,
    ot.open_putaway_tasks,
    ot.open_picking_tasks,
    ot.open_packing_tasks,
    ot.open_shipping_tasks,

    ww.workers_active,
    ww.receivers_active,
    ww.pickers_active,
    ww.packers_active,
    ww.shippers_active,
    ww.forklift_certified_workers,
    CAST(ww.pick_capacity_units_per_hour AS DECIMAL(14, 2)) AS pick_capacity_units_per_hour,
    CAST(ww.worker_accuracy_pct AS DECIMAL(9, 2)) AS worker_accuracy_pct
FROM warehouse_days AS wd
LEFT JOIN wms.warehouses AS w USING (warehouse_id)
LEFT JOIN receipts_scheduled AS rs USING (ops_date, warehouse_id)
LEFT JOIN receipts_completed AS rc USING (ops_date, warehouse_id)
LEFT JOIN putaways AS p USING (ops_date, warehouse_id)
LEFT JOIN shipments AS s USING (ops_date, warehouse_id)
LEFT JOIN open_tasks AS ot USING (ops_date, warehouse_id)
LEFT JOIN workers AS ww USING (warehouse_id)
