/* --- source: tms --- */
WITH lines_per_shipment AS (
    SELECT sl.shipment_id, count(*) AS lines, sum(sl.quantity) AS quantity
    FROM shipment_lines AS sl
    GROUP BY sl.shipment_id
)

SELECT s.ship_date AS flow_date, sum(lps.lines) AS issues, sum(lps.quantity) AS issue_quantity
FROM lines_per_shipment AS lps
JOIN shipments AS s ON s.shipment_id = lps.shipment_id
WHERE {{ window("s.ship_date") }} AND coalesce(s.shipment_status, '') <> 'cancelled'
GROUP BY s.ship_date

/* --- source: wms --- */
SELECT
    date_trunc('day', rt.completed_at)::date AS flow_date,
    sum(1) AS receipts,
    sum(rt.expected_quantity) AS expected_quantity,
    sum(rt.received_quantity) AS receipt_quantity
FROM receiving_tasks AS rt
WHERE {{ window("rt.completed_at") }}
GROUP BY 1

/* --- source: sync --- */
SELECT
    a.adjustment_date AS flow_date,
    sum(1) AS adjustments,
    sum(a.adjustment_quantity) AS adjustment_quantity,
    sum(CASE a.sync_status WHEN 'completed' THEN 0 ELSE a.adjustment_quantity END) AS adjustment_unsynced_quantity
FROM inventory_adjustments_sync AS a
WHERE {{ window("a.adjustment_date") }}
GROUP BY a.adjustment_date

/* --- source: erp --- */
SELECT
    posted.day AS flow_date,
    sum(CASE posted.kind WHEN '101' THEN posted.quantity END) AS erp_receipt_quantity,
    sum(CASE posted.kind WHEN '261' THEN posted.quantity END) AS erp_issue_quantity,
    sum(CASE posted.kind WHEN '311' THEN posted.quantity END) AS erp_transfer_quantity,
    sum(CASE posted.kind WHEN '551' THEN posted.quantity END) AS erp_scrap_quantity,
    sum(CASE posted.kind
        WHEN '101' THEN 0 WHEN '261' THEN 0 WHEN '311' THEN 0 WHEN '551' THEN 0 WHEN 'goods receipt' THEN 0
        ELSE posted.quantity
    END) AS erp_other_quantity,
    sum(CASE posted.kind WHEN 'goods receipt' THEN posted.quantity END) AS erp_goods_receipt_quantity
FROM (
    SELECT it.posting_date AS day, it.movement_type AS kind, it.quantity
    FROM inventory_transactions AS it
    WHERE NOT coalesce(it.cancelled, FALSE)
    UNION ALL
    SELECT gr.gr_date, 'goods receipt', gr.quantity_received
    FROM goods_receipts AS gr
    WHERE NOT coalesce(gr.cancelled, FALSE)
) AS posted
WHERE {{ window("posted.day") }}
GROUP BY posted.day

/* --- source: manufacturing --- */
SELECT
    date_trunc('day', mt.transaction_date)::date AS flow_date,
    sum(CASE mt.transaction_type WHEN 'issue' THEN mt.quantity END) AS production_issue_quantity,
    sum(CASE mt.transaction_type WHEN 'return' THEN mt.quantity END) AS production_return_quantity,
    sum(CASE mt.transaction_type WHEN 'issue' THEN mt.total_cost END) AS production_issue_cost,
    sum(CASE mt.transaction_type WHEN 'return' THEN mt.total_cost END) AS production_return_cost
FROM material_transactions AS mt
WHERE {{ window("mt.transaction_date") }}
GROUP BY 1

/* --- identities --- */
SELECT
    receipt_quantity - issue_quantity + adjustment_quantity AS net_quantity,
    opening_quantity + net_quantity AS closing_quantity,
    round(receipt_quantity * standard_cost, 2) AS receipt_value,
    round(issue_quantity * standard_cost, 2) AS issue_value,
    round(adjustment_quantity * standard_cost, 2) AS adjustment_value,
    round(closing_quantity * standard_cost, 2) AS closing_value
