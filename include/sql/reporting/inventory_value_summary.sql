/* ---
description: Stock, value, coverage, turnover, work in process per factory, material type and ABC class, as of today.
category: inventory
reads: [erp, wms, tms, manufacturing, master]
grain: [inventory_date, factory_id, material_type, abc_class]
load: snapshot
owner: supply chain
checks:
  - {check: in_range, columns: [slow_moving_pct], min: 0, max: 100, level: warn}
  - {check: in_range, columns: [unvalued_material_count], min: 0, max: 0, level: warn}
  - {check: not_negative, columns: [stock_quantity, stock_value, wip_value, wms_quantity], level: warn}
  - {check: known_member, columns: [factory_id, material_type, abc_class], level: warn}
  - {check: row_count_near_yesterday, percent: 20, level: warn}
  - {check: sum_matches_source, columns: [stock_value], source: erp, level: fail}
--- */
-- The sources keep the present balance only: history begins with the first snapshot of this table. For earlier stock
-- see material_flow_daily, which reckons backwards from today's balance and says so.
-- Money is in the currency of the ERP. Quantities of one row mix units of measure (pieces, litres, metres): compare
-- them with themselves over time, add up values.
-- stock_value is the book value of the ERP. The WMS counts the same materials independently and the two need not
-- agree: both stand side by side with their gap.
-- cogs_90d is the standard cost of goods shipped in the last 90 days, today included. turnover_ratio is what a year at
-- this pace would turn over: 365 x cogs per day / book value. days_of_supply is inventory days of supply (SCOR AM.2.2).
-- Consumption by production is not in it: production books under material codes that the ERP does not know.
-- Work in process is shown where the finished material belongs; its sum per factory equals work_in_process.
{% from "macros/ratios.sql" import sum_where_known -%}
{% from "macros/stock.sql" import stock_value -%}
{% from "macros/documents.sql" import is_valid -%}
WITH materials AS (
    SELECT
        m.material_id,
        m.product_id,
        m.material_type,
        m.abc_classification,
        m.material_status,
        m.standard_cost,
        m.moving_average_cost,
        m.safety_stock,
        m.reorder_point,
        m.maximum_stock
    FROM postgres_query('erp', $$
        SELECT
            ma.material_id,
            ma.product_id,
            ma.material_type,
            ma.abc_classification,
            ma.material_status,
            ma.standard_cost,
            ma.moving_average_cost,
            ma.safety_stock,
            ma.reorder_point,
            ma.maximum_stock
        FROM materials AS ma
    $$) AS m
),

warehouses AS (
    SELECT w.warehouse_id, w.plant_id
    FROM postgres_query('wms', $$SELECT wa.warehouse_id, wa.plant_id FROM warehouses AS wa$$) AS w
),

erp_stock AS (
    SELECT
        ib.plant_id AS factory_id,
        ib.material_id,
        TRUE AS in_erp,
        sum(ib.unrestricted_stock) AS stock_quantity,
        sum(ib.quality_inspection_stock) AS quality_inspection_quantity,
        sum(ib.blocked_stock) AS blocked_quantity,
        sum(ib.in_transit_stock) AS in_transit_quantity,
        sum(ib.consignment_stock) AS consignment_quantity,
        sum(ib.stock_value) AS stock_value,
        max(ib.updated_at) AS balances_changed_at
    FROM postgres_query('erp', $$
        SELECT
            b.plant_id,
            b.material_id,
            b.unrestricted_stock,
            b.quality_inspection_stock,
            b.blocked_stock,
            b.in_transit_stock,
            b.consignment_stock,
            {{ stock_value() }} AS stock_value,
            b.updated_at
        FROM inventory_balances AS b
        LEFT JOIN materials AS m ON m.material_id = b.material_id
    $$) AS ib
    GROUP BY ib.plant_id, ib.material_id
),

wms_stock AS (
    SELECT
        w.plant_id AS factory_id,
        wi.material_id,
        sum(wi.quantity_on_hand) AS wms_quantity,
        sum(wi.reserved_quantity) AS wms_reserved_quantity
    FROM postgres_query('wms', $$
        SELECT
            i.warehouse_id,
            i.material_id,
            i.quantity_on_hand,
            i.reserved_quantity
        FROM warehouse_inventory AS i
    $$) AS wi
    LEFT JOIN warehouses AS w ON w.warehouse_id = wi.warehouse_id
    GROUP BY w.plant_id, wi.material_id
),

