/* ---
description: Returns, warranty claims, RMA requests and complaints with their cost, per customer and month.
category: sales
reads: [tms, service, quality, erp, crm, financial, master]
grain: [period_month, customer_id]
load: window
lookback: 45 days
owner: customer service
checks:
  - {check: exchange_rates_hold, level: fail}
  - {check: in_range, columns: [documents_without_rate], min: 0, max: 0, level: warn}
  - {check: in_range, columns: [claims_not_adding_up], min: 0, max: 0, level: warn}
  - {check: not_negative, columns: [refund_amount, claimed_amount, warranty_cost, complaint_cost], level: warn}
  - {check: known_member, columns: [customer_id], level: warn}
  - {check: not_ahead_of_today, level: warn}
--- */

/*
A row stands for every month in which the customer ordered, returned, claimed, requested an RMA or complained.
Returns and RMA requests count in the month of their creation, the only date that they carry; claims by claim date;
complaints by complaint date, which may lie far ahead of today.
Warranty cost is warranty_coverage of approved claims: coverage and the customer's share do not add up to the claim's
total in the source, so the total is shown, not derived from, and such claims are counted.
Warranty registrations hold customer ids in account_id, RMA requests account ids of CRM; both resolve to the customer.
Refunds count when the return order is created: the source never marks one as paid. The refunds of RMA requests and the
cost of complaints stand beside, but are not added to the cost: the return order of the same case refunds them already.
Revenue is the net revenue of order lines as macros/sales.sql defines it. Cancelled return orders do not count.
*/

{% from "macros/currency.sql" import exchange_rates with context -%}
{% from "macros/documents.sql" import is_valid -%}
{% from "macros/ratios.sql" import margin_pct -%}
{% from "macros/sales.sql" import sales_lines with context -%}
WITH {{ exchange_rates() }},

accounts AS (
    SELECT
        a.account_id,
        a.customer_id,
        a.account_name
    FROM postgres_query('crm', $$ SELECT a.account_id, a.customer_id, a.account_name FROM accounts AS a $$) AS a
),

customer_names AS (
    SELECT
        a.customer_id,
        arg_min(a.account_name, a.account_id) AS customer_name
    FROM accounts AS a
    GROUP BY a.customer_id
),

monthly_returns AS (
    SELECT
        strftime(ro.created_at, '%Y-%m') AS period_month,
        ro.customer_id,
        count(*) AS return_orders,
        count(*) FILTER (WHERE ro.return_reason = 'damaged') AS returns_damaged,
        count(*) FILTER (WHERE ro.return_reason = 'defective') AS returns_defective,
        count(*) FILTER (WHERE ro.return_reason = 'wrong_item') AS returns_wrong_item,
        count(*) FILTER (WHERE ro.return_reason = 'customer_request') AS returns_customer_request,
        count(*) FILTER (WHERE ro.return_status = 'processed') AS returns_processed,
        count(*) FILTER (WHERE ro.return_status IS DISTINCT FROM 'processed') AS returns_open,
        sum(ro.refund_amount) AS refund_amount
    FROM postgres_query('tms', $$
        SELECT ro.created_at, ro.customer_id, ro.return_reason, ro.return_status, ro.refund_amount
        FROM return_orders AS ro
        WHERE {{ window("ro.created_at") }} AND {{ is_valid("ro.return_status") }}
    $$) AS ro
    GROUP BY 1, 2
),

