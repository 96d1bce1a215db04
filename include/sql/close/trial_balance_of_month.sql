-- What was posted in a month, as closed: debit, credit and what they lack to balance, by ledger, company and account.
SELECT
    source_ledger,
    company_code,
    account_code,
    SUM(debit_amount) AS debit_amount,
    SUM(credit_amount) AS credit_amount,
    SUM(net_amount) AS difference
FROM trial_balance_daily
WHERE posting_date BETWEEN %(first)s AND %(last)s
GROUP BY source_ledger, company_code, account_code
ORDER BY source_ledger, company_code, account_code
