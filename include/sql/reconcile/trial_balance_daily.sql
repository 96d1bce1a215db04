/* --- source: erp --- */
-- Open items exist in the general ledger alone, so entries of the financial journal do not disturb the comparison.
{% from "macros/reconcile.sql" import unless_foreign with context %}
SELECT
    gl.posting_date,
    sum({{ unless_foreign("CASE WHEN gl.cleared IS TRUE THEN 0 ELSE coalesce(gl.debit_amount, 0) END", "gl.currency") }})
        AS open_debit_amount,
    sum({{ unless_foreign("CASE WHEN gl.cleared IS TRUE THEN 0 ELSE coalesce(gl.credit_amount, 0) END", "gl.currency") }})
        AS open_credit_amount
FROM general_ledger AS gl
WHERE {{ window("gl.posting_date") }}
GROUP BY gl.posting_date
