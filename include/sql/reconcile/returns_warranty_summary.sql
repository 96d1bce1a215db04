/* --- source: service --- */
SELECT
    v.period_month,
    sum(v.warranty_claims) AS warranty_claims,
    sum(v.claimed_amount) AS claimed_amount,
    sum(v.warranty_cost) AS warranty_cost,
    sum(v.rma_requests) AS rma_requests,
    sum(v.rma_refund_amount) AS rma_refund_amount
FROM (
    SELECT
        to_char(wc.claim_date, 'YYYY-MM') AS period_month,
        1 AS warranty_claims,
        wc.total_claim_amount AS claimed_amount,
        CASE WHEN wc.approved THEN wc.warranty_coverage END AS warranty_cost,
        0 AS rma_requests,
        0 AS rma_refund_amount
    FROM warranty_claims AS wc
    WHERE {{ window("wc.claim_date") }}
    UNION ALL
    SELECT to_char(rr.created_at, 'YYYY-MM'), 0, 0, 0, 1, rr.refund_amount
    FROM rma_requests AS rr
    WHERE {{ window("rr.created_at") }}
) AS v
GROUP BY v.period_month
/* --- source: service --- */
SELECT
    to_char(wc.claim_date, 'YYYY-MM') AS period_month,
    count(nullif(wc.approved, false)) AS claims_approved,
    sum(CASE wc.claim_status WHEN 'rejected' THEN 1 END) AS claims_rejected,
    sum(CASE WHEN wc.approved OR wc.claim_status = 'rejected' THEN 0 ELSE 1 END) AS claims_pending,
    sum(wc.customer_responsibility) AS customer_responsibility_amount,
    count(nullif(wc.warranty_coverage + wc.customer_responsibility - wc.total_claim_amount, 0)) AS claims_not_adding_up
FROM warranty_claims AS wc
WHERE {{ window("wc.claim_date") }}
GROUP BY 1

/* --- source: service --- */
SELECT
    to_char(rr.created_at, 'YYYY-MM') AS period_month,
    count(nullif(rr.approved, false)) AS rmas_approved,
    sum(CASE rr.rma_status WHEN 'completed' THEN 1 END) AS rmas_completed
FROM rma_requests AS rr
WHERE {{ window("rr.created_at") }}
GROUP BY 1

/* --- source: tms --- */
SELECT
    to_char(ro.created_at, 'YYYY-MM') AS period_month,
    sum(1) AS return_orders,
    sum(CASE ro.return_reason WHEN 'damaged' THEN 1 END) AS returns_damaged,
    sum(CASE ro.return_reason WHEN 'defective' THEN 1 END) AS returns_defective,
    sum(CASE ro.return_reason WHEN 'wrong_item' THEN 1 END) AS returns_wrong_item,
    sum(CASE ro.return_reason WHEN 'customer_request' THEN 1 END) AS returns_customer_request,
    sum(CASE ro.return_status WHEN 'processed' THEN 1 ELSE 0 END) AS returns_processed,
    sum(CASE ro.return_status WHEN 'processed' THEN 0 ELSE 1 END) AS returns_open,
    sum(ro.refund_amount) AS refund_amount
FROM return_orders AS ro
WHERE {{ window("ro.created_at") }} AND coalesce(ro.return_status, '') <> 'cancelled'
GROUP BY 1

/* --- source: quality --- */
SELECT
    to_char(cc.complaint_date, 'YYYY-MM') AS period_month,
    sum(1) AS complaints,
    sum(CASE cc.severity WHEN 'critical' THEN 1 END) AS complaints_critical,
    count(nullif(cc.safety_issue, false)) AS complaints_about_safety,
    sum(CASE cc.complaint_status WHEN 'resolved' THEN 0 WHEN 'closed' THEN 0 ELSE 1 END) AS complaints_open,
    sum(cc.quantity_affected) AS complaint_quantity,
    sum(cc.total_cost) AS complaint_cost
FROM customer_complaints AS cc
WHERE {{ window("cc.complaint_date") }}
GROUP BY 1

/* --- source: erp --- */
{% from "macros/reconcile.sql" import line_net, unless_foreign with context %}
SELECT
    to_char(so.order_date, 'YYYY-MM') AS period_month,
    sum({{ unless_foreign(line_net("sol"), "so.currency") }}) AS net_revenue
FROM sales_order_lines AS sol
JOIN sales_orders AS so USING (sales_order_id)
WHERE {{ window("so.order_date") }}
    AND NOT (coalesce(so.order_status, '') = 'cancelled' OR coalesce(sol.deletion_indicator, FALSE))
GROUP BY 1

/* --- identities --- */
SELECT
    refund_amount + warranty_cost AS returns_warranty_cost,
    CASE WHEN net_revenue > 0 THEN 100 * returns_warranty_cost / net_revenue END AS cost_to_revenue_pct
