/* ---
description: Raw and packaging materials, components, consumables per warehouse, stock, value, receipts, as of today.
category: inventory
reads: [erp, wms, master]
grain: [rm_date, warehouse_id, material_id]
load: snapshot
owner: supply chain
checks:
  - {check: not_negative, columns: [stock_quantity, stock_value, wms_quantity, wms_available_quantity], level: warn}
  - {check: in_range, columns: [expired_quantity], min: 0, max: 0, level: warn}
  - {check: known_member, columns: [warehouse_id, material_id, factory_id], level: warn}
  - {check: row_count_near_yesterday, percent: 20, level: warn}
  - {check: sum_matches_source, columns: [stock_value], source: erp, level: fail}
--- */
-- Covers every material that is not a finished good; those are in finished_goods_warehouse. What the ERP does not know
-- is here, as material UNKNOWN.
-- The ERP keeps stock per plant, and each plant has one warehouse: should it have several, the first one carries the
-- plant's stock. The WMS counts independently and keeps a material where it lies: both are shown, with their gap.
-- Available is what is on hand less what is reserved; the available quantity stored by the WMS does not hold this, it
-- is shown as reported. Safety stock, reorder point and maximum are set per material and apply to every warehouse.
-- Purchase order lines rarely name a plant. What is on order without a plant is the same figure in every warehouse of a
-- material: never add it up over warehouses. Lines due by today are not on order, as the ERP never marks
-- a line as received.
-- Production books its consumption under codes that the ERP does not know, so there are no days of supply here.
{% from "macros/stock.sql" import stock_value -%}
WITH materials AS (
    SELECT
        m.material_id,
        m.material_name,
        m.material_type,
        m.abc_classification,
        m.base_unit_of_measure,
        m.procurement_type,
        m.lead_time_days,
        m.standard_cost,
        m.safety_stock,
        m.reorder_point,
        m.maximum_stock
    FROM postgres_query('erp', $$
        SELECT
            ma.material_id,
            ma.material_name,
            ma.material_type,
            ma.abc_classification,
            ma.base_unit_of_measure,
            ma.procurement_type,
            ma.lead_time_days,
            ma.standard_cost,
            ma.safety_stock,
            ma.reorder_point,
            ma.maximum_stock
        FROM materials AS ma
    $$) AS m
),

warehouses AS (
    SELECT w.warehouse_id, w.warehouse_name, w.plant_id
    FROM postgres_query('wms', $$
        SELECT wh.warehouse_id, wh.warehouse_name, wh.plant_id FROM warehouses AS wh
    $$) AS w
),

plant_warehouses AS (
    SELECT w.plant_id, min(w.warehouse_id) AS warehouse_id
    FROM warehouses AS w
    WHERE w.plant_id IS NOT NULL
    GROUP BY w.plant_id
),

erp_stock AS (
    SELECT
        pw.warehouse_id,
        ib.material_id,
        sum(ib.unrestricted_stock) AS stock_quantity,
        sum(ib.quality_inspection_stock) AS quality_inspection_quantity,
        sum(ib.blocked_stock) AS blocked_quantity,
        sum(ib.in_transit_stock) AS in_transit_quantity,
        sum(ib.stock_value) AS stock_value
    FROM postgres_query('erp', $$
        SELECT
            b.plant_id,
            b.material_id,
            b.unrestricted_stock,
            b.quality_inspection_stock,
            b.blocked_stock,
            b.in_transit_stock,
            {{ stock_value() }} AS stock_value
        FROM inventory_balances AS b
        LEFT JOIN materials AS m ON m.material_id = b.material_id
    $$) AS ib
    LEFT JOIN plant_warehouses AS pw ON pw.plant_id = ib.plant_id
    GROUP BY pw.warehouse_id, ib.material_id
),

wms_stock AS (
    SELECT
        ws.warehouse_id,
        ws.material_id,
        ws.wms_lots,
        ws.wms_quantity,
        ws.wms_reserved_quantity,
        ws.wms_reported_available_quantity,
        ws.wms_unusable_quantity,
        ws.expired_quantity,
        ws.expiring_90d_quantity,
        ws.next_expiry_date
    FROM postgres_query('wms', $$
        SELECT
            wi.warehouse_id,
            wi.material_id,
            count(*) AS wms_lots,
            CAST(sum(wi.quantity_on_hand) AS numeric(18, 4)) AS wms_quantity,
            CAST(sum(wi.reserved_quantity) AS numeric(18, 4)) AS wms_reserved_quantity,
            CAST(sum(wi.available_quantity) AS numeric(18, 4)) AS wms_reported_available_quantity,
            CAST(sum(wi.quantity_on_hand) FILTER (
                WHERE wi.damaged OR wi.stock_status <> 'available'
            ) AS numeric(18, 4)) AS wms_unusable_quantity,
            CAST(sum(wi.quantity_on_hand) FILTER (
                WHERE wi.expiry_date < DATE '{{ window.today }}'
            ) AS numeric(18, 4)) AS expired_quantity,
            CAST(sum(wi.quantity_on_hand) FILTER (
                WHERE wi.expiry_date BETWEEN DATE '{{ window.today }}' AND DATE '{{ window.today }}' + 90
            ) AS numeric(18, 4)) AS expiring_90d_quantity,
            min(wi.expiry_date) FILTER (WHERE wi.expiry_date >= DATE '{{ window.today }}') AS next_expiry_date
        FROM warehouse_inventory AS wi
        GROUP BY wi.warehouse_id, wi.material_id
    $$) AS ws
),

