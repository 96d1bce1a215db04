/* ---
description: Receipts, putaways, shipments, open tasks and workers per warehouse and day.
category: inventory
reads: [wms, tms, financial, master]
grain: [ops_date, warehouse_id]
load: window
lookback: 7 days
owner: supply_chain
checks:
  - {check: exchange_rates_hold, level: fail}
  - {check: in_range, columns: [documents_without_rate], min: 0, max: 0, level: warn}
  - {check: in_range, columns: [worker_accuracy_pct], min: 0, max: 100, level: warn}
  - {check: not_negative, columns: [received_quantity, putaway_quantity, weight_shipped_kg, freight_cost,
                                    dock_to_stock_hours], level: warn}
  - {check: known_member, columns: [warehouse_id, factory_id], level: warn}
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
-- Freight is that of macros/shipping.sql: in functional currency, without cancelled shipments.
{% from "macros/currency.sql" import exchange_rates with context -%}
{% from "macros/documents.sql" import is_valid -%}
{% from "macros/shipping.sql" import freight with context -%}
WITH {{ exchange_rates() }},

warehouses AS (
    SELECT w.warehouse_id, w.warehouse_name, w.plant_id
    FROM postgres_query('wms', $$
        SELECT wh.warehouse_id, wh.warehouse_name, wh.plant_id FROM warehouses AS wh
    $$) AS w
),

receiving_tasks AS (
    FROM postgres_query('wms', $$
        SELECT
            rt.warehouse_id,
            rt.task_status,
            rt.scheduled_date,
            rt.completed_at,
            rt.expected_quantity,
            rt.received_quantity
        FROM receiving_tasks AS rt
        WHERE ({{ window("rt.scheduled_date") }}) OR ({{ window("rt.completed_at") }})
    $$)
),

receipts_scheduled AS (
    SELECT
        rt.scheduled_date::DATE AS ops_date,
        rt.warehouse_id,
        count(*) AS receipts_scheduled
    FROM receiving_tasks AS rt
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
        sum(rt.expected_quantity) FILTER (WHERE rt.received_quantity IS NOT NULL) AS compared_expected_quantity,
        sum(rt.received_quantity) FILTER (WHERE rt.expected_quantity IS NOT NULL) AS compared_received_quantity,
        sum(date_diff('second', rt.scheduled_date, rt.completed_at)) AS seconds_after_schedule,
        count(rt.scheduled_date) AS receipts_with_schedule
    FROM receiving_tasks AS rt
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
    FROM postgres_query('tms', $$
        SELECT
            s.ship_date AS ops_date,
            s.warehouse_id,
            count(*) AS shipments,
            coalesce(sum(s.number_of_packages), 0) AS packages_shipped,
            coalesce(sum(s.total_weight_kg), 0)::numeric(18, 2) AS weight_shipped_kg
        FROM shipments AS s
        WHERE {{ window("s.ship_date") }}
            AND {{ is_valid("s.shipment_status") }}
        GROUP BY 1, 2
    $$)
),

shipping AS (
    {{ freight(window("s.ship_date")) | indent(4) }}
),

freight AS (
    SELECT f.ship_date AS ops_date, f.warehouse_id, f.freight_cost, f.documents_without_rate FROM shipping AS f
),

-- Each count is served by the index on (warehouse_id, task_status): its cost follows the open tasks, not the history.
-- The recursion walks the few warehouses that tasks name, known or not.
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
        WITH RECURSIVE named AS (
            SELECT '' AS warehouse_id
            UNION ALL
            SELECT least(
                (SELECT min(rt.warehouse_id) FROM receiving_tasks AS rt WHERE rt.warehouse_id > n.warehouse_id),
                (SELECT min(pt.warehouse_id) FROM putaway_tasks AS pt WHERE pt.warehouse_id > n.warehouse_id),
                (SELECT min(pick.warehouse_id) FROM picking_tasks AS pick WHERE pick.warehouse_id > n.warehouse_id),
                (SELECT min(pack.warehouse_id) FROM packing_tasks AS pack WHERE pack.warehouse_id > n.warehouse_id),
                (SELECT min(st.warehouse_id) FROM shipping_tasks AS st WHERE st.warehouse_id > n.warehouse_id)
            )
            FROM named AS n
            WHERE n.warehouse_id IS NOT NULL
        )
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
        FROM (
            SELECT kept.warehouse_id FROM warehouses AS kept
            UNION
            SELECT n.warehouse_id FROM named AS n WHERE n.warehouse_id > ''
        ) AS w
        WHERE {{ window("DATE '" ~ window.today ~ "'") }}
    $$)
),

workers AS (
    SELECT
        coalesce(w.warehouse_id, 'UNKNOWN') AS warehouse_id,
        count(*) AS workers_active,
        count(*) FILTER (WHERE ww.worker_role = 'receiver') AS receivers_active,
        count(*) FILTER (WHERE ww.worker_role = 'picker') AS pickers_active,
        count(*) FILTER (WHERE ww.worker_role = 'packer') AS packers_active,
        count(*) FILTER (WHERE ww.worker_role = 'shipper') AS shippers_active,
        count(*) FILTER (WHERE ww.forklift_certified) AS forklift_certified_workers,
        coalesce(sum(ww.pick_rate_units_per_hour) FILTER (WHERE ww.worker_role = 'picker'), 0)
            AS pick_capacity_units_per_hour,
        sum(ww.accuracy_percentage) / count(ww.accuracy_percentage) AS worker_accuracy_pct
    FROM postgres_query('wms', $$
        SELECT
            wk.warehouse_id,
            wk.worker_role,
            wk.forklift_certified,
            wk.pick_rate_units_per_hour,
            wk.accuracy_percentage
        FROM warehouse_workers AS wk
        WHERE wk.is_active
    $$) AS ww
    LEFT JOIN warehouses AS w ON w.warehouse_id = ww.warehouse_id
    GROUP BY ALL
),

all_sources AS (
    FROM receipts_scheduled
    UNION ALL BY NAME FROM receipts_completed
    UNION ALL BY NAME FROM putaways
    UNION ALL BY NAME FROM shipments
    UNION ALL BY NAME FROM freight
    UNION ALL BY NAME FROM open_tasks
),

warehouse_days AS (
    SELECT
        a.ops_date,
        coalesce(w.warehouse_id, 'UNKNOWN') AS warehouse_id,
        w.warehouse_name,
        f.factory_id,
        coalesce(sum(a.receipts_scheduled), 0) AS receipts_scheduled,
        coalesce(sum(a.receipts_completed), 0) AS receipts_completed,
        coalesce(sum(a.receipts_on_schedule), 0) AS receipts_on_schedule,
        coalesce(sum(a.expected_quantity), 0) AS expected_quantity,
        coalesce(sum(a.received_quantity), 0) AS received_quantity,
        sum(a.compared_expected_quantity) AS compared_expected_quantity,
        sum(a.compared_received_quantity) AS compared_received_quantity,
        sum(a.seconds_after_schedule) AS seconds_after_schedule,
        sum(a.receipts_with_schedule) AS receipts_with_schedule,
        coalesce(sum(a.putaways_completed), 0) AS putaways_completed,
        coalesce(sum(a.putaway_quantity), 0) AS putaway_quantity,
        sum(a.dock_to_stock_seconds) AS dock_to_stock_seconds,
        sum(a.putaways_timed) AS putaways_timed,
        coalesce(sum(a.shipments), 0) AS shipments,
        coalesce(sum(a.packages_shipped), 0) AS packages_shipped,
        coalesce(sum(a.weight_shipped_kg), 0) AS weight_shipped_kg,
        coalesce(sum(a.freight_cost), 0) AS freight_cost,
        coalesce(sum(a.documents_without_rate), 0) AS documents_without_rate,
        sum(a.open_receiving_tasks) AS open_receiving_tasks,
        sum(a.open_putaway_tasks) AS open_putaway_tasks,
        sum(a.open_picking_tasks) AS open_picking_tasks,
        sum(a.open_packing_tasks) AS open_packing_tasks,
        sum(a.open_shipping_tasks) AS open_shipping_tasks
    FROM all_sources AS a
    LEFT JOIN warehouses AS w ON w.warehouse_id = a.warehouse_id
    LEFT JOIN postgres_query('master', $$SELECT fc.factory_id FROM factories AS fc$$) AS f ON f.factory_id = w.plant_id
    GROUP BY ALL
)

SELECT
    wd.ops_date,
    wd.warehouse_id,
    wd.warehouse_name,
    wd.factory_id,

    wd.receipts_scheduled,
    wd.receipts_completed,
    wd.receipts_on_schedule,
    CAST(wd.expected_quantity AS DECIMAL(18, 4)) AS expected_quantity,
    CAST(wd.received_quantity AS DECIMAL(18, 4)) AS received_quantity,
    CAST(100 * wd.compared_received_quantity / nullif(wd.compared_expected_quantity, 0) AS DECIMAL(18, 2))
        AS receipt_fill_pct,
    CAST(wd.seconds_after_schedule / nullif(wd.receipts_with_schedule, 0) / 3600 AS DECIMAL(14, 2))
        AS receipt_delay_hours,

    wd.putaways_completed,
    CAST(wd.putaway_quantity AS DECIMAL(18, 4)) AS putaway_quantity,
    CAST(wd.dock_to_stock_seconds / nullif(wd.putaways_timed, 0) / 3600 AS DECIMAL(14, 2)) AS dock_to_stock_hours,

    wd.shipments,
    wd.packages_shipped,
    CAST(wd.weight_shipped_kg AS DECIMAL(18, 2)) AS weight_shipped_kg,
    CAST(wd.freight_cost AS DECIMAL(18, 2)) AS freight_cost,
    CAST(wd.documents_without_rate AS BIGINT) AS documents_without_rate,

    wd.open_receiving_tasks,
    wd.open_putaway_tasks,
    wd.open_picking_tasks,
    wd.open_packing_tasks,
    wd.open_shipping_tasks,

    ww.workers_active,
    ww.receivers_active,
    ww.pickers_active,
    ww.packers_active,
    ww.shippers_active,
    ww.forklift_certified_workers,
    CAST(ww.pick_capacity_units_per_hour AS DECIMAL(14, 2)) AS pick_capacity_units_per_hour,
    CAST(ww.worker_accuracy_pct AS DECIMAL(9, 2)) AS worker_accuracy_pct
FROM warehouse_days AS wd
LEFT JOIN workers AS ww ON ww.warehouse_id = wd.warehouse_id
