/* --- source: erp --- */
{% from "macros/reconcile.sql" import unless_foreign with context %}
SELECT
    to_char(date_trunc('month', po.po_date), 'YYYY-MM') AS metric_month,
    count(po.purchase_order_id) AS purchase_orders,
    sum({{ unless_foreign("po.value", "po.currency") }}) AS purchase_spend,
    sum(CASE WHEN po.po_status <> 'created' THEN 1 ELSE 0 END) AS purchase_orders_released
FROM (
    SELECT
        purchase_orders.purchase_order_id,
        purchase_orders.po_date,
        purchase_orders.po_status,
        purchase_orders.currency,
        CASE
            WHEN purchase_orders.total_value IS NOT NULL THEN purchase_orders.total_value
            ELSE (
                SELECT sum(round(pol.order_quantity * pol.unit_price, 2))
                FROM purchase_order_lines AS pol
                WHERE pol.purchase_order_id = purchase_orders.purchase_order_id
                    AND NOT coalesce(pol.deletion_indicator, FALSE)
            )
        END AS value
    FROM purchase_orders
    WHERE {{ window("purchase_orders.po_date") }} AND coalesce(purchase_orders.po_status, '') <> 'cancelled'
) AS po
GROUP BY 1

/* --- source: supplier --- */
SELECT
    to_char(si.invoice_date, 'YYYY-MM') AS metric_month,
    sum(1) AS invoices,
    sum(CASE si.matching_status WHEN 'matched' THEN 1 END) AS invoices_matched,
    sum(CASE si.matching_status WHEN 'variance' THEN 1 END) AS invoices_with_variance,
    sum(CASE si.payment_status WHEN 'paid' THEN 1 END) AS invoices_paid,
    sum({{ unless_foreign("si.total_amount", "si.currency_code") }}) AS invoice_amount,
    sum({{ unless_foreign(
        "CASE si.payment_status WHEN 'paid' THEN 0 WHEN 'cancelled' THEN 0 ELSE si.total_amount - coalesce(si.paid_amount, 0) END",
        "si.currency_code",
    ) }}) AS invoice_unpaid_amount
FROM supplier_invoices AS si
WHERE {{ window("si.invoice_date") }}
GROUP BY 1

/* --- source: supplier --- */
SELECT
    to_char(sa.actual_date, 'YYYY-MM') AS metric_month,
    sum(1) AS audits,
    sum(sa.major_findings) AS audit_major_findings,
    sum(sa.minor_findings) AS audit_minor_findings,
    sum(sa.observations) AS audit_observations
FROM supplier_audits AS sa
WHERE {{ window("sa.actual_date") }}
GROUP BY 1

/* --- source: supplier --- */
SELECT
    to_char(rs.invited_date, 'YYYY-MM') AS metric_month,
    sum(1) AS rfq_invitations,
    sum(CASE rs.response_status WHEN 'responded' THEN 1 END) AS rfq_responses,
    sum(CASE rs.response_status WHEN 'declined' THEN 1 END) AS rfq_declined
FROM rfq_suppliers AS rs
WHERE {{ window("rs.invited_date") }}
GROUP BY 1

/* --- source: quality --- */
SELECT
    sqm.metric_period AS metric_month,
    sum(sqm.total_receipts) AS receipts,
    sum(sqm.receipts_inspected) AS receipts_inspected,
    sum(sqm.receipts_accepted) AS receipts_accepted,
    sum(sqm.receipts_rejected) AS receipts_rejected,
    sum(sqm.total_quantity_received) AS quantity_received,
    sum(sqm.quantity_accepted) AS quantity_accepted,
    sum(sqm.quantity_rejected) AS quantity_rejected,
    sum(sqm.total_defects) AS defects,
    sum(sqm.critical_defects) AS critical_defects,
    sum(sqm.major_defects) AS major_defects,
    sum(sqm.minor_defects) AS minor_defects,
    sum(sqm.ncr_count) AS ncrs,
    sum(sqm.capa_count) AS capas,
    sum(sqm.rejection_cost) AS rejection_cost,
    sum(sqm.rework_cost) AS rework_cost,
    sum(sqm.sorting_cost) AS sorting_cost,
    coalesce(sum(sqm.rejection_cost), 0) + coalesce(sum(sqm.rework_cost), 0) + coalesce(sum(sqm.sorting_cost), 0)
        AS cost_of_poor_quality
FROM supplier_quality_metrics AS sqm
WHERE sqm.metric_period >= '{{ window.start.strftime("%Y-%m") }}' AND sqm.metric_period < '{{ window.end.strftime("%Y-%m") }}'
GROUP BY sqm.metric_period

/* --- identities --- */
SELECT
    100 * invoices_matched / nullif(invoices, 0) AS invoice_match_pct,
    100 * rfq_responses / nullif(rfq_invitations, 0) AS rfq_response_rate_pct
