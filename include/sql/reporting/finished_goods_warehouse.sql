/* ---
description: Finished goods per warehouse and product, stock, value, coverage, expiry and shipments, as of today.
category: inventory
reads: [erp, wms, tms, master]
grain: [fg_date, warehouse_id, product_id]
load: snapshot
owner: supply chain
checks:
  - {check: not_negative, columns: [stock_quantity, stock_value, wms_quantity, wms_available_quantity], level: warn}
  - {check: in_range, columns: [expired_quantity], min: 0, max: 0, level: warn}
  - {check: known_member, columns: [warehouse_id, product_id, factory_id], level: warn}
  - {check: row_count_near_yesterday, percent: 20, level: warn}
  - {check: sum_matches_source, columns: [stock_value], source: erp, level: fail}
--- */
-- The ERP keeps stock per plant, and each plant has one warehouse: should it have several, the first one carries the
-- plant's stock. The WMS counts independently and keeps a material where it lies: both are shown, with their gap.
-- Available is what is on hand less what is reserved; the available quantity stored by the WMS does not hold this, it
-- is shown as reported. Safety stock, reorder point and maximum are set per material and apply to every warehouse.
-- Purchase order lines rarely name a plant. What is on order without a plant is the same figure in every warehouse of a
-- product: never add it up over warehouses. Lines due by today are not on order, as the ERP never marks
-- a line as received.
{% from "macros/stock.sql" import stock_value -%}
{% from "macros/documents.sql" import is_valid -%}
WITH finished_goods AS (
    SELECT
        m.material_id,
        coalesce(pr.product_id, 'UNKNOWN') AS product_id,
        pr.product_name,
        pr.product_category,
        m.material_name,
        m.abc_classification,
        m.base_unit_of_measure,
        m.standard_cost,
        m.safety_stock,
        m.reorder_point,
        m.maximum_stock
    FROM postgres_query('erp', $$
        SELECT
            ma.material_id,
            ma.product_id,
            ma.material_name,
            ma.abc_classification,
            ma.base_unit_of_measure,
            ma.standard_cost,
            ma.safety_stock,
            ma.reorder_point,
            ma.maximum_stock
        FROM materials AS ma
        WHERE ma.material_type = 'finished_good'
    $$) AS m
    LEFT JOIN postgres_query('master', $$
        SELECT
            p.product_id,
            p.product_name,
            p.product_category
        FROM products AS p
    $$) AS pr ON pr.product_id = m.product_id
),

warehouses AS (
    SELECT w.warehouse_id, w.warehouse_name, w.plant_id
    FROM postgres_query('wms', $$SELECT wa.warehouse_id, wa.warehouse_name, wa.plant_id FROM warehouses AS wa$$) AS w
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
        INNER JOIN materials AS m ON m.material_id = b.material_id
        WHERE m.material_type = 'finished_good'
    $$) AS ib
    LEFT JOIN plant_warehouses AS pw ON pw.plant_id = ib.plant_id
    GROUP BY pw.warehouse_id, ib.material_id
),

wms_stock AS (
    SELECT
        wi.warehouse_id,
        wi.material_id,
        count(*) AS wms_lots,
        sum(wi.quantity_on_hand) AS wms_quantity,
        sum(wi.reserved_quantity) AS wms_reserved_quantity,
        sum(wi.available_quantity) AS wms_reported_available_quantity,
        sum(wi.quantity_on_hand) FILTER (
            WHERE wi.damaged OR wi.stock_status <> 'available'
        ) AS wms_unusable_quantity,
        sum(wi.quantity_on_hand) FILTER (WHERE wi.expiry_date < DATE '{{ window.today }}') AS expired_quantity,
        sum(wi.quantity_on_hand) FILTER (
            WHERE wi.expiry_date BETWEEN DATE '{{ window.today }}' AND DATE '{{ window.today }}' + 90
        ) AS expiring_90d_quantity,
        min(wi.expiry_date) FILTER (WHERE wi.expiry_date >= DATE '{{ window.today }}') AS next_expiry_date
    FROM postgres_query('wms', $$
        SELECT
            i.warehouse_id,
            i.material_id,
            i.quantity_on_hand,
            i.reserved_quantity,
            i.available_quantity,
            i.damaged,
            i.stock_status,
            i.expiry_date
        FROM warehouse_inventory AS i
    $$) AS wi
    GROUP BY wi.warehouse_id, wi.material_id
),