-- PostgreSQL joins the lines to their shipments, so that only one row per warehouse and material travels.
shipments_90d AS (
    SELECT w.plant_id AS factory_id, shipped.material_id, sum(shipped.quantity) AS shipped_quantity
    FROM postgres_query('tms', $$
        SELECT s.warehouse_id, sl.material_id, CAST(sum(sl.quantity) AS numeric(18, 4)) AS quantity
        FROM shipments AS s
        JOIN shipment_lines AS sl ON sl.shipment_id = s.shipment_id
        WHERE {{ is_valid("s.shipment_status") }} AND s.ship_date > DATE '{{ window.today }}' - 90 AND s.ship_date <= DATE '{{ window.today }}'
        GROUP BY s.warehouse_id, sl.material_id
    $$) AS shipped
    LEFT JOIN warehouses AS w ON w.warehouse_id = shipped.warehouse_id
    GROUP BY w.plant_id, shipped.material_id
),

-- Two ERP materials for one product would double its work in process: the first one stands for the product.
product_materials AS (
    SELECT m.product_id, min(m.material_id) AS material_id
    FROM materials AS m
    WHERE m.product_id IS NOT NULL
    GROUP BY m.product_id
),

-- Orders begun and not ended by the end of today, with the material and labour booked on them so far.
work_in_process AS (
    SELECT
        open_orders.factory_id,
        coalesce(pm.material_id, 'UNKNOWN') AS material_id,
        sum(open_orders.orders) AS wip_orders,
        sum(open_orders.cost) AS wip_value
    FROM postgres_query('manufacturing', $$
        SELECT
            costed.factory_id,
            costed.product_id,
            count(*) AS orders,
            CAST(sum(costed.material_cost + costed.labor_cost) AS numeric(18, 2)) AS cost
        FROM (
            SELECT
                wo.factory_id,
                wo.product_id,
                (
                    SELECT coalesce(sum(CASE mt.transaction_type
                        WHEN 'issue' THEN mt.total_cost
                        WHEN 'return' THEN {{ "-mt.total_cost" if rules.material_cost == "net" else "0" }}
                    END), 0)
                    FROM material_transactions AS mt
                    WHERE mt.work_order_id = wo.work_order_id AND mt.transaction_date < DATE '{{ window.end }}'
                ) AS material_cost,
                (
                    SELECT coalesce(sum(lt.labor_cost), 0)
                    FROM labor_transactions AS lt
                    WHERE lt.work_order_id = wo.work_order_id AND lt.transaction_date < DATE '{{ window.end }}'
                ) AS labor_cost
            FROM work_orders AS wo
            WHERE wo.status IN ('completed', 'closed', 'in_progress')
                AND wo.actual_start_time < DATE '{{ window.end }}'
                AND (wo.actual_end_time >= DATE '{{ window.end }}' OR wo.actual_end_time IS NULL)
        ) AS costed
        GROUP BY costed.factory_id, costed.product_id
    $$) AS open_orders
    LEFT JOIN product_materials AS pm ON pm.product_id = open_orders.product_id
    GROUP BY open_orders.factory_id, coalesce(pm.material_id, 'UNKNOWN')
),

facts AS (
    SELECT * FROM erp_stock
    UNION ALL BY NAME
    SELECT * FROM wms_stock
    UNION ALL BY NAME
    SELECT * FROM shipments_90d
    UNION ALL BY NAME
    SELECT * FROM work_in_process
),

