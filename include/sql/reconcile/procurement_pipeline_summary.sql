/* --- source: supplier --- */
{% from "macros/reconcile.sql" import unless_foreign with context %}
SELECT
    document.day AS pipeline_date,
    sum(CASE document.kind WHEN 'requisition' THEN 1 END) AS requisitions,
    sum(CASE WHEN document.kind = 'requisition' AND document.status = 'draft' THEN 1 END) AS requisitions_draft,
    sum(CASE WHEN document.kind = 'requisition' AND document.status = 'submitted' THEN 1 END) AS requisitions_submitted,
    sum(CASE WHEN document.kind = 'requisition' AND document.status = 'approved' THEN 1 END) AS requisitions_approved,
    sum(CASE WHEN document.kind = 'requisition' AND document.status = 'rejected' THEN 1 END) AS requisitions_rejected,
    sum(CASE WHEN document.kind = 'requisition' AND document.status = 'converted_to_rfq' THEN 1 END) AS requisitions_converted_to_rfq,
    sum(CASE WHEN document.kind = 'requisition' AND document.status = 'converted_to_po' THEN 1 END) AS requisitions_converted_to_po,
    sum(CASE WHEN document.kind = 'requisition' AND document.status = 'cancelled' THEN 1 END) AS requisitions_cancelled,
    sum(CASE WHEN document.kind = 'requisition' AND document.is_late AND document.status = ANY ('{draft,submitted,approved}') THEN 1 END)
        AS requisitions_overdue,
    sum(CASE document.kind WHEN 'requisition' THEN document.value END) AS requisition_value,
    sum(CASE document.kind WHEN 'rfq' THEN 1 END) AS rfqs,
    sum(CASE WHEN document.kind = 'rfq' AND document.status = 'draft' THEN 1 END) AS rfqs_draft,
    sum(CASE WHEN document.kind = 'rfq' AND document.status = 'published' THEN 1 END) AS rfqs_published,
    sum(CASE WHEN document.kind = 'rfq' AND document.status = 'response_period' THEN 1 END) AS rfqs_response_period,
    sum(CASE WHEN document.kind = 'rfq' AND document.status = 'evaluation' THEN 1 END) AS rfqs_evaluation,
    sum(CASE WHEN document.kind = 'rfq' AND document.status = 'awarded' THEN 1 END) AS rfqs_awarded,
    sum(CASE WHEN document.kind = 'rfq' AND document.status = 'cancelled' THEN 1 END) AS rfqs_cancelled,
    sum(CASE WHEN document.kind = 'rfq' AND document.is_late AND document.status = ANY ('{published,response_period}') THEN 1 END)
        AS rfqs_past_deadline,
    sum(CASE document.kind WHEN 'rfq' THEN document.value END) AS rfq_value,
    sum(CASE document.kind WHEN 'quotation' THEN 1 END) AS quotations,
    sum(CASE WHEN document.kind = 'quotation' AND document.status = 'submitted' THEN 1 END) AS quotations_submitted,
    sum(CASE WHEN document.kind = 'quotation' AND document.status = 'shortlisted' THEN 1 END) AS quotations_shortlisted,
    sum(CASE WHEN document.kind = 'quotation' AND document.status = 'awarded' THEN 1 END) AS quotations_awarded,
    sum(CASE WHEN document.kind = 'quotation' AND document.is_late THEN 1 END) AS quotations_late,
    sum(CASE document.kind WHEN 'quotation' THEN document.value END) AS quotation_value
FROM (
    SELECT
        'requisition' AS kind,
        requisition_date AS day,
        requisition_status AS status,
        estimated_total AS value,
        required_by_date < DATE '{{ window.today }}' AS is_late
    FROM purchase_requisitions
    UNION ALL
    SELECT
        'rfq',
        rfq_date,
        rfq_status,
        {{ unless_foreign("total_estimated_value", "currency_code") }},
        response_deadline < DATE '{{ window.today }}'
    FROM rfq_headers
    UNION ALL
    SELECT
        'quotation',
        rr.response_date::date,
        rr.response_status,
        {{ unless_foreign("rr.total_quoted_value", "rr.currency_code") }},
        rr.response_date::date > (SELECT rh.response_deadline FROM rfq_headers AS rh WHERE rh.rfq_id = rr.rfq_id)
    FROM rfq_responses AS rr
) AS document
WHERE {{ window("document.day") }}
GROUP BY document.day

/* --- source: supplier --- */
SELECT pr.requisition_date AS pipeline_date, count(*) AS requisitions_urgent
FROM purchase_requisitions AS pr
WHERE {{ window("pr.requisition_date") }} AND pr.requisition_type LIKE 'urgent'
GROUP BY pr.requisition_date

/* --- source: erp --- */
SELECT
    po.po_date AS pipeline_date,
    sum(1) AS purchase_orders,
    sum(CASE po.po_status WHEN 'created' THEN 1 END) AS purchase_orders_created,
    sum(CASE po.po_status WHEN 'created' THEN 0 WHEN 'cancelled' THEN 0 ELSE (po.po_status IS NOT NULL)::int END)
        AS purchase_orders_released,
    sum(CASE po.po_status WHEN 'cancelled' THEN 1 END) AS purchase_orders_cancelled,
    count(DISTINCT po.supplier_id) AS suppliers_ordered_from,
    sum(CASE
        WHEN po.po_status = 'cancelled' THEN 0
        ELSE {{ unless_foreign("coalesce(po.total_value, lines.value)", "po.currency") }}
    END) AS purchase_order_value
FROM purchase_orders AS po
LEFT JOIN (
    SELECT pol.purchase_order_id, sum(round(pol.order_quantity * pol.unit_price, 2)) AS value
    FROM purchase_order_lines AS pol
    WHERE NOT coalesce(pol.deletion_indicator, FALSE)
    GROUP BY pol.purchase_order_id
) AS lines ON lines.purchase_order_id = po.purchase_order_id
WHERE {{ window("po.po_date") }}
GROUP BY po.po_date

/* --- source: erp --- */
SELECT
    pr.requisition_date AS pipeline_date,
    sum(1) AS erp_requisitions,
    sum(CASE pr.approval_status WHEN 'pending' THEN 1 END) AS erp_requisitions_pending,
    sum(CASE pr.approval_status WHEN 'approved' THEN 1 END) AS erp_requisitions_approved,
    sum(CASE pr.approval_status WHEN 'rejected' THEN 1 END) AS erp_requisitions_rejected,
    sum(lines.lines) AS erp_requisition_lines,
    sum(lines.quantity) AS erp_requisition_quantity
FROM purchase_requisitions AS pr
LEFT JOIN (
    SELECT prl.requisition_id AS requisition_number, count(*) AS lines, sum(prl.quantity) AS quantity
    FROM purchase_requisition_lines AS prl
    GROUP BY prl.requisition_id
) AS lines USING (requisition_number)
WHERE {{ window("pr.requisition_date") }}
GROUP BY pr.requisition_date
