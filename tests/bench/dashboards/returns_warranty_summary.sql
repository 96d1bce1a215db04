-- name: ten_customers_by_cost_in_a_month
SELECT
    customer_id,
    customer_name,
    returns_warranty_cost,
    cost_to_revenue_pct,
    return_orders,
    warranty_claims,
    complaints_open
FROM returns_warranty_summary
WHERE period_month = :period_month
ORDER BY returns_warranty_cost DESC
LIMIT 10;

-- name: all_customers_by_month_over_a_quarter
SELECT
    period_month,
    SUM(return_orders) AS return_orders,
    SUM(refund_amount) AS refund_amount,
    SUM(warranty_cost) AS warranty_cost,
    100 * SUM(returns_warranty_cost) / SUM(net_revenue) AS cost_to_revenue_pct
FROM returns_warranty_summary
WHERE period_month > DATE_FORMAT(CONCAT(:period_month, '-01') - INTERVAL 3 MONTH, '%Y-%m')
    AND period_month <= :period_month
GROUP BY period_month
ORDER BY period_month;

-- name: a_customer_over_12_months
SELECT
    period_month,
    return_orders,
    refund_amount,
    warranty_claims,
    warranty_cost,
    complaints
FROM returns_warranty_summary
WHERE customer_id = :customer_id
    AND period_month > DATE_FORMAT(CONCAT(:period_month, '-01') - INTERVAL 12 MONTH, '%Y-%m')
    AND period_month <= :period_month
ORDER BY period_month;
