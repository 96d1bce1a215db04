-- name: accounts_of_a_company_this_month
SELECT
    account_code,
    account_name,
    SUM(debit_amount) AS debit_amount,
    SUM(credit_amount) AS credit_amount,
    SUM(net_amount) AS net_amount
FROM trial_balance_daily
WHERE posting_date >= DATE_FORMAT(:posting_date, '%Y-%m-01')
    AND posting_date <= :posting_date
    AND source_ledger = :source_ledger
    AND company_code = :company_code
GROUP BY account_code, account_name
ORDER BY account_code;

-- name: a_company_by_day_over_30_days
SELECT
    posting_date,
    SUM(postings) AS postings,
    SUM(debit_amount) AS debit_amount,
    SUM(credit_amount) AS credit_amount,
    MAX(company_day_difference) AS company_day_difference
FROM trial_balance_daily
WHERE posting_date > :posting_date - INTERVAL 30 DAY
    AND posting_date <= :posting_date
    AND source_ledger = :source_ledger
    AND company_code = :company_code
GROUP BY posting_date
ORDER BY posting_date;

-- name: an_account_by_month_over_12_months
SELECT
    DATE_FORMAT(posting_date, '%Y-%m') AS month,
    SUM(debit_amount) AS debit_amount,
    SUM(credit_amount) AS credit_amount,
    SUM(net_amount) AS net_amount
FROM trial_balance_daily
WHERE account_code = :account_code
    AND source_ledger = :source_ledger
    AND company_code = :company_code
    AND posting_date > :posting_date - INTERVAL 12 MONTH
    AND posting_date <= :posting_date
GROUP BY month
ORDER BY month;
