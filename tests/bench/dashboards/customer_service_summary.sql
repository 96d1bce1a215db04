-- name: priorities_over_30_days
SELECT
    priority,
    SUM(tickets) AS tickets,
    SUM(tickets_unresolved) AS tickets_unresolved,
    100 * SUM(answered_in_time) / SUM(tickets_answered + response_open_overdue) AS response_sla_pct,
    100 * SUM(resolved_in_time) / SUM(tickets_resolved + resolution_open_overdue) AS resolution_sla_pct
FROM customer_service_summary
WHERE service_date > :service_date - INTERVAL 30 DAY
    AND service_date <= :service_date
GROUP BY priority
ORDER BY priority;

-- name: ten_customers_with_most_breaches_this_month
SELECT
    customer_id,
    customer_name,
    SUM(tickets) AS tickets,
    SUM(response_breaches) AS response_breaches,
    SUM(resolution_breaches) AS resolution_breaches
FROM customer_service_summary
WHERE service_date >= DATE_FORMAT(:service_date, '%Y-%m-01')
    AND service_date <= :service_date
GROUP BY customer_id, customer_name
ORDER BY resolution_breaches DESC
LIMIT 10;

-- name: a_customer_by_month_over_12_months
SELECT
    DATE_FORMAT(service_date, '%Y-%m') AS month,
    SUM(tickets) AS tickets,
    SUM(resolution_minutes) / SUM(tickets_resolved) AS average_resolution_minutes,
    SUM(csat_total) / SUM(csat_responses) AS csat_average
FROM customer_service_summary
WHERE customer_id = :customer_id
    AND service_date > :service_date - INTERVAL 12 MONTH
    AND service_date <= :service_date
GROUP BY month
ORDER BY month;