-- One row per plant and material that any system knows of; plants that the master data lack are not mixed up.
positions AS (
    SELECT
        coalesce(fa.factory_id, 'UNKNOWN') AS factory_id,
        fa.factory_name,
        f.material_id,
        coalesce(bool_or(f.in_erp), FALSE) AS in_erp,
        coalesce(sum(f.stock_quantity), 0) AS stock_quantity,
        coalesce(sum(f.quality_inspection_quantity), 0) AS quality_inspection_quantity,
        coalesce(sum(f.blocked_quantity), 0) AS blocked_quantity,
        coalesce(sum(f.in_transit_quantity), 0) AS in_transit_quantity,
        coalesce(sum(f.consignment_quantity), 0) AS consignment_quantity,
        coalesce(sum(f.stock_value), 0) AS stock_value,
        coalesce(sum(f.wms_quantity), 0) AS wms_quantity,
        coalesce(sum(f.wms_reserved_quantity), 0) AS wms_reserved_quantity,
        coalesce(sum(f.shipped_quantity), 0) AS shipped_quantity,
        coalesce(sum(f.wip_orders), 0) AS wip_orders,
        coalesce(sum(f.wip_value), 0) AS wip_value,
        max(f.balances_changed_at) AS balances_changed_at
    FROM facts AS f
    LEFT JOIN postgres_query('master', $$SELECT m.factory_id, m.factory_name FROM factories AS m$$) AS fa
        ON fa.factory_id = f.factory_id
    GROUP BY f.factory_id, fa.factory_id, fa.factory_name, f.material_id
),

valued AS (
    SELECT
        p.*,
        coalesce(m.material_type, 'UNKNOWN') AS material_type,
        coalesce(m.abc_classification, 'UNKNOWN') AS abc_class,
        m.standard_cost,
        m.moving_average_cost,
        m.safety_stock,
        m.reorder_point,
        m.maximum_stock,
        p.stock_quantity > 0 AND p.shipped_quantity <= 0 AS is_slow_moving,
        coalesce(m.material_status <> 'active', FALSE) AS is_inactive
    FROM positions AS p
    LEFT JOIN materials AS m ON m.material_id = p.material_id
),

summary AS (
    SELECT
        v.factory_id,
        v.factory_name,
        v.material_type,
        v.abc_class,
        count(*) FILTER (WHERE v.in_erp) AS material_count,
        count(*) FILTER (WHERE v.stock_quantity > 0) AS in_stock_material_count,
        sum(v.stock_quantity) AS stock_quantity,
        sum(v.quality_inspection_quantity) AS quality_inspection_quantity,
        sum(v.blocked_quantity) AS blocked_quantity,
        sum(v.in_transit_quantity) AS in_transit_quantity,
        sum(v.consignment_quantity) AS consignment_quantity,
        sum(v.stock_value) AS stock_value,
        coalesce({{ sum_where_known("v.stock_value", "v.standard_cost") }}, 0) AS costed_stock_value,
        coalesce(sum(v.stock_quantity * v.standard_cost), 0) AS standard_value,
        coalesce(sum(v.stock_quantity * v.moving_average_cost), 0) AS moving_average_value,
        count(*) FILTER (
            WHERE v.standard_cost IS NULL AND (v.stock_quantity <> 0 OR v.wms_quantity <> 0)
        ) AS unvalued_material_count,
        sum(v.wip_orders) AS wip_orders,
        sum(v.wip_value) AS wip_value,
        sum(v.wms_quantity) AS wms_quantity,
        sum(v.wms_reserved_quantity) AS wms_reserved_quantity,
        coalesce(sum(v.wms_quantity * v.standard_cost), 0) AS wms_value,
        coalesce(sum(v.safety_stock) FILTER (WHERE v.in_erp), 0) AS safety_stock_quantity,
        coalesce(sum(v.reorder_point) FILTER (WHERE v.in_erp), 0) AS reorder_point_quantity,
        coalesce(sum(v.maximum_stock) FILTER (WHERE v.in_erp), 0) AS maximum_stock_quantity,
        count(*) FILTER (WHERE v.in_erp AND v.stock_quantity <= 0) AS out_of_stock_count,
        count(*) FILTER (WHERE v.in_erp AND v.stock_quantity < v.safety_stock) AS below_safety_stock_count,
        count(*) FILTER (WHERE v.in_erp AND v.stock_quantity <= v.reorder_point) AS at_reorder_point_count,
        count(*) FILTER (WHERE v.in_erp AND v.stock_quantity > v.maximum_stock) AS above_maximum_count,
        coalesce(sum((v.stock_quantity - v.maximum_stock) * v.standard_cost) FILTER (
            WHERE v.stock_quantity > v.maximum_stock
        ), 0) AS excess_value,
        sum(v.shipped_quantity) AS shipped_quantity_90d,
        coalesce(sum(v.shipped_quantity * v.standard_cost), 0) AS cogs_90d,
        count(*) FILTER (WHERE v.is_slow_moving) AS slow_moving_material_count,
        coalesce(sum(v.stock_value) FILTER (WHERE v.is_slow_moving), 0) AS slow_moving_value,
        count(*) FILTER (WHERE v.is_inactive AND v.stock_quantity > 0) AS obsolete_material_count,
        coalesce(sum(v.stock_value) FILTER (WHERE v.is_inactive), 0) AS obsolete_value,
        max(v.balances_changed_at) AS balances_changed_at
    FROM valued AS v
    GROUP BY v.factory_id, v.factory_name, v.material_type, v.abc_class
)