shipments AS (
    SELECT
        sh.warehouse_id,
        sh.material_id,
        sh.shipped_30d_quantity,
        sh.shipped_60d_quantity,
        sh.shipped_90d_quantity,
        sh.scheduled_quantity,
        sh.last_ship_date
    FROM postgres_query('tms', $$
        SELECT
            s.warehouse_id,
            sl.material_id,
            CAST(sum(sl.quantity) FILTER (
                WHERE s.ship_date BETWEEN DATE '{{ window.today }}' - 29 AND DATE '{{ window.today }}'
            ) AS numeric(18, 4)) AS shipped_30d_quantity,
            CAST(sum(sl.quantity) FILTER (
                WHERE s.ship_date BETWEEN DATE '{{ window.today }}' - 59 AND DATE '{{ window.today }}'
            ) AS numeric(18, 4)) AS shipped_60d_quantity,
            CAST(sum(sl.quantity) FILTER (WHERE s.ship_date <= DATE '{{ window.today }}') AS numeric(18, 4))
                AS shipped_90d_quantity,
            CAST(sum(sl.quantity) FILTER (WHERE s.ship_date > DATE '{{ window.today }}') AS numeric(18, 4))
                AS scheduled_quantity,
            max(s.ship_date) FILTER (WHERE s.ship_date <= DATE '{{ window.today }}') AS last_ship_date
        FROM shipments AS s
        JOIN shipment_lines AS sl ON sl.shipment_id = s.shipment_id
        WHERE {{ is_valid("s.shipment_status") }} AND s.ship_date >= DATE '{{ window.today }}' - 89
        GROUP BY s.warehouse_id, sl.material_id
    $$) AS sh
),

facts AS (
    SELECT * FROM erp_stock
    UNION ALL BY NAME
    SELECT * FROM wms_stock
    UNION ALL BY NAME
    SELECT * FROM shipments
),

material_positions AS (
    SELECT
        coalesce(w.warehouse_id, 'UNKNOWN') AS warehouse_id,
        f.material_id,
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
        coalesce(sum(f.shipped_30d_quantity), 0) AS shipped_30d_quantity,
        coalesce(sum(f.shipped_60d_quantity), 0) AS shipped_60d_quantity,
        coalesce(sum(f.shipped_90d_quantity), 0) AS shipped_90d_quantity,
        coalesce(sum(f.scheduled_quantity), 0) AS scheduled_quantity,
        max(f.last_ship_date) AS last_ship_date
    FROM facts AS f
    LEFT JOIN warehouses AS w ON w.warehouse_id = f.warehouse_id
    GROUP BY w.warehouse_id, f.material_id
),

positions AS (
    SELECT
        mp.warehouse_id,
        fg.product_id,
        min(fg.material_id) AS material_id,
        min(fg.product_category) AS product_category,
        arg_min(coalesce(fg.product_name, fg.material_name), fg.material_id) AS product_name,
        arg_min(fg.abc_classification, fg.material_id) AS abc_class,
        arg_min(fg.base_unit_of_measure, fg.material_id) AS unit_of_measure,
        arg_min(fg.standard_cost, fg.material_id) AS standard_cost,
        sum(fg.safety_stock) AS safety_stock_quantity,
        sum(fg.reorder_point) AS reorder_point_quantity,
        sum(fg.maximum_stock) AS maximum_stock_quantity,
        sum(mp.stock_quantity) AS stock_quantity,
        sum(mp.quality_inspection_quantity) AS quality_inspection_quantity,
        sum(mp.blocked_quantity) AS blocked_quantity,
        sum(mp.in_transit_quantity) AS in_transit_quantity,
        sum(mp.stock_value) AS stock_value,
        sum(mp.wms_lots) AS wms_lots,
        sum(mp.wms_quantity) AS wms_quantity,
        sum(mp.wms_reserved_quantity) AS wms_reserved_quantity,
        sum(mp.wms_reported_available_quantity) AS wms_reported_available_quantity,
        sum(mp.wms_unusable_quantity) AS wms_unusable_quantity,
        sum(mp.wms_quantity * fg.standard_cost) AS wms_value,
        sum(mp.expired_quantity) AS expired_quantity,
        sum(mp.expiring_90d_quantity) AS expiring_90d_quantity,
        min(mp.next_expiry_date) AS next_expiry_date,
        sum(mp.shipped_30d_quantity) AS shipped_30d_quantity,
        sum(mp.shipped_60d_quantity) AS shipped_60d_quantity,
        sum(mp.shipped_90d_quantity) AS shipped_90d_quantity,
        sum(mp.scheduled_quantity) AS scheduled_quantity,
        max(mp.last_ship_date) AS last_ship_date
    FROM material_positions AS mp
    JOIN finished_goods AS fg ON fg.material_id = mp.material_id
    GROUP BY mp.warehouse_id, fg.product_id
),

open_purchases AS (
    SELECT
        coalesce(pw.warehouse_id, 'UNKNOWN') AS warehouse_id,
        fg.product_id,
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
    JOIN finished_goods AS fg ON fg.material_id = op.material_id
    LEFT JOIN plant_warehouses AS pw ON pw.plant_id = op.plant_id
    GROUP BY coalesce(pw.warehouse_id, 'UNKNOWN'), fg.product_id
)

