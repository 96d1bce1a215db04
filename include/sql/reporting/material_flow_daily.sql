/* ---
description: Receipts, issues and adjustments of every material per factory and day, with opening and closing stock.
category: inventory
reads: [wms, tms, sync, erp, manufacturing, master]
grain: [flow_date, factory_id, material_id]
load: window
lookback: 7 days
owner: supply chain
checks:
  - {check: in_range, columns: [is_erp_material], min: 1, max: 1, level: warn}
  - {check: not_negative, columns: [closing_quantity, receipt_quantity, issue_quantity], level: warn}
  - {check: known_member, columns: [factory_id, material_id], level: warn}
  - {check: not_ahead_of_today, level: warn}
  - {check: row_count_near_yesterday, percent: 50, level: warn}
--- */
-- The stock flow is what the warehouses receive and ship, and what stock adjustments add or take away:
-- closing = opening + receipts - issues + adjustments. No source keeps past balances, so the ERP balance of today is
-- the anchor: earlier days are reckoned backwards from it, later ones (shipments planned ahead) forwards, both marked
-- as estimated. The ERP does not book all that the warehouses move, so the further from today, the rougher. Days keep
-- the anchor of the last run that reached them.
-- A receipt counts with its received quantity, which may be far from the expected one; both are shown.
-- Memo columns, not part of the flow, because they would count the same goods again or cannot be attributed:
--   erp_*         postings by movement type (101 receipt, 261 issue, 311 transfer, 551 scrap), which is not tied to the
--                 transaction type, and goods receipts, which name no plant and stand under the factory UNKNOWN;
--   production_*  consumption of work orders, under production's own material codes where the ERP does not know them;
--                 such rows have is_erp_material = 0 and neither opening nor closing stock. These codes are kept:
--                 they name what was consumed; any other material that the ERP does not know is UNKNOWN.
-- Only days on which a material moved have a row.
{% from "macros/ratios.sql" import sum_where_known -%}
{% from "macros/documents.sql" import is_valid -%}
WITH factories AS (
    SELECT f.factory_id, f.factory_name
    FROM postgres_query('master', $$SELECT fc.factory_id, fc.factory_name FROM factories AS fc$$) AS f
),

warehouses AS (
    SELECT w.warehouse_id, w.plant_id
    FROM postgres_query('wms', $$SELECT wh.warehouse_id, wh.plant_id FROM warehouses AS wh$$) AS w
),

materials AS (
    SELECT
        m.material_id,
        m.material_code,
        m.material_name,
        m.material_type,
        m.abc_classification,
        m.base_unit_of_measure,
        m.standard_cost
    FROM postgres_query('erp', $$
        SELECT
            ma.material_id,
            ma.material_code,
            ma.material_name,
            ma.material_type,
            ma.abc_classification,
            ma.base_unit_of_measure,
            ma.standard_cost
        FROM materials AS ma
    $$) AS m
),

received AS (
    SELECT
        rt.flow_date,
        w.plant_id AS factory_id,
        rt.material_id,
        rt.receipts,
        rt.expected_quantity,
        rt.receipt_quantity,
        rt.compared_expected,
        rt.compared_received
    FROM postgres_query('wms', $$
        SELECT
            CAST(rt.completed_at AS date) AS flow_date,
            rt.warehouse_id,
            rt.material_id,
            count(*) AS receipts,
            CAST(sum(rt.expected_quantity) AS numeric(18, 4)) AS expected_quantity,
            CAST(sum(rt.received_quantity) AS numeric(18, 4)) AS receipt_quantity,
            CAST({{ sum_where_known("rt.expected_quantity", "rt.received_quantity") }} AS numeric(18, 4))
                AS compared_expected,
            CAST({{ sum_where_known("rt.received_quantity", "rt.expected_quantity") }} AS numeric(18, 4))
                AS compared_received
        FROM receiving_tasks AS rt
        WHERE rt.completed_at >= least(DATE '{{ window.start }}', DATE '{{ window.today }}')
            AND rt.completed_at < greatest(DATE '{{ window.end }}', DATE '{{ window.today }}' + 1)
        GROUP BY CAST(rt.completed_at AS date), rt.warehouse_id, rt.material_id
    $$) AS rt
    LEFT JOIN warehouses AS w ON w.warehouse_id = rt.warehouse_id
),