SELECT
    DATE '{{ window.start }}' AS inventory_date,
    s.factory_id,
    s.material_type,
    s.abc_class,
    s.factory_name,
    '{{ rules.currency }}' AS currency,
    s.material_count,
    s.in_stock_material_count,
    CAST(s.stock_quantity AS DECIMAL(18, 4)) AS stock_quantity,
    CAST(s.quality_inspection_quantity AS DECIMAL(18, 4)) AS quality_inspection_quantity,
    CAST(s.blocked_quantity AS DECIMAL(18, 4)) AS blocked_quantity,
    CAST(s.in_transit_quantity AS DECIMAL(18, 4)) AS in_transit_quantity,
    CAST(s.consignment_quantity AS DECIMAL(18, 4)) AS consignment_quantity,
    CAST(s.stock_value AS DECIMAL(18, 2)) AS stock_value,
    CAST(s.standard_value AS DECIMAL(18, 2)) AS standard_value,
    CAST(s.moving_average_value AS DECIMAL(18, 2)) AS moving_average_value,
    CAST(s.costed_stock_value - s.standard_value AS DECIMAL(18, 2)) AS book_to_standard_gap,
    s.unvalued_material_count,
    CAST(s.wip_orders AS BIGINT) AS wip_orders,
    CAST(s.wip_value AS DECIMAL(18, 2)) AS wip_value,
    CAST(s.stock_value + s.wip_value AS DECIMAL(18, 2)) AS total_inventory_value,
    CAST(s.wms_quantity AS DECIMAL(18, 4)) AS wms_quantity,
    CAST(s.wms_reserved_quantity AS DECIMAL(18, 4)) AS wms_reserved_quantity,
    CAST(s.wms_quantity - s.wms_reserved_quantity AS DECIMAL(18, 4)) AS wms_available_quantity,
    CAST(s.wms_value AS DECIMAL(18, 2)) AS wms_value,
    CAST(s.stock_quantity - s.wms_quantity AS DECIMAL(18, 4)) AS erp_wms_quantity_gap,
    CAST(s.standard_value - s.wms_value AS DECIMAL(18, 2)) AS erp_wms_value_gap,
    CAST(s.safety_stock_quantity AS DECIMAL(18, 4)) AS safety_stock_quantity,
    CAST(s.reorder_point_quantity AS DECIMAL(18, 4)) AS reorder_point_quantity,
    CAST(s.maximum_stock_quantity AS DECIMAL(18, 4)) AS maximum_stock_quantity,
    s.out_of_stock_count,
    s.below_safety_stock_count,
    s.at_reorder_point_count,
    s.above_maximum_count,
    CAST(s.excess_value AS DECIMAL(18, 2)) AS excess_value,
    CAST(s.shipped_quantity_90d AS DECIMAL(18, 4)) AS shipped_quantity_90d,
    CAST(s.cogs_90d AS DECIMAL(18, 2)) AS cogs_90d,
    CAST(CASE WHEN s.costed_stock_value > 0 THEN s.cogs_90d / 90 * 365 / s.costed_stock_value END AS DECIMAL(18, 4))
        AS turnover_ratio,
    CAST(s.costed_stock_value * 90 / nullif(s.cogs_90d, 0) AS DECIMAL(18, 2)) AS days_of_supply,
    s.slow_moving_material_count,
    CAST(s.slow_moving_value AS DECIMAL(18, 2)) AS slow_moving_value,
    CAST(CASE WHEN s.stock_value > 0 THEN 100 * s.slow_moving_value / s.stock_value END AS DECIMAL(9, 2))
        AS slow_moving_pct,
    s.obsolete_material_count,
    CAST(s.obsolete_value AS DECIMAL(18, 2)) AS obsolete_value,
    s.balances_changed_at
FROM summary AS s
