/* ---
title: The trial balance rolls forward from day to day
proves: Every account of the day closes at its opening and movement, and opens where its last day before closed.
standard: SOX 404, roll-forward
level: block
materiality: 0.01
todo: Trigger reporting_load for trial_balance_daily from the first day that deviates; then clear the close.
reads: [reporting.trial_balance_daily]
--- */
SELECT
    NULL AS document,
    t.account_code AS account,
    t.company_code AS company,
    t.currency,
    CASE
        WHEN t.closing_balance <> t.opening_balance + t.debit_amount - t.credit_amount
            THEN t.closing_balance - t.opening_balance - t.debit_amount + t.credit_amount
        ELSE t.opening_balance - COALESCE(b.closing_balance, t.opening_balance)
    END AS amount,
    CONCAT(
        t.source_ledger, ': opens at ', t.opening_balance, ', closed at ', COALESCE(b.closing_balance, '-'), ' on ',
        COALESCE(b.posting_date, 'no day before'), '; debit ', t.debit_amount, ', credit ', t.credit_amount,
        ', closes at ', t.closing_balance
    ) AS detail,
    t.closing_balance <> t.opening_balance + t.debit_amount - t.credit_amount
        OR t.opening_balance <> COALESCE(b.closing_balance, t.opening_balance) AS broken
FROM trial_balance_daily AS t
LEFT JOIN (
    SELECT p.source_ledger, p.company_code, p.account_code, MAX(p.posting_date) AS posting_date
    FROM trial_balance_daily AS p
    WHERE p.posting_date < DATE '{{ day }}'
    GROUP BY p.source_ledger, p.company_code, p.account_code
) AS l USING (source_ledger, company_code, account_code)
LEFT JOIN trial_balance_daily AS b
    ON b.posting_date = l.posting_date
        AND b.source_ledger = l.source_ledger
        AND b.company_code = l.company_code
        AND b.account_code = l.account_code
WHERE t.posting_date = DATE '{{ day }}'