shipped AS (
    SELECT
        sh.flow_date,
        w.plant_id AS factory_id,
        sh.material_id,
        sh.issues,
        sh.issue_quantity
    FROM postgres_query('tms', $$
        SELECT
            s.ship_date AS flow_date,
            s.warehouse_id,
            sl.material_id,
            count(*) AS issues,
            CAST(sum(sl.quantity) AS numeric(18, 4)) AS issue_quantity
        FROM shipments AS s
        JOIN shipment_lines AS sl ON sl.shipment_id = s.shipment_id
        WHERE {{ is_valid("s.shipment_status") }} AND s.ship_date >= least(DATE '{{ window.start }}', DATE '{{ window.today }}')
            AND s.ship_date < greatest(DATE '{{ window.end }}', DATE '{{ window.today }}' + 1)
        GROUP BY s.ship_date, s.warehouse_id, sl.material_id
    $$) AS sh
    LEFT JOIN warehouses AS w ON w.warehouse_id = sh.warehouse_id
),

-- The synchronisation writes MATERIAL-000003 for the ERP's MAT-000003.
adjusted AS (
    SELECT
        ad.flow_date,
        ad.factory_id,
        ad.material_id,
        ad.adjustments,
        ad.adjustment_quantity,
        ad.unsynced_quantity
    FROM postgres_query('sync', $$
        SELECT
            ia.adjustment_date AS flow_date,
            ia.location_id AS factory_id,
            regexp_replace(ia.material_id, '^MATERIAL-', 'MAT-') AS material_id,
            count(*) AS adjustments,
            CAST(sum(ia.adjustment_quantity) AS numeric(18, 4)) AS adjustment_quantity,
            CAST(sum(ia.adjustment_quantity) FILTER (
                WHERE ia.sync_status IS DISTINCT FROM 'completed'
            ) AS numeric(18, 4)) AS unsynced_quantity
        FROM inventory_adjustments_sync AS ia
        WHERE ia.adjustment_date >= least(DATE '{{ window.start }}', DATE '{{ window.today }}')
            AND ia.adjustment_date < greatest(DATE '{{ window.end }}', DATE '{{ window.today }}' + 1)
        GROUP BY ia.adjustment_date, ia.location_id, regexp_replace(ia.material_id, '^MATERIAL-', 'MAT-')
    $$) AS ad
),

erp_posted AS (
    SELECT
        ep.flow_date,
        ep.factory_id,
        ep.material_id,
        ep.erp_receipt_quantity,
        ep.erp_issue_quantity,
        ep.erp_transfer_quantity,
        ep.erp_scrap_quantity,
        ep.erp_other_quantity
    FROM postgres_query('erp', $$
        SELECT
            it.posting_date AS flow_date,
            it.plant_id AS factory_id,
            it.material_id,
            CAST(sum(it.quantity) FILTER (WHERE it.movement_type = '101') AS numeric(18, 4)) AS erp_receipt_quantity,
            CAST(sum(it.quantity) FILTER (WHERE it.movement_type = '261') AS numeric(18, 4)) AS erp_issue_quantity,
            CAST(sum(it.quantity) FILTER (WHERE it.movement_type = '311') AS numeric(18, 4)) AS erp_transfer_quantity,
            CAST(sum(it.quantity) FILTER (WHERE it.movement_type = '551') AS numeric(18, 4)) AS erp_scrap_quantity,
            CAST(sum(it.quantity) FILTER (
                WHERE it.movement_type NOT IN ('101', '261', '311', '551')
            ) AS numeric(18, 4)) AS erp_other_quantity
        FROM inventory_transactions AS it
        WHERE {{ window("it.posting_date") }}
            AND it.cancelled IS NOT TRUE
        GROUP BY it.posting_date, it.plant_id, it.material_id
    $$) AS ep
),

erp_received AS (
    SELECT
        er.flow_date,
        er.factory_id,
        er.material_id,
        er.erp_goods_receipt_quantity
    FROM postgres_query('erp', $$
        SELECT
            gr.gr_date AS flow_date,
            gr.plant_id AS factory_id,
            gr.material_id,
            CAST(sum(gr.quantity_received) AS numeric(18, 4)) AS erp_goods_receipt_quantity
        FROM goods_receipts AS gr
        WHERE {{ window("gr.gr_date") }}
            AND gr.cancelled IS NOT TRUE
        GROUP BY gr.gr_date, gr.plant_id, gr.material_id
    $$) AS er
),

