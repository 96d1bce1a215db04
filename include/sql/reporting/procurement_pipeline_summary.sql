/* ---
description: Requisitions, quotation requests, quotations and purchase orders per day, by stage.
category: inventory
reads: [supplier, erp]
grain: [pipeline_date]
load: window
lookback: 120 days
owner: procurement
checks:
  - {check: not_negative, columns: [requisition_value, rfq_value, quotation_value, purchase_order_value,
                                    quotation_days], level: warn}
  - {check: not_ahead_of_today, level: warn}
  - {check: row_count_near_yesterday, percent: 50, level: warn}
  - {check: sum_matches_source, columns: [requisition_value, rfq_value], source: supplier, level: fail}
--- */
-- Each document counts on its own date with its present status. The sources never link a requisition to its quotation
-- request or purchase order, so these are counts per stage, not a funnel of documents.
-- The lookback is long because status and lateness change for months after the date of a document: requisitions are
-- required up to three months later. Quotations may be dated ahead of today.
-- The ERP keeps a second, separate list of requisitions; its lines name the requisition by number instead of id.
-- Values are in company currency: purchase orders are converted with the exchange rate that they carry; estimates and
-- quotations in a foreign currency carry none and are left out of the values.
WITH requisitions AS (
    SELECT *
    FROM postgres_query('supplier', $$
        SELECT
            pr.requisition_date AS pipeline_date,
            count(*) AS requisitions,
            count(*) FILTER (WHERE pr.requisition_status = 'draft') AS requisitions_draft,
            count(*) FILTER (WHERE pr.requisition_status = 'submitted') AS requisitions_submitted,
            count(*) FILTER (WHERE pr.requisition_status = 'approved') AS requisitions_approved,
            count(*) FILTER (WHERE pr.requisition_status = 'rejected') AS requisitions_rejected,
            count(*) FILTER (WHERE pr.requisition_status = 'converted_to_rfq') AS requisitions_converted_to_rfq,
            count(*) FILTER (WHERE pr.requisition_status = 'converted_to_po') AS requisitions_converted_to_po,
            count(*) FILTER (WHERE pr.requisition_status = 'cancelled') AS requisitions_cancelled,
            count(*) FILTER (WHERE pr.requisition_type = 'urgent') AS requisitions_urgent,
            count(*) FILTER (
                WHERE pr.requisition_status IN ('draft', 'submitted', 'approved')
                    AND pr.required_by_date < DATE '{{ window.today }}'
            ) AS requisitions_overdue,
            CAST(coalesce(sum(pr.estimated_total), 0) AS numeric(18, 2)) AS requisition_value
        FROM purchase_requisitions AS pr
        WHERE {{ window("pr.requisition_date") }}
        GROUP BY pr.requisition_date
    $$)
),

rfqs AS (
    SELECT *
    FROM postgres_query('supplier', $$
        SELECT
            rh.rfq_date AS pipeline_date,
            count(*) AS rfqs,
            count(*) FILTER (WHERE rh.rfq_status = 'draft') AS rfqs_draft,
            count(*) FILTER (WHERE rh.rfq_status = 'published') AS rfqs_published,
            count(*) FILTER (WHERE rh.rfq_status = 'response_period') AS rfqs_response_period,
            count(*) FILTER (WHERE rh.rfq_status = 'evaluation') AS rfqs_evaluation,
            count(*) FILTER (WHERE rh.rfq_status = 'awarded') AS rfqs_awarded,
            count(*) FILTER (WHERE rh.rfq_status = 'cancelled') AS rfqs_cancelled,
            count(*) FILTER (
                WHERE rh.rfq_status IN ('published', 'response_period')
                    AND rh.response_deadline < DATE '{{ window.today }}'
            ) AS rfqs_past_deadline,
            CAST(coalesce(
                sum(rh.total_estimated_value)
                    FILTER (WHERE coalesce(rh.currency_code, '{{ rules.currency }}') = '{{ rules.currency }}'),
                0
            ) AS numeric(18, 2)) AS rfq_value
        FROM rfq_headers AS rh
        WHERE {{ window("rh.rfq_date") }}
        GROUP BY rh.rfq_date
    $$)
),