monthly_claims AS (
    SELECT
        strftime(wc.claim_date, '%Y-%m') AS period_month,
        coalesce(a.customer_id, wc.account_id) AS customer_id,
        count(*) AS warranty_claims,
        count(*) FILTER (WHERE wc.approved) AS claims_approved,
        count(*) FILTER (WHERE wc.claim_status = 'rejected') AS claims_rejected,
        count(*) FILTER (WHERE wc.approved IS NOT TRUE AND wc.claim_status IS DISTINCT FROM 'rejected')
            AS claims_pending,
        sum(wc.total_claim_amount) AS claimed_amount,
        sum(wc.customer_responsibility) AS customer_responsibility_amount,
        sum(wc.warranty_coverage) FILTER (WHERE wc.approved) AS warranty_cost,
        count(*) FILTER (WHERE wc.warranty_coverage + wc.customer_responsibility <> wc.total_claim_amount)
            AS claims_not_adding_up
    FROM postgres_query('service', $$
        SELECT
            wc.claim_date, wr.account_id, wc.approved, wc.claim_status,
            wc.total_claim_amount, wc.customer_responsibility, wc.warranty_coverage
        FROM warranty_claims AS wc
        LEFT JOIN warranty_registrations AS wr ON wr.warranty_id = wc.warranty_id
        WHERE {{ window("wc.claim_date") }}
    $$) AS wc
    LEFT JOIN accounts AS a ON a.account_id = wc.account_id
    GROUP BY 1, 2
),

monthly_rmas AS (
    SELECT
        strftime(rr.created_at, '%Y-%m') AS period_month,
        a.customer_id,
        count(*) AS rma_requests,
        count(*) FILTER (WHERE rr.approved) AS rmas_approved,
        count(*) FILTER (WHERE rr.rma_status = 'completed') AS rmas_completed,
        sum(rr.refund_amount) AS rma_refund_amount
    FROM postgres_query('service', $$
        SELECT rr.created_at, rr.account_id, rr.approved, rr.rma_status, rr.refund_amount
        FROM rma_requests AS rr
        WHERE {{ window("rr.created_at") }}
    $$) AS rr
    LEFT JOIN accounts AS a ON a.account_id = rr.account_id
    GROUP BY 1, 2
),

monthly_complaints AS (
    SELECT
        strftime(cc.complaint_date, '%Y-%m') AS period_month,
        cc.customer_id,
        count(*) AS complaints,
        count(*) FILTER (WHERE cc.severity = 'critical') AS complaints_critical,
        count(*) FILTER (WHERE cc.safety_issue) AS complaints_about_safety,
        count(*) FILTER (WHERE coalesce(cc.complaint_status, 'open') NOT IN ('resolved', 'closed')) AS complaints_open,
        sum(cc.quantity_affected) AS complaint_quantity,
        sum(cc.total_cost) AS complaint_cost
    FROM postgres_query('quality', $$
        SELECT
            cc.complaint_date, cc.customer_id, cc.severity, cc.safety_issue, cc.complaint_status,
            cc.quantity_affected, cc.total_cost
        FROM customer_complaints AS cc
        WHERE {{ window("cc.complaint_date") }}
    $$) AS cc
    GROUP BY 1, 2
),

order_revenue AS (
    {{ sales_lines(["so.order_date", "so.customer_id"], window("so.order_date")) | indent(4) }}
),

monthly_revenue AS (
    SELECT
        strftime(o.order_date, '%Y-%m') AS period_month,
        o.customer_id,
        sum(o.net_revenue) AS net_revenue,
        sum(o.order_lines) FILTER (WHERE o.net_revenue IS NULL) AS documents_without_rate
    FROM order_revenue AS o
    GROUP BY 1, 2
),

all_sources AS (
    FROM monthly_returns
    UNION ALL BY NAME FROM monthly_claims
    UNION ALL BY NAME FROM monthly_rmas
    UNION ALL BY NAME FROM monthly_complaints
    UNION ALL BY NAME FROM monthly_revenue
),