consumed AS (
    SELECT
        pc.flow_date,
        pc.factory_id,
        m.material_id,
        pc.material_code AS production_code,
        pc.code_name,
        pc.code_type,
        pc.issue_quantity AS production_issue_quantity,
        pc.return_quantity AS production_return_quantity,
        pc.issue_cost AS production_issue_cost,
        pc.return_cost AS production_return_cost
    FROM postgres_query('manufacturing', $$
        SELECT
            CAST(mt.transaction_date AS date) AS flow_date,
            wo.factory_id,
            mt.material_code,
            min(mt.material_name) AS code_name,
            min(mt.material_type) AS code_type,
            CAST(sum(mt.quantity) FILTER (WHERE mt.transaction_type = 'issue') AS numeric(18, 4)) AS issue_quantity,
            CAST(sum(mt.quantity) FILTER (WHERE mt.transaction_type = 'return') AS numeric(18, 4)) AS return_quantity,
            CAST(sum(mt.total_cost) FILTER (WHERE mt.transaction_type = 'issue') AS numeric(18, 2)) AS issue_cost,
            CAST(sum(mt.total_cost) FILTER (WHERE mt.transaction_type = 'return') AS numeric(18, 2)) AS return_cost
        FROM material_transactions AS mt
        LEFT JOIN work_orders AS wo ON wo.work_order_id = mt.work_order_id
        WHERE {{ window("mt.transaction_date") }}
            AND mt.transaction_type IN ('issue', 'return')
        GROUP BY CAST(mt.transaction_date AS date), wo.factory_id, mt.material_code
    $$) AS pc
    LEFT JOIN materials AS m ON m.material_code = pc.material_code
),

facts AS (
    SELECT * FROM received
    UNION ALL BY NAME
    SELECT * FROM shipped
    UNION ALL BY NAME
    SELECT * FROM adjusted
    UNION ALL BY NAME
    SELECT * FROM erp_posted
    UNION ALL BY NAME
    SELECT * FROM erp_received
    UNION ALL BY NAME
    SELECT * FROM consumed
),

-- Sums are cut to 18 digits: longer decimals take DuckDB many times longer to multiply and round.
flows AS (
    SELECT
        f.flow_date,
        coalesce(fa.factory_id, 'UNKNOWN') AS factory_id,
        coalesce(m.material_id, f.production_code, 'UNKNOWN') AS material_id,
        min(f.code_name) AS code_name,
        min(f.code_type) AS code_type,
        CAST(coalesce(sum(f.receipts), 0) AS BIGINT) AS receipts,
        CAST(coalesce(sum(f.expected_quantity), 0) AS DECIMAL(18, 4)) AS expected_quantity,
        CAST(coalesce(sum(f.receipt_quantity), 0) AS DECIMAL(18, 4)) AS receipt_quantity,
        CAST(sum(f.compared_expected) AS DECIMAL(18, 4)) AS compared_expected,
        CAST(sum(f.compared_received) AS DECIMAL(18, 4)) AS compared_received,
        CAST(coalesce(sum(f.issues), 0) AS BIGINT) AS issues,
        CAST(coalesce(sum(f.issue_quantity), 0) AS DECIMAL(18, 4)) AS issue_quantity,
        CAST(coalesce(sum(f.adjustments), 0) AS BIGINT) AS adjustments,
        CAST(coalesce(sum(f.adjustment_quantity), 0) AS DECIMAL(18, 4)) AS adjustment_quantity,
        CAST(coalesce(sum(f.unsynced_quantity), 0) AS DECIMAL(18, 4)) AS unsynced_quantity,
        CAST(coalesce(sum(f.erp_receipt_quantity), 0) AS DECIMAL(18, 4)) AS erp_receipt_quantity,
        CAST(coalesce(sum(f.erp_issue_quantity), 0) AS DECIMAL(18, 4)) AS erp_issue_quantity,
        CAST(coalesce(sum(f.erp_transfer_quantity), 0) AS DECIMAL(18, 4)) AS erp_transfer_quantity,
        CAST(coalesce(sum(f.erp_scrap_quantity), 0) AS DECIMAL(18, 4)) AS erp_scrap_quantity,
        CAST(coalesce(sum(f.erp_other_quantity), 0) AS DECIMAL(18, 4)) AS erp_other_quantity,
        CAST(coalesce(sum(f.erp_goods_receipt_quantity), 0) AS DECIMAL(18, 4)) AS erp_goods_receipt_quantity,
        CAST(coalesce(sum(f.production_issue_quantity), 0) AS DECIMAL(18, 4)) AS production_issue_quantity,
        CAST(coalesce(sum(f.production_return_quantity), 0) AS DECIMAL(18, 4)) AS production_return_quantity,
        CAST(coalesce(sum(f.production_issue_cost), 0) AS DECIMAL(18, 2)) AS production_issue_cost,
        CAST(coalesce(sum(f.production_return_cost), 0) AS DECIMAL(18, 2)) AS production_return_cost
    FROM facts AS f
    LEFT JOIN factories AS fa ON fa.factory_id = f.factory_id
    LEFT JOIN materials AS m ON m.material_id = f.material_id
    GROUP BY 1, 2, 3
),

