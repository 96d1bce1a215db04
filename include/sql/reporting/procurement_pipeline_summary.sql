/* ---
description: Requisitions, quotation requests, quotations and purchase orders per day, by stage.
category: inventory
reads: [supplier, erp, financial]
grain: [pipeline_date]
load: window
lookback: 120 days
owner: procurement
checks:
  - {check: exchange_rates_hold, level: fail}
  - {check: in_range, columns: [documents_without_rate], min: 0, max: 0, level: warn}
  - {check: not_negative, columns: [requisition_value, rfq_value, quotation_value, purchase_order_value,
                                    quotation_days], level: warn}
  - {check: not_ahead_of_today, level: warn}
  - {check: row_count_near_yesterday, percent: 50, level: warn}
  - {check: sum_matches_source, columns: [requisition_value], source: supplier, level: fail}
--- */
-- Each document counts on its own date with its present status. The sources never link a requisition to its quotation
-- request or purchase order, so these are counts per stage, not a funnel of documents.
-- The lookback is long because status and lateness change for months after the date of a document: requisitions are
-- required up to three months later. Quotations may be dated ahead of today.
-- The ERP keeps a second, separate list of requisitions; its lines name the requisition by number instead of id.
-- Values are in functional currency: purchase orders as macros/purchases.sql says, estimates and quotations at the rate of
-- their day.
{% from "macros/currency.sql" import at_rate_of, exchange_rates, converted, currency_of with context -%}
{% from "macros/purchases.sql" import purchase_orders with context -%}
WITH {{ exchange_rates() }},

requisitions AS (
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

rfq_groups AS (
    SELECT *
    FROM postgres_query('supplier', $$
        SELECT
            rh.rfq_date AS pipeline_date,
            {{ currency_of("rh.currency_code") }} AS currency,
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
            CAST(coalesce(sum(rh.total_estimated_value), 0) AS numeric(18, 2)) AS rfq_value
        FROM rfq_headers AS rh
        WHERE {{ window("rh.rfq_date") }}
        GROUP BY 1, 2
    $$)
),

rfqs AS (
    SELECT
        g.pipeline_date,
        sum(g.rfqs) AS rfqs,
        sum(g.rfqs_draft) AS rfqs_draft,
        sum(g.rfqs_published) AS rfqs_published,
        sum(g.rfqs_response_period) AS rfqs_response_period,
        sum(g.rfqs_evaluation) AS rfqs_evaluation,
        sum(g.rfqs_awarded) AS rfqs_awarded,
        sum(g.rfqs_cancelled) AS rfqs_cancelled,
        sum(g.rfqs_past_deadline) AS rfqs_past_deadline,
        coalesce(sum({{ converted("g.rfq_value") }}), 0) AS rfq_value,
        sum(g.rfqs) FILTER (WHERE r.rate IS NULL) AS documents_without_rate
    FROM rfq_groups AS g
    {{ at_rate_of("g.currency", "g.pipeline_date") | indent(4) }}
    GROUP BY g.pipeline_date
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
        coalesce(sum({{ converted("q.total_quoted_value") }}), 0) AS quotation_value,
        count(*) FILTER (WHERE r.rate IS NULL) AS documents_without_rate
    FROM postgres_query('supplier', $$
        SELECT
            rr.response_date,
            rr.response_status,
            rr.total_quoted_value,
            {{ currency_of("rr.currency_code") }} AS currency,
            rh.rfq_date,
            rh.response_deadline
        FROM rfq_responses AS rr
        LEFT JOIN rfq_headers AS rh ON rh.rfq_id = rr.rfq_id
        WHERE {{ window("rr.response_date") }}
    $$) AS q
    {{ at_rate_of("q.currency", "CAST(q.response_date AS DATE)") | indent(4) }}
    GROUP BY ALL
),

ordered AS (
    {{ purchase_orders(window("po.po_date")) | indent(4) }}
),

purchase_orders AS (
    SELECT
        po.po_date AS pipeline_date,
        count(*) AS purchase_orders,
        count(*) FILTER (WHERE po.po_status = 'created') AS purchase_orders_created,
        count(*) FILTER (WHERE po.po_status NOT IN ('created', 'cancelled')) AS purchase_orders_released,
        count(*) FILTER (WHERE po.po_status = 'cancelled') AS purchase_orders_cancelled,
        count(DISTINCT po.supplier_id) AS suppliers_ordered_from,
        coalesce(sum(po.order_value), 0) AS purchase_order_value,
        count(*) FILTER (WHERE po.document_rate IS NULL AND po.is_valid) AS documents_without_rate
    FROM ordered AS po
    GROUP BY po.po_date
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
    CAST(
        coalesce(q.documents_without_rate, 0) + coalesce(s.documents_without_rate, 0)
        + coalesce(po.documents_without_rate, 0) AS BIGINT
    ) AS documents_without_rate,

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

    CAST(coalesce(q.rfqs, 0) AS BIGINT) AS rfqs,
    CAST(coalesce(q.rfqs_draft, 0) AS BIGINT) AS rfqs_draft,
    CAST(coalesce(q.rfqs_published, 0) AS BIGINT) AS rfqs_published,
    CAST(coalesce(q.rfqs_response_period, 0) AS BIGINT) AS rfqs_response_period,
    CAST(coalesce(q.rfqs_evaluation, 0) AS BIGINT) AS rfqs_evaluation,
    CAST(coalesce(q.rfqs_awarded, 0) AS BIGINT) AS rfqs_awarded,
    CAST(coalesce(q.rfqs_cancelled, 0) AS BIGINT) AS rfqs_cancelled,
    CAST(coalesce(q.rfqs_past_deadline, 0) AS BIGINT) AS rfqs_past_deadline,
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