-- The request of a quotation may lie outside the window: PostgreSQL looks it up by its key.
quotations AS (
    SELECT
        response_date::DATE AS pipeline_date,
        count(*) AS quotations,
        count(*) FILTER (WHERE response_status = 'submitted') AS quotations_submitted,
        count(*) FILTER (WHERE response_status = 'shortlisted') AS quotations_shortlisted,
        count(*) FILTER (WHERE response_status = 'awarded') AS quotations_awarded,
        count(*) FILTER (WHERE response_date::DATE > response_deadline) AS quotations_late,
        sum(response_date::DATE - rfq_date) / count(rfq_date) AS quotation_days,
        coalesce(
            sum(total_quoted_value)
                FILTER (WHERE coalesce(currency_code, '{{ rules.currency }}') = '{{ rules.currency }}'),
            0
        ) AS quotation_value
    FROM postgres_query('supplier', $$
        SELECT
            rr.response_date,
            rr.response_status,
            rr.total_quoted_value,
            rr.currency_code,
            rh.rfq_date,
            rh.response_deadline
        FROM rfq_responses AS rr
        LEFT JOIN rfq_headers AS rh ON rh.rfq_id = rr.rfq_id
        WHERE {{ window("rr.response_date") }}
    $$)
    GROUP BY ALL
),

purchase_orders AS (
    SELECT *
    FROM postgres_query('erp', $$
        SELECT
            po.po_date AS pipeline_date,
            count(*) AS purchase_orders,
            count(*) FILTER (WHERE po.po_status = 'created') AS purchase_orders_created,
            count(*) FILTER (WHERE po.po_status NOT IN ('created', 'cancelled')) AS purchase_orders_released,
            count(*) FILTER (WHERE po.po_status = 'cancelled') AS purchase_orders_cancelled,
            count(DISTINCT po.supplier_id) AS suppliers_ordered_from,
            CAST(coalesce(
                sum(po.total_value * coalesce(po.exchange_rate, 1))
                    FILTER (WHERE po.po_status IS DISTINCT FROM 'cancelled'),
                0
            ) AS numeric(18, 2)) AS purchase_order_value
        FROM purchase_orders AS po
        WHERE {{ window("po.po_date") }}
        GROUP BY po.po_date
    $$)
),

erp_requisitions AS (
    SELECT *
    FROM postgres_query('erp', $$
        SELECT
            epr.requisition_date AS pipeline_date,
            count(*) AS erp_requisitions,
            count(*) FILTER (WHERE epr.approval_status = 'pending') AS erp_requisitions_pending,
            count(*) FILTER (WHERE epr.approval_status = 'approved') AS erp_requisitions_approved,
            count(*) FILTER (WHERE epr.approval_status = 'rejected') AS erp_requisitions_rejected
        FROM purchase_requisitions AS epr
        WHERE {{ window("epr.requisition_date") }}
        GROUP BY epr.requisition_date
    $$)
),

erp_requisition_lines AS (
    SELECT *
    FROM postgres_query('erp', $$
        SELECT
            epr.requisition_date AS pipeline_date,
            count(*) AS erp_requisition_lines,
            CAST(coalesce(sum(prl.quantity), 0) AS numeric(18, 4)) AS erp_requisition_quantity
        FROM purchase_requisition_lines AS prl
        INNER JOIN purchase_requisitions AS epr ON epr.requisition_number = prl.requisition_id
        WHERE {{ window("epr.requisition_date") }}
        GROUP BY epr.requisition_date
    $$)
),

days AS (
    SELECT pipeline_date FROM requisitions
    UNION
    SELECT pipeline_date FROM rfqs
    UNION
    SELECT pipeline_date FROM quotations
    UNION
    SELECT pipeline_date FROM purchase_orders
    UNION
    SELECT pipeline_date FROM erp_requisitions
)

