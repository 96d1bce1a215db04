-- name: funnel_on_a_day
SELECT
    stage,
    SUM(opportunities) AS opportunities,
    SUM(amount) AS amount,
    SUM(weighted_amount) AS weighted_amount
FROM sales_pipeline_summary
WHERE snapshot_date = :snapshot_date
GROUP BY stage, stage_order
ORDER BY stage_order;

-- name: ten_customers_with_most_to_win_now
SELECT
    customer_id,
    customer_name,
    SUM(open_amount) AS open_amount,
    SUM(closing_in_30_days_amount) AS closing_in_30_days_amount,
    SUM(overdue_amount) AS overdue_amount
FROM sales_pipeline_summary
WHERE snapshot_date = (SELECT MAX(snapshot_date) FROM sales_pipeline_summary)
GROUP BY customer_id, customer_name
ORDER BY open_amount DESC
LIMIT 10;

-- name: a_customer_by_day_over_30_days
SELECT
    snapshot_date,
    SUM(open_opportunities) AS open_opportunities,
    SUM(open_amount) AS open_amount,
    SUM(won_amount) AS won_amount
FROM sales_pipeline_summary
WHERE customer_id = :customer_id
    AND snapshot_date > :snapshot_date - INTERVAL 30 DAY
    AND snapshot_date <= :snapshot_date
GROUP BY snapshot_date
ORDER BY snapshot_date;
