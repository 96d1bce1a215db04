-- name: accounts_of_a_period
SELECT
    account_code,
    account_name,
    account_type,
    budget_amount,
    actual_amount,
    variance_amount,
    variance_pct,
    is_favorable
FROM budget_vs_actual
WHERE period_month = :period_month
ORDER BY account_code;

-- name: ten_largest_overruns_in_a_quarter
SELECT
    account_code,
    account_name,
    SUM(budget_amount) AS budget_amount,
    SUM(actual_amount) AS actual_amount,
    SUM(variance_amount) AS variance_amount
FROM budget_vs_actual
WHERE period_month > DATE_FORMAT(CONCAT(:period_month, '-01') - INTERVAL 3 MONTH, '%Y-%m')
    AND period_month <= :period_month
    AND account_type = 'expense'
    AND is_summary = 0
GROUP BY account_code, account_name
ORDER BY variance_amount DESC
LIMIT 10;

-- name: an_account_over_12_months
SELECT
    period_month,
    budget_amount,
    actual_amount,
    variance_pct
FROM budget_vs_actual
WHERE account_code = :account_code
    AND period_month > DATE_FORMAT(CONCAT(:period_month, '-01') - INTERVAL 12 MONTH, '%Y-%m')
    AND period_month <= :period_month
ORDER BY period_month;