customer_months AS (
    SELECT
        s.period_month,
        coalesce(c.customer_id, 'UNKNOWN') AS customer_id,
        sum(s.net_revenue) AS net_revenue,
        coalesce(sum(s.documents_without_rate), 0) AS documents_without_rate,
        coalesce(sum(s.return_orders), 0) AS return_orders,
        coalesce(sum(s.returns_damaged), 0) AS returns_damaged,
        coalesce(sum(s.returns_defective), 0) AS returns_defective,
        coalesce(sum(s.returns_wrong_item), 0) AS returns_wrong_item,
        coalesce(sum(s.returns_customer_request), 0) AS returns_customer_request,
        coalesce(sum(s.returns_processed), 0) AS returns_processed,
        coalesce(sum(s.returns_open), 0) AS returns_open,
        coalesce(sum(s.refund_amount), 0) AS refund_amount,
        coalesce(sum(s.warranty_claims), 0) AS warranty_claims,
        coalesce(sum(s.claims_approved), 0) AS claims_approved,
        coalesce(sum(s.claims_rejected), 0) AS claims_rejected,
        coalesce(sum(s.claims_pending), 0) AS claims_pending,
        coalesce(sum(s.claimed_amount), 0) AS claimed_amount,
        coalesce(sum(s.customer_responsibility_amount), 0) AS customer_responsibility_amount,
        coalesce(sum(s.warranty_cost), 0) AS warranty_cost,
        coalesce(sum(s.claims_not_adding_up), 0) AS claims_not_adding_up,
        coalesce(sum(s.rma_requests), 0) AS rma_requests,
        coalesce(sum(s.rmas_approved), 0) AS rmas_approved,
        coalesce(sum(s.rmas_completed), 0) AS rmas_completed,
        coalesce(sum(s.rma_refund_amount), 0) AS rma_refund_amount,
        coalesce(sum(s.complaints), 0) AS complaints,
        coalesce(sum(s.complaints_critical), 0) AS complaints_critical,
        coalesce(sum(s.complaints_about_safety), 0) AS complaints_about_safety,
        coalesce(sum(s.complaints_open), 0) AS complaints_open,
        coalesce(sum(s.complaint_quantity), 0) AS complaint_quantity,
        coalesce(sum(s.complaint_cost), 0) AS complaint_cost
    FROM all_sources AS s
    LEFT JOIN postgres_query('master', $$ SELECT c.customer_id FROM customers AS c $$) AS c
        ON c.customer_id = s.customer_id
    GROUP BY ALL
)

SELECT
    k.period_month,
    k.customer_id,
    n.customer_name,
    '{{ rules.currency }}' AS currency,
    CAST(coalesce(k.net_revenue, 0) AS DECIMAL(18, 2)) AS net_revenue,
    CAST(k.documents_without_rate AS BIGINT) AS documents_without_rate,
    k.return_orders,
    k.returns_damaged,
    k.returns_defective,
    k.returns_wrong_item,
    k.returns_customer_request,
    k.returns_processed,
    k.returns_open,
    CAST(k.refund_amount AS DECIMAL(18, 2)) AS refund_amount,
    k.warranty_claims,
    k.claims_approved,
    k.claims_rejected,
    k.claims_pending,
    CAST(k.claimed_amount AS DECIMAL(18, 2)) AS claimed_amount,
    CAST(k.customer_responsibility_amount AS DECIMAL(18, 2)) AS customer_responsibility_amount,
    CAST(k.warranty_cost AS DECIMAL(18, 2)) AS warranty_cost,
    k.claims_not_adding_up,
    k.rma_requests,
    k.rmas_approved,
    k.rmas_completed,
    CAST(k.rma_refund_amount AS DECIMAL(18, 2)) AS rma_refund_amount,
    k.complaints,
    k.complaints_critical,
    k.complaints_about_safety,
    k.complaints_open,
    CAST(k.complaint_quantity AS DECIMAL(18, 4)) AS complaint_quantity,
    CAST(k.complaint_cost AS DECIMAL(18, 2)) AS complaint_cost,
    CAST(k.refund_amount + k.warranty_cost AS DECIMAL(18, 2)) AS returns_warranty_cost,
    {{ margin_pct("returns_warranty_cost", "k.net_revenue", "DECIMAL(12, 2)") }} AS cost_to_revenue_pct
FROM customer_months AS k
LEFT JOIN customer_names AS n ON n.customer_id = k.customer_id