net_flows AS (
    SELECT
        fl.*,
        CAST(fl.receipt_quantity - fl.issue_quantity + fl.adjustment_quantity AS DECIMAL(18, 4)) AS net_quantity
    FROM flows AS fl
),

balances_today AS (
    SELECT b.factory_id, b.material_id, b.quantity
    FROM postgres_query('erp', $$
        SELECT
            ib.plant_id AS factory_id,
            ib.material_id,
            CAST(sum(ib.unrestricted_stock) AS numeric(18, 4)) AS quantity
        FROM inventory_balances AS ib
        GROUP BY ib.plant_id, ib.material_id
    $$) AS b
),

-- Balance of today, plus all that moved up to the day, less all that moved up to today.
anchored AS (
    SELECT
        nf.*,
        CAST(
            b.quantity
            + sum(nf.net_quantity) OVER (PARTITION BY nf.factory_id, nf.material_id ORDER BY nf.flow_date)
            - coalesce(
                sum(nf.net_quantity) FILTER (WHERE nf.flow_date <= DATE '{{ window.today }}')
                OVER (PARTITION BY nf.factory_id, nf.material_id), 0
            ) AS DECIMAL(18, 4)
        ) AS closing_quantity
    FROM net_flows AS nf
    LEFT JOIN balances_today AS b ON b.factory_id = nf.factory_id AND b.material_id = nf.material_id
)

SELECT
    a.flow_date,
    a.factory_id,
    a.material_id,
    fa.factory_name,
    coalesce(m.material_name, a.code_name) AS material_name,
    coalesce(m.material_type, a.code_type) AS material_type,
    m.abc_classification AS abc_class,
    m.base_unit_of_measure AS unit_of_measure,
    CAST(m.material_id IS NOT NULL AS TINYINT) AS is_erp_material,
    '{{ rules.currency }}' AS currency,
    CAST(a.closing_quantity - a.net_quantity AS DECIMAL(18, 4)) AS opening_quantity,
    a.receipts,
    a.expected_quantity,
    a.receipt_quantity,
    CAST(100 * a.compared_received / nullif(a.compared_expected, 0) AS DECIMAL(12, 2)) AS receipt_fill_pct,
    a.issues,
    a.issue_quantity,
    a.adjustments,
    a.adjustment_quantity,
    a.unsynced_quantity AS adjustment_unsynced_quantity,
    a.net_quantity,
    a.closing_quantity,
    CAST(a.flow_date <> DATE '{{ window.today }}' AS TINYINT) AS is_estimated,
    CAST(m.standard_cost AS DECIMAL(18, 4)) AS standard_cost,
    CAST(a.receipt_quantity * m.standard_cost AS DECIMAL(18, 2)) AS receipt_value,
    CAST(a.issue_quantity * m.standard_cost AS DECIMAL(18, 2)) AS issue_value,
    CAST(a.adjustment_quantity * m.standard_cost AS DECIMAL(18, 2)) AS adjustment_value,
    CAST(a.closing_quantity * m.standard_cost AS DECIMAL(18, 2)) AS closing_value,
    a.erp_receipt_quantity,
    a.erp_issue_quantity,
    a.erp_transfer_quantity,
    a.erp_scrap_quantity,
    a.erp_other_quantity,
    a.erp_goods_receipt_quantity,
    a.production_issue_quantity,
    a.production_return_quantity,
    a.production_issue_cost,
    a.production_return_cost
FROM anchored AS a
LEFT JOIN materials AS m ON m.material_id = a.material_id
LEFT JOIN factories AS fa ON fa.factory_id = a.factory_id
WHERE {{ window("a.flow_date") }}
