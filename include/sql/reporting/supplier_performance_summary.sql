/* ---
description: Delivery, quality, scores, spend, invoices, audits and quotation response per supplier and month.
category: inventory
reads: [supplier, quality, erp, financial]
grain: [metric_month, supplier_id]
load: window
lookback: 31 days
owner: procurement
checks:
  - {check: exchange_rates_hold, level: fail}
  - {check: in_range, columns: [documents_without_rate], min: 0, max: 0, level: warn}
  - {check: in_range, columns: [invoice_match_pct, rfq_response_rate_pct], min: 0, max: 100, level: fail}
  - {check: in_range, columns: [spend_share_pct, quantity_acceptance_pct, acceptance_rate_pct],
      min: 0, max: 100, level: warn}
  - {check: in_range, columns: [portal_on_time_delivery_pct, portal_quality_acceptance_pct],
      min: 0, max: 100, level: warn}
  - {check: in_range, columns: [delivery_score, quality_score, overall_score, qms_quality_score, audit_score],
      min: 0, max: 100, level: warn}
  - {check: in_range, columns: [defect_ppm], min: 0, max: 1000000, level: warn}
  - {check: not_negative, columns: [purchase_spend, cost_of_poor_quality, invoice_amount], level: warn}
  - {check: known_member, columns: [supplier_id], level: warn}
--- */
-- One row per supplier and month in which any source knows something about the supplier: purchase orders exist for more
-- suppliers and months than portal metrics do, and leaving them out would understate spend.
-- Each figure comes from its owner: orders and spend from the ERP; accepted and rejected quantity, defects and ppm from
-- quality management. The portal's quantity_accepted, quantity_rejected, defect_ppm and total_spend are never filled.
-- The portal's order counts and its on-time percentage contradict each other: both are shown unchanged.
-- Quality management pads supplier ids to five digits (SUP-00001), the other sources to six. Its quantities do not add
-- up (accepted + rejected is not received), and its total_copq is never filled: the cost is added up here.
-- Invoices name purchase orders of other suppliers, so they are counted by their own supplier only.
-- What is said of suppliers that the ERP does not know stands under supplier UNKNOWN. The portal rates one supplier:
-- its figures and the scorecards are NULL there.
-- Orders are valued as macros/purchases.sql says, invoices as macros/open_items.sql: in functional currency, at the rate
-- that the document states or that of its day.
{% from "macros/ratios.sql" import sum_where_known -%}
{% from "macros/currency.sql" import exchange_rates with context -%}
{% from "macros/open_items.sql" import supplier_invoices with context -%}
{% from "macros/purchases.sql" import purchase_orders with context -%}
WITH {{ exchange_rates() }},

suppliers AS (
    SELECT *
    FROM postgres_query('erp', $$
        SELECT
            s.supplier_id, s.supplier_code, s.supplier_name, s.supplier_type, s.certification_status,
            s.supplier_status
        FROM suppliers AS s
    $$)
),

portal_metrics AS (
    SELECT *
    FROM postgres_query('supplier', $$
        SELECT
            spm.metric_period AS metric_month,
            spm.supplier_id,
            spm.total_pos_issued,
            spm.pos_delivered_ontime,
            spm.ontime_delivery_pct,
            spm.average_lead_time_days,
            spm.total_quantity_received,
            spm.quality_acceptance_pct,
            spm.response_rate_pct,
            spm.certifications_valid,
            spm.documentation_complete,
            spm.overall_score,
            spm.performance_rating
        FROM supplier_performance_metrics AS spm
        WHERE spm.metric_period >= to_char(DATE '{{ window.start }}', 'YYYY-MM')
            AND spm.metric_period < to_char(DATE '{{ window.end }}', 'YYYY-MM')
    $$)
),

-- One month more than the window, for the change against the month before.
scorecards AS (
    SELECT
        sc.scorecard_period AS metric_month,
        strftime(try_strptime(sc.scorecard_period, '%Y-%m') + INTERVAL 1 MONTH, '%Y-%m') AS following_month,
        sc.supplier_id,
        sc.delivery_score,
        sc.quality_score,
        sc.responsiveness_score,
        sc.commercial_score,
        sc.sustainability_score,
        sc.overall_score,
        sc.supplier_rating,
        sc.action_required
    FROM postgres_query('supplier', $$
        SELECT
            sc.scorecard_period, sc.supplier_id, sc.delivery_score, sc.quality_score, sc.responsiveness_score,
            sc.commercial_score, sc.sustainability_score, sc.overall_score, sc.supplier_rating, sc.action_required
        FROM supplier_scorecards AS sc
        WHERE sc.scorecard_period >= to_char(DATE '{{ window.start }}' - INTERVAL '1 month', 'YYYY-MM')
            AND sc.scorecard_period < to_char(DATE '{{ window.end }}', 'YYYY-MM')
    $$) AS sc
),

