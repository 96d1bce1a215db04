-- name: ten_customers_by_revenue_year_to_date
SELECT
    customer_id,
    customer_name,
    customer_region,
    ytd_order_count,
    ytd_net_revenue
FROM customer_performance_ytd
WHERE period_month = :period_month
ORDER BY ytd_net_revenue DESC
LIMIT 10;

-- name: customers_at_risk_in_a_month
SELECT
    customer_id,
    customer_name,
    account_owner,
    churn_score,
    days_since_last_order,
    tickets_last_30_days,
    csat_average
FROM customer_performance_ytd
WHERE period_month = :period_month
    AND churn_risk = :churn_risk
ORDER BY churn_score DESC;

-- name: a_customer_over_12_months
SELECT
    period_month,
    net_revenue,
    ytd_net_revenue,
    order_count,
    ticket_count,
    csat_average,
    churn_score
FROM customer_performance_ytd
WHERE customer_id = :customer_id
    AND period_month > DATE_FORMAT(CONCAT(:period_month, '-01') - INTERVAL 12 MONTH, '%Y-%m')
    AND period_month <= :period_month
ORDER BY period_month;