receipts AS (
    SELECT
        rc.warehouse_id,
        rc.material_id,
        rc.received_30d_quantity,
        rc.received_60d_quantity,
        rc.received_90d_quantity,
        rc.open_receipt_quantity,
        rc.last_received_on
    FROM postgres_query('wms', $$
        SELECT
            rt.warehouse_id,
            rt.material_id,
            CAST(sum(rt.received_quantity) FILTER (
                WHERE rt.completed_at >= DATE '{{ window.today }}' - 29
            ) AS numeric(18, 4)) AS received_30d_quantity,
            CAST(sum(rt.received_quantity) FILTER (
                WHERE rt.completed_at >= DATE '{{ window.today }}' - 59
            ) AS numeric(18, 4)) AS received_60d_quantity,
            CAST(sum(rt.received_quantity) FILTER (WHERE rt.completed_at IS NOT NULL) AS numeric(18, 4))
                AS received_90d_quantity,
            CAST(sum(rt.expected_quantity) FILTER (WHERE rt.completed_at IS NULL) AS numeric(18, 4))
                AS open_receipt_quantity,
            CAST(max(rt.completed_at) AS date) AS last_received_on
        FROM receiving_tasks AS rt
        WHERE (rt.completed_at >= DATE '{{ window.today }}' - 89 AND rt.completed_at < DATE '{{ window.today }}' + 1)
            OR (rt.completed_at IS NULL AND rt.task_status IS DISTINCT FROM 'cancelled')
        GROUP BY rt.warehouse_id, rt.material_id
    $$) AS rc
),

facts AS (
    SELECT * FROM erp_stock
    UNION ALL BY NAME
    SELECT * FROM wms_stock
    UNION ALL BY NAME
    SELECT * FROM receipts
),

positions AS (
    SELECT
        coalesce(w.warehouse_id, 'UNKNOWN') AS warehouse_id,
        coalesce(m.material_id, 'UNKNOWN') AS material_id,
        coalesce(sum(f.stock_quantity), 0) AS stock_quantity,
        coalesce(sum(f.quality_inspection_quantity), 0) AS quality_inspection_quantity,
        coalesce(sum(f.blocked_quantity), 0) AS blocked_quantity,
        coalesce(sum(f.in_transit_quantity), 0) AS in_transit_quantity,
        coalesce(sum(f.stock_value), 0) AS stock_value,
        coalesce(sum(f.wms_lots), 0) AS wms_lots,
        coalesce(sum(f.wms_quantity), 0) AS wms_quantity,
        coalesce(sum(f.wms_reserved_quantity), 0) AS wms_reserved_quantity,
        coalesce(sum(f.wms_reported_available_quantity), 0) AS wms_reported_available_quantity,
        coalesce(sum(f.wms_unusable_quantity), 0) AS wms_unusable_quantity,
        coalesce(sum(f.expired_quantity), 0) AS expired_quantity,
        coalesce(sum(f.expiring_90d_quantity), 0) AS expiring_90d_quantity,
        min(f.next_expiry_date) AS next_expiry_date,
        coalesce(sum(f.received_30d_quantity), 0) AS received_30d_quantity,
        coalesce(sum(f.received_60d_quantity), 0) AS received_60d_quantity,
        coalesce(sum(f.received_90d_quantity), 0) AS received_90d_quantity,
        coalesce(sum(f.open_receipt_quantity), 0) AS open_receipt_quantity,
        max(f.last_received_on) AS last_received_on
    FROM facts AS f
    LEFT JOIN warehouses AS w ON w.warehouse_id = f.warehouse_id
    LEFT JOIN materials AS m ON m.material_id = f.material_id
    GROUP BY w.warehouse_id, m.material_id
),

open_purchases AS (
    SELECT
        coalesce(pw.warehouse_id, 'UNKNOWN') AS warehouse_id,
        coalesce(m.material_id, 'UNKNOWN') AS material_id,
        sum(op.open_quantity) AS open_quantity,
        min(op.next_delivery_date) AS next_delivery_date
    FROM postgres_query('erp', $$
        SELECT
            pol.plant_id,
            pol.material_id,
            CAST(sum(greatest(pol.order_quantity - coalesce(pol.received_quantity, 0), 0)) AS numeric(18, 4))
                AS open_quantity,
            min(pol.delivery_date) AS next_delivery_date
        FROM purchase_order_lines AS pol
        WHERE pol.delivery_date > DATE '{{ window.today }}' AND pol.deletion_indicator IS NOT TRUE
        GROUP BY pol.plant_id, pol.material_id
    $$) AS op
    LEFT JOIN plant_warehouses AS pw ON pw.plant_id = op.plant_id
    LEFT JOIN materials AS m ON m.material_id = op.material_id
    GROUP BY pw.warehouse_id, m.material_id
)