ordered AS (
    {{ purchase_orders(window("po.po_date")) | indent(4) }}
),

purchase_orders AS (
    SELECT
        strftime(po.po_date, '%Y-%m') AS metric_month,
        coalesce(s.supplier_id, 'UNKNOWN') AS supplier_id,
        count(*) AS purchase_orders,
        count(*) FILTER (WHERE po.po_status <> 'created') AS purchase_orders_released,
        count(*) FILTER (WHERE po.document_rate IS NULL) AS documents_without_rate,
        coalesce(sum(po.order_value), 0) AS purchase_spend
    FROM ordered AS po
    LEFT JOIN suppliers AS s ON s.supplier_id = po.supplier_id
    WHERE po.is_valid
    GROUP BY ALL
),

invoiced AS (
    {{ supplier_invoices(window("si.invoice_date")) | indent(4) }}
),

invoices AS (
    SELECT
        strftime(si.invoice_date, '%Y-%m') AS metric_month,
        coalesce(s.supplier_id, 'UNKNOWN') AS supplier_id,
        count(*) AS invoices,
        count(*) FILTER (WHERE si.matching_status = 'matched') AS invoices_matched,
        count(*) FILTER (WHERE si.matching_status = 'variance') AS invoices_with_variance,
        count(*) FILTER (WHERE si.payment_status = 'paid') AS invoices_paid,
        count(*) FILTER (WHERE si.document_rate IS NULL) AS documents_without_rate,
        sum(si.amount) AS invoice_amount,
        coalesce(sum(si.open_amount), 0) AS invoice_unpaid_amount
    FROM invoiced AS si
    LEFT JOIN suppliers AS s ON s.supplier_id = si.supplier_id
    GROUP BY ALL
),

quality AS (
    SELECT
        sqm.metric_period AS metric_month,
        coalesce(s.supplier_id, 'UNKNOWN') AS supplier_id,
        sum(sqm.total_receipts) AS receipts,
        sum(sqm.receipts_inspected) AS receipts_inspected,
        sum(sqm.receipts_accepted) AS receipts_accepted,
        sum(sqm.receipts_rejected) AS receipts_rejected,
        sum(sqm.total_quantity_received) AS quantity_received,
        sum(sqm.quantity_accepted) AS quantity_accepted,
        sum(sqm.quantity_rejected) AS quantity_rejected,
        {{ sum_where_known("sqm.quantity_accepted", "sqm.quantity_rejected") }} AS judged_accepted,
        {{ sum_where_known("sqm.quantity_rejected", "sqm.quantity_accepted") }} AS judged_rejected,
        sum(sqm.total_defects) AS defects,
        sum(sqm.critical_defects) AS critical_defects,
        sum(sqm.major_defects) AS major_defects,
        sum(sqm.minor_defects) AS minor_defects,
        sum(sqm.defect_ppm) / count(sqm.defect_ppm) AS defect_ppm,
        sum(sqm.acceptance_rate_pct) / count(sqm.acceptance_rate_pct) AS acceptance_rate_pct,
        sum(sqm.quality_score) / count(sqm.quality_score) AS qms_quality_score,
        sum(sqm.ncr_count) AS ncrs,
        sum(sqm.capa_count) AS capas,
        sum(sqm.capa_effectiveness_pct) / count(sqm.capa_effectiveness_pct) AS capa_effectiveness_pct,
        sum(sqm.rejection_cost) AS rejection_cost,
        sum(sqm.rework_cost) AS rework_cost,
        sum(sqm.sorting_cost) AS sorting_cost,
        sum(coalesce(sqm.rejection_cost, 0) + coalesce(sqm.rework_cost, 0) + coalesce(sqm.sorting_cost, 0))
            AS cost_of_poor_quality
    FROM postgres_query('quality', $$
        SELECT
            sqm.metric_period, sqm.supplier_id,
            sqm.total_receipts, sqm.receipts_inspected, sqm.receipts_accepted, sqm.receipts_rejected,
            sqm.total_quantity_received, sqm.quantity_accepted, sqm.quantity_rejected,
            sqm.total_defects, sqm.critical_defects, sqm.major_defects, sqm.minor_defects, sqm.defect_ppm,
            sqm.acceptance_rate_pct, sqm.quality_score, sqm.ncr_count, sqm.capa_count, sqm.capa_effectiveness_pct,
            sqm.rejection_cost, sqm.rework_cost, sqm.sorting_cost
        FROM supplier_quality_metrics AS sqm
        WHERE sqm.metric_period >= to_char(DATE '{{ window.start }}', 'YYYY-MM')
            AND sqm.metric_period < to_char(DATE '{{ window.end }}', 'YYYY-MM')
    $$) AS sqm
    LEFT JOIN suppliers AS s ON s.supplier_id = regexp_replace(sqm.supplier_id, '^SUP-([0-9]{5})$', 'SUP-0\1')
    GROUP BY ALL
),

