/* --- source: erp, rows: source_ledger = 'erp.general_ledger' --- */
{% from "macros/reconcile.sql" import unless_foreign with context %}
SELECT
    gl.posting_date,
    sum({{ unless_foreign("coalesce(gl.debit_amount, 0)", "gl.currency") }}) AS debit_amount,
    sum({{ unless_foreign("coalesce(gl.credit_amount, 0)", "gl.currency") }}) AS credit_amount,
    sum({{ unless_foreign("CASE WHEN gl.cleared IS TRUE THEN 0 ELSE coalesce(gl.debit_amount, 0) END", "gl.currency") }})
        AS open_debit_amount,
    sum({{ unless_foreign("CASE WHEN gl.cleared IS TRUE THEN 0 ELSE coalesce(gl.credit_amount, 0) END", "gl.currency") }})
        AS open_credit_amount,
    sum(1) AS postings,
    count(nullif(gl.debit_amount, 0) * nullif(gl.credit_amount, 0)) AS postings_both_sides,
    sum(CASE WHEN gl.debit_amount <> 0 OR gl.credit_amount <> 0 THEN 0 ELSE 1 END) AS postings_without_amount
FROM general_ledger AS gl
WHERE {{ window("gl.posting_date") }}
GROUP BY gl.posting_date

/* --- source: erp, rows: source_ledger = 'erp.general_ledger' --- */
-- The difference of a company's day stands on the row of each of its accounts.
SELECT day.posting_date, sum(day.difference * day.accounts) AS company_day_difference
FROM (
    SELECT
        gl.posting_date,
        sum({{ unless_foreign("coalesce(gl.debit_amount, 0) - coalesce(gl.credit_amount, 0)", "gl.currency") }})
            AS difference,
        count(DISTINCT gl.gl_account) AS accounts
    FROM general_ledger AS gl
    WHERE {{ window("gl.posting_date") }}
    GROUP BY gl.posting_date, gl.company_code
) AS day
GROUP BY day.posting_date

/* --- source: financial, rows: source_ledger = 'financial.journal' --- */
-- The journal names no company, so its day is one.
SELECT
    line.posting_date,
    sum(line.debit) AS debit_amount,
    sum(line.credit) AS credit_amount,
    sum(1) AS postings,
    sum(CASE WHEN line.has_both THEN 1 ELSE 0 END) AS postings_both_sides,
    sum(CASE WHEN line.has_amount THEN 0 ELSE 1 END) AS postings_without_amount,
    sum(line.debit - line.credit) * count(DISTINCT line.account) AS company_day_difference
FROM (
    SELECT
        head.posting_date,
        coalesce((SELECT coa.account_code FROM chart_of_accounts AS coa WHERE coa.account_id = jel.account_id), jel.account_id)
            AS account,
        {{ unless_foreign("booked.debit", "head.functional_currency_code") }} AS debit,
        {{ unless_foreign("booked.credit", "head.functional_currency_code") }} AS credit,
        booked.debit <> 0 OR booked.credit <> 0 AS has_amount,
        booked.debit <> 0 AND booked.credit <> 0 AS has_both
    FROM journal_entry_lines AS jel
    JOIN journal_entry_headers AS head USING (journal_entry_id)
    CROSS JOIN LATERAL (
        SELECT
            coalesce(jel.functional_debit, 0) AS debit,
            coalesce(jel.functional_credit, 0) AS credit
        WHERE jel.functional_debit <> 0 OR jel.functional_credit <> 0
        UNION ALL
        SELECT
            coalesce(round(jel.debit_amount * coalesce(jel.exchange_rate, 1), 2), 0),
            coalesce(round(jel.credit_amount * coalesce(jel.exchange_rate, 1), 2), 0)
        WHERE NOT coalesce(jel.functional_debit <> 0, FALSE) AND NOT coalesce(jel.functional_credit <> 0, FALSE)
    ) AS booked
    WHERE {{ window("head.posting_date") }} AND head.posted IS TRUE
) AS line
GROUP BY line.posting_date

/* --- identities --- */
SELECT
    debit_amount - credit_amount AS net_amount,
    opening_balance + net_amount AS closing_balance,
    company_day_difference <> 0 AS out_of_balance