SELECT
    DATE '{{ window.start }}' AS rm_date,
    p.warehouse_id,
    p.material_id,
    w.warehouse_name,
    fa.factory_id,
    m.material_name,
    m.material_type,
    m.abc_classification AS abc_class,
    m.base_unit_of_measure AS unit_of_measure,
    m.procurement_type,
    m.lead_time_days,
    '{{ rules.currency }}' AS currency,
    CAST(p.stock_quantity AS DECIMAL(18, 4)) AS stock_quantity,
    CAST(p.quality_inspection_quantity AS DECIMAL(18, 4)) AS quality_inspection_quantity,
    CAST(p.blocked_quantity AS DECIMAL(18, 4)) AS blocked_quantity,
    CAST(p.in_transit_quantity AS DECIMAL(18, 4)) AS in_transit_quantity,
    CAST(m.standard_cost AS DECIMAL(18, 4)) AS standard_cost,
    CAST(p.stock_value AS DECIMAL(18, 2)) AS stock_value,
    CAST(m.safety_stock AS DECIMAL(18, 4)) AS safety_stock_quantity,
    CAST(m.reorder_point AS DECIMAL(18, 4)) AS reorder_point_quantity,
    CAST(m.maximum_stock AS DECIMAL(18, 4)) AS maximum_stock_quantity,
    CASE
        WHEN p.stock_quantity <= 0 THEN 'out_of_stock'
        WHEN p.stock_quantity < m.safety_stock THEN 'below_safety'
        WHEN p.stock_quantity <= m.reorder_point THEN 'reorder'
        WHEN p.stock_quantity > m.maximum_stock THEN 'excess'
        ELSE 'normal'
    END AS stock_level,
    CAST(coalesce(p.stock_quantity < m.safety_stock, FALSE) AS TINYINT) AS is_below_safety_stock,
    CAST(coalesce(p.stock_quantity <= m.reorder_point, FALSE) AS TINYINT) AS is_at_reorder_point,
    CAST(coalesce(p.stock_quantity > m.maximum_stock, FALSE) AS TINYINT) AS is_above_maximum,
    CAST(p.wms_lots AS BIGINT) AS wms_lots,
    CAST(p.wms_quantity AS DECIMAL(18, 4)) AS wms_quantity,
    CAST(p.wms_reserved_quantity AS DECIMAL(18, 4)) AS wms_reserved_quantity,
    CAST(p.wms_quantity - p.wms_reserved_quantity AS DECIMAL(18, 4)) AS wms_available_quantity,
    CAST(p.wms_reported_available_quantity AS DECIMAL(18, 4)) AS wms_reported_available_quantity,
    CAST(p.wms_unusable_quantity AS DECIMAL(18, 4)) AS wms_unusable_quantity,
    CAST(p.wms_quantity * m.standard_cost AS DECIMAL(18, 2)) AS wms_value,
    CAST(p.stock_quantity - p.wms_quantity AS DECIMAL(18, 4)) AS erp_wms_quantity_gap,
    CAST(p.expired_quantity AS DECIMAL(18, 4)) AS expired_quantity,
    CAST(p.expiring_90d_quantity AS DECIMAL(18, 4)) AS expiring_90d_quantity,
    p.next_expiry_date,
    CAST(p.received_30d_quantity AS DECIMAL(18, 4)) AS received_30d_quantity,
    CAST(p.received_60d_quantity AS DECIMAL(18, 4)) AS received_60d_quantity,
    CAST(p.received_90d_quantity AS DECIMAL(18, 4)) AS received_90d_quantity,
    CAST(p.open_receipt_quantity AS DECIMAL(18, 4)) AS open_receipt_quantity,
    p.last_received_on,
    CAST(coalesce(here.open_quantity, 0) AS DECIMAL(18, 4)) AS on_order_quantity,
    CAST(coalesce(anywhere.open_quantity, 0) AS DECIMAL(18, 4)) AS on_order_unassigned_quantity,
    least(here.next_delivery_date, anywhere.next_delivery_date) AS next_delivery_date
FROM positions AS p
LEFT JOIN materials AS m ON m.material_id = p.material_id
LEFT JOIN warehouses AS w ON w.warehouse_id = p.warehouse_id
LEFT JOIN postgres_query('master', $$SELECT fc.factory_id FROM factories AS fc$$) AS fa ON fa.factory_id = w.plant_id
LEFT JOIN open_purchases AS here
    ON here.warehouse_id = p.warehouse_id AND here.material_id = p.material_id AND here.warehouse_id <> 'UNKNOWN'
LEFT JOIN open_purchases AS anywhere ON anywhere.warehouse_id = 'UNKNOWN' AND anywhere.material_id = p.material_id
WHERE m.material_type IS DISTINCT FROM 'finished_good'
