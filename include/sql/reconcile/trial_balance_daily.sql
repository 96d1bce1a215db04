/* --- source: erp --- */
-- Open items exist in the general ledger alone, so entries of the financial journal do not disturb the comparison.
SELECT
    gl.posting_date,
    sum(CASE WHEN gl.cleared IS TRUE THEN 0 ELSE coalesce(gl.debit_amount, 0) END) AS open_debit_amount,
    sum(CASE WHEN gl.cleared IS TRUE THEN 0 ELSE coalesce(gl.credit_amount, 0) END) AS open_credit_amount
FROM general_ledger AS gl
WHERE {{ window("gl.posting_date") }}
GROUP BY gl.posting_date
