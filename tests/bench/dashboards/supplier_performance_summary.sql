-- name: ten_suppliers_by_spend_in_a_month
SELECT
    supplier_id,
    supplier_name,
    purchase_spend,
    spend_share_pct,
    overall_score,
    supplier_rating
FROM supplier_performance_summary
WHERE metric_month = :metric_month
ORDER BY purchase_spend DESC
LIMIT 10;

-- name: ten_lowest_scores_of_a_month
SELECT
    supplier_id,
    supplier_name,
    overall_score,
    overall_score_change,
    delivery_score,
    quality_score,
    cost_of_poor_quality
FROM supplier_performance_summary
WHERE metric_month = :metric_month
    AND overall_score IS NOT NULL
ORDER BY overall_score
LIMIT 10;

-- name: a_supplier_over_12_months
SELECT
    metric_month,
    purchase_spend,
    overall_score,
    quantity_acceptance_pct,
    defect_ppm,
    invoice_match_pct
FROM supplier_performance_summary
WHERE supplier_id = :supplier_id
    AND metric_month > DATE_FORMAT(CONCAT(:metric_month, '-01') - INTERVAL 12 MONTH, '%Y-%m')
    AND metric_month <= :metric_month
ORDER BY metric_month;