SELECT
    d.pipeline_date,

    coalesce(r.requisitions, 0) AS requisitions,
    coalesce(r.requisitions_draft, 0) AS requisitions_draft,
    coalesce(r.requisitions_submitted, 0) AS requisitions_submitted,
    coalesce(r.requisitions_approved, 0) AS requisitions_approved,
    coalesce(r.requisitions_rejected, 0) AS requisitions_rejected,
    coalesce(r.requisitions_converted_to_rfq, 0) AS requisitions_converted_to_rfq,
    coalesce(r.requisitions_converted_to_po, 0) AS requisitions_converted_to_po,
    coalesce(r.requisitions_cancelled, 0) AS requisitions_cancelled,
    coalesce(r.requisitions_urgent, 0) AS requisitions_urgent,
    coalesce(r.requisitions_overdue, 0) AS requisitions_overdue,
    CAST(coalesce(r.requisition_value, 0) AS DECIMAL(18, 2)) AS requisition_value,

    coalesce(q.rfqs, 0) AS rfqs,
    coalesce(q.rfqs_draft, 0) AS rfqs_draft,
    coalesce(q.rfqs_published, 0) AS rfqs_published,
    coalesce(q.rfqs_response_period, 0) AS rfqs_response_period,
    coalesce(q.rfqs_evaluation, 0) AS rfqs_evaluation,
    coalesce(q.rfqs_awarded, 0) AS rfqs_awarded,
    coalesce(q.rfqs_cancelled, 0) AS rfqs_cancelled,
    coalesce(q.rfqs_past_deadline, 0) AS rfqs_past_deadline,
    CAST(coalesce(q.rfq_value, 0) AS DECIMAL(18, 2)) AS rfq_value,

    coalesce(s.quotations, 0) AS quotations,
    coalesce(s.quotations_submitted, 0) AS quotations_submitted,
    coalesce(s.quotations_shortlisted, 0) AS quotations_shortlisted,
    coalesce(s.quotations_awarded, 0) AS quotations_awarded,
    coalesce(s.quotations_late, 0) AS quotations_late,
    CAST(s.quotation_days AS DECIMAL(9, 2)) AS quotation_days,
    CAST(coalesce(s.quotation_value, 0) AS DECIMAL(18, 2)) AS quotation_value,

    coalesce(po.purchase_orders, 0) AS purchase_orders,
    coalesce(po.purchase_orders_created, 0) AS purchase_orders_created,
    coalesce(po.purchase_orders_released, 0) AS purchase_orders_released,
    coalesce(po.purchase_orders_cancelled, 0) AS purchase_orders_cancelled,
    coalesce(po.suppliers_ordered_from, 0) AS suppliers_ordered_from,
    CAST(coalesce(po.purchase_order_value, 0) AS DECIMAL(18, 2)) AS purchase_order_value,

    coalesce(er.erp_requisitions, 0) AS erp_requisitions,
    coalesce(er.erp_requisitions_pending, 0) AS erp_requisitions_pending,
    coalesce(er.erp_requisitions_approved, 0) AS erp_requisitions_approved,
    coalesce(er.erp_requisitions_rejected, 0) AS erp_requisitions_rejected,
    coalesce(el.erp_requisition_lines, 0) AS erp_requisition_lines,
    CAST(coalesce(el.erp_requisition_quantity, 0) AS DECIMAL(18, 4)) AS erp_requisition_quantity
FROM days AS d
LEFT JOIN requisitions AS r USING (pipeline_date)
LEFT JOIN rfqs AS q USING (pipeline_date)
LEFT JOIN quotations AS s USING (pipeline_date)
LEFT JOIN purchase_orders AS po USING (pipeline_date)
LEFT JOIN erp_requisitions AS er USING (pipeline_date)
LEFT JOIN erp_requisition_lines AS el USING (pipeline_date)