SELECT
    DATE '{{ window.start }}' AS fg_date,
    p.warehouse_id,
    p.product_id,
    w.warehouse_name,
    fa.factory_id,
    p.product_name,
    p.product_category,
    p.material_id,
    p.abc_class,
    p.unit_of_measure,
    '{{ rules.currency }}' AS currency,
    CAST(p.stock_quantity AS DECIMAL(18, 4)) AS stock_quantity,
    CAST(p.quality_inspection_quantity AS DECIMAL(18, 4)) AS quality_inspection_quantity,
    CAST(p.blocked_quantity AS DECIMAL(18, 4)) AS blocked_quantity,
    CAST(p.in_transit_quantity AS DECIMAL(18, 4)) AS in_transit_quantity,
    CAST(p.standard_cost AS DECIMAL(18, 4)) AS standard_cost,
    CAST(p.stock_value AS DECIMAL(18, 2)) AS stock_value,
    CAST(p.safety_stock_quantity AS DECIMAL(18, 4)) AS safety_stock_quantity,
    CAST(p.reorder_point_quantity AS DECIMAL(18, 4)) AS reorder_point_quantity,
    CAST(p.maximum_stock_quantity AS DECIMAL(18, 4)) AS maximum_stock_quantity,
    CASE
        WHEN p.stock_quantity <= 0 THEN 'out_of_stock'
        WHEN p.stock_quantity < p.safety_stock_quantity THEN 'below_safety'
        WHEN p.stock_quantity <= p.reorder_point_quantity THEN 'reorder'
        WHEN p.stock_quantity > p.maximum_stock_quantity THEN 'excess'
        ELSE 'normal'
    END AS stock_level,
    CAST(coalesce(p.stock_quantity < p.safety_stock_quantity, FALSE) AS TINYINT) AS is_below_safety_stock,
    CAST(coalesce(p.stock_quantity <= p.reorder_point_quantity, FALSE) AS TINYINT) AS is_at_reorder_point,
    CAST(coalesce(p.stock_quantity > p.maximum_stock_quantity, FALSE) AS TINYINT) AS is_above_maximum,
    CAST(p.wms_lots AS BIGINT) AS wms_lots,
    CAST(p.wms_quantity AS DECIMAL(18, 4)) AS wms_quantity,
    CAST(p.wms_reserved_quantity AS DECIMAL(18, 4)) AS wms_reserved_quantity,
    CAST(p.wms_quantity - p.wms_reserved_quantity AS DECIMAL(18, 4)) AS wms_available_quantity,
    CAST(p.wms_reported_available_quantity AS DECIMAL(18, 4)) AS wms_reported_available_quantity,
    CAST(p.wms_unusable_quantity AS DECIMAL(18, 4)) AS wms_unusable_quantity,
    CAST(p.wms_value AS DECIMAL(18, 2)) AS wms_value,
    CAST(p.stock_quantity - p.wms_quantity AS DECIMAL(18, 4)) AS erp_wms_quantity_gap,
    CAST(p.expired_quantity AS DECIMAL(18, 4)) AS expired_quantity,
    CAST(p.expiring_90d_quantity AS DECIMAL(18, 4)) AS expiring_90d_quantity,
    p.next_expiry_date,
    CAST(p.shipped_30d_quantity AS DECIMAL(18, 4)) AS shipped_30d_quantity,
    CAST(p.shipped_60d_quantity AS DECIMAL(18, 4)) AS shipped_60d_quantity,
    CAST(p.shipped_90d_quantity AS DECIMAL(18, 4)) AS shipped_90d_quantity,
    CAST(p.scheduled_quantity AS DECIMAL(18, 4)) AS scheduled_shipment_quantity,
    p.last_ship_date,
    CAST(p.stock_quantity * 90 / nullif(p.shipped_90d_quantity, 0) AS DECIMAL(14, 2)) AS days_of_supply,
    CAST(p.stock_quantity > 0 AND p.shipped_90d_quantity <= 0 AS TINYINT) AS is_slow_moving,
    CAST(coalesce(here.open_quantity, 0) AS DECIMAL(18, 4)) AS on_order_quantity,
    CAST(coalesce(anywhere.open_quantity, 0) AS DECIMAL(18, 4)) AS on_order_unassigned_quantity,
    least(here.next_delivery_date, anywhere.next_delivery_date) AS next_delivery_date
FROM positions AS p
LEFT JOIN warehouses AS w ON w.warehouse_id = p.warehouse_id
LEFT JOIN postgres_query('master', $$SELECT f.factory_id FROM factories AS f$$) AS fa ON fa.factory_id = w.plant_id
LEFT JOIN open_purchases AS here
    ON here.warehouse_id = p.warehouse_id AND here.product_id = p.product_id AND here.warehouse_id <> 'UNKNOWN'
LEFT JOIN open_purchases AS anywhere ON anywhere.warehouse_id = 'UNKNOWN' AND anywhere.product_id = p.product_id