audits AS (
    SELECT
        strftime(sa.actual_date, '%Y-%m') AS metric_month,
        coalesce(s.supplier_id, 'UNKNOWN') AS supplier_id,
        count(*) AS audits,
        sum(sa.audit_score) / count(sa.audit_score) AS audit_score,
        coalesce(sum(sa.major_findings), 0) AS audit_major_findings,
        coalesce(sum(sa.minor_findings), 0) AS audit_minor_findings,
        coalesce(sum(sa.observations), 0) AS audit_observations
    FROM postgres_query('supplier', $$
        SELECT
            sa.actual_date, sa.supplier_id, sa.audit_score, sa.major_findings, sa.minor_findings, sa.observations
        FROM supplier_audits AS sa
        WHERE {{ window("sa.actual_date") }}
    $$) AS sa
    LEFT JOIN suppliers AS s ON s.supplier_id = sa.supplier_id
    GROUP BY ALL
),

rfq_invitations AS (
    SELECT
        strftime(rs.invited_date, '%Y-%m') AS metric_month,
        coalesce(s.supplier_id, 'UNKNOWN') AS supplier_id,
        count(*) AS rfq_invitations,
        count(*) FILTER (WHERE rs.response_status = 'responded') AS rfq_responses,
        count(*) FILTER (WHERE rs.response_status = 'declined') AS rfq_declined
    FROM postgres_query('supplier', $$
        SELECT rs.invited_date, rs.supplier_id, rs.response_status
        FROM rfq_suppliers AS rs
        WHERE {{ window("rs.invited_date") }}
    $$) AS rs
    LEFT JOIN suppliers AS s ON s.supplier_id = rs.supplier_id
    GROUP BY ALL
),

rated_by_portal AS (
    SELECT metric_month, supplier_id FROM portal_metrics
    UNION
    SELECT metric_month, supplier_id FROM scorecards
    WHERE metric_month >= strftime(DATE '{{ window.start }}', '%Y-%m')
),

supplier_months AS (
    SELECT rp.metric_month, coalesce(s.supplier_id, 'UNKNOWN') AS supplier_id
    FROM rated_by_portal AS rp
    LEFT JOIN suppliers AS s ON s.supplier_id = rp.supplier_id
    UNION
    SELECT metric_month, supplier_id FROM purchase_orders
    UNION
    SELECT metric_month, supplier_id FROM invoices
    UNION
    SELECT metric_month, supplier_id FROM quality
    UNION
    SELECT metric_month, supplier_id FROM audits
    UNION
    SELECT metric_month, supplier_id FROM rfq_invitations
)

