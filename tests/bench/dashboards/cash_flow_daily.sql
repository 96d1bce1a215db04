-- name: last_30_days
SELECT
    cash_flow_date,
    total_inflow,
    total_outflow,
    net_cash_flow,
    receivables_balance,
    payables_balance
FROM cash_flow_daily
WHERE cash_flow_date > :cash_flow_date - INTERVAL 30 DAY
    AND cash_flow_date <= :cash_flow_date
ORDER BY cash_flow_date;

-- name: next_four_weeks
SELECT
    YEARWEEK(cash_flow_date, 3) AS week,
    SUM(customer_receipts) AS customer_receipts,
    SUM(supplier_payments) AS supplier_payments,
    SUM(payroll_payments) AS payroll_payments,
    SUM(net_cash_flow) AS net_cash_flow
FROM cash_flow_daily
WHERE cash_flow_date >= :cash_flow_date
    AND cash_flow_date < :cash_flow_date + INTERVAL 28 DAY
GROUP BY week
ORDER BY week;

-- name: year_to_date_by_month
SELECT
    DATE_FORMAT(cash_flow_date, '%Y-%m') AS month,
    SUM(total_inflow) AS total_inflow,
    SUM(total_outflow) AS total_outflow,
    SUM(net_cash_flow) AS net_cash_flow,
    AVG(dso_days) AS dso_days,
    AVG(dpo_days) AS dpo_days
FROM cash_flow_daily
WHERE cash_flow_date >= MAKEDATE(YEAR(:cash_flow_date), 1)
    AND cash_flow_date <= :cash_flow_date
GROUP BY month
ORDER BY month;
