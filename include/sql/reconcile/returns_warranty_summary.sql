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