SELECT
    sm.metric_month,
    sm.supplier_id,
    s.supplier_code,
    s.supplier_name,
    s.supplier_type,
    s.certification_status,
    s.supplier_status,

    coalesce(po.purchase_orders, 0) AS purchase_orders,
    coalesce(po.purchase_orders_released, 0) AS purchase_orders_released,
    coalesce(po.documents_without_rate, 0) + coalesce(i.documents_without_rate, 0) AS documents_without_rate,
    CAST(coalesce(po.purchase_spend, 0) AS DECIMAL(18, 2)) AS purchase_spend,
    CAST(
        100 * coalesce(po.purchase_spend, 0) / nullif(sum(po.purchase_spend) OVER (PARTITION BY sm.metric_month), 0)
        AS DECIMAL(9, 2)
    ) AS spend_share_pct,

    pm.total_pos_issued AS portal_orders_issued,
    pm.pos_delivered_ontime AS portal_orders_on_time,
    pm.ontime_delivery_pct AS portal_on_time_delivery_pct,
    pm.average_lead_time_days AS portal_lead_time_days,
    pm.total_quantity_received AS portal_quantity_received,
    pm.quality_acceptance_pct AS portal_quality_acceptance_pct,
    pm.response_rate_pct AS portal_response_rate_pct,
    pm.certifications_valid,
    pm.documentation_complete,

    sc.delivery_score,
    sc.quality_score,
    sc.responsiveness_score,
    sc.commercial_score,
    sc.sustainability_score,
    coalesce(sc.overall_score, pm.overall_score) AS overall_score,
    CAST(sc.overall_score - before.overall_score AS DECIMAL(9, 2)) AS overall_score_change,
    coalesce(sc.supplier_rating, pm.performance_rating) AS supplier_rating,
    sc.action_required,

    q.receipts,
    q.receipts_inspected,
    q.receipts_accepted,
    q.receipts_rejected,
    CAST(q.quantity_received AS DECIMAL(18, 4)) AS quantity_received,
    CAST(q.quantity_accepted AS DECIMAL(18, 4)) AS quantity_accepted,
    CAST(q.quantity_rejected AS DECIMAL(18, 4)) AS quantity_rejected,
    CAST(100 * q.judged_accepted / nullif(q.judged_accepted + q.judged_rejected, 0) AS DECIMAL(9, 2))
        AS quantity_acceptance_pct,
    CAST(q.acceptance_rate_pct AS DECIMAL(9, 2)) AS acceptance_rate_pct,
    q.defects,
    q.critical_defects,
    q.major_defects,
    q.minor_defects,
    CAST(q.defect_ppm AS DECIMAL(18, 2)) AS defect_ppm,
    CAST(q.qms_quality_score AS DECIMAL(9, 2)) AS qms_quality_score,
    q.ncrs,
    q.capas,
    CAST(q.capa_effectiveness_pct AS DECIMAL(9, 2)) AS capa_effectiveness_pct,
    CAST(q.rejection_cost AS DECIMAL(18, 2)) AS rejection_cost,
    CAST(q.rework_cost AS DECIMAL(18, 2)) AS rework_cost,
    CAST(q.sorting_cost AS DECIMAL(18, 2)) AS sorting_cost,
    CAST(q.cost_of_poor_quality AS DECIMAL(18, 2)) AS cost_of_poor_quality,

    coalesce(i.invoices, 0) AS invoices,
    coalesce(i.invoices_matched, 0) AS invoices_matched,
    coalesce(i.invoices_with_variance, 0) AS invoices_with_variance,
    coalesce(i.invoices_paid, 0) AS invoices_paid,
    CAST(coalesce(i.invoice_amount, 0) AS DECIMAL(18, 2)) AS invoice_amount,
    CAST(coalesce(i.invoice_unpaid_amount, 0) AS DECIMAL(18, 2)) AS invoice_unpaid_amount,
    CAST(100 * i.invoices_matched / i.invoices AS DECIMAL(9, 2)) AS invoice_match_pct,

    coalesce(a.audits, 0) AS audits,
    CAST(a.audit_score AS DECIMAL(9, 2)) AS audit_score,
    coalesce(a.audit_major_findings, 0) AS audit_major_findings,
    coalesce(a.audit_minor_findings, 0) AS audit_minor_findings,
    coalesce(a.audit_observations, 0) AS audit_observations,

    coalesce(r.rfq_invitations, 0) AS rfq_invitations,
    coalesce(r.rfq_responses, 0) AS rfq_responses,
    coalesce(r.rfq_declined, 0) AS rfq_declined,
    CAST(100 * r.rfq_responses / r.rfq_invitations AS DECIMAL(9, 2)) AS rfq_response_rate_pct
FROM supplier_months AS sm
LEFT JOIN suppliers AS s USING (supplier_id)
LEFT JOIN portal_metrics AS pm USING (metric_month, supplier_id)
LEFT JOIN scorecards AS sc USING (metric_month, supplier_id)
LEFT JOIN scorecards AS before ON before.following_month = sm.metric_month AND before.supplier_id = sm.supplier_id
LEFT JOIN purchase_orders AS po USING (metric_month, supplier_id)
LEFT JOIN invoices AS i USING (metric_month, supplier_id)
LEFT JOIN quality AS q USING (metric_month, supplier_id)
LEFT JOIN audits AS a USING (metric_month, supplier_id)
LEFT JOIN rfq_invitations AS r USING (metric_month, supplier_id)
