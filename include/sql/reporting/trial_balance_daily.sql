/* ---
description: Postings and running balance per ledger, company, account and posting day.
category: financial
reads: [erp, financial]
grain: [posting_date, source_ledger, company_code, account_code]
load: window
lookback: 62 days
owner: finance
closes: posting_date
checks:
  - {check: in_range, columns: [in_chart], min: 1, max: 1, level: warn}
  - {check: in_range, columns: [out_of_balance, postings_both_sides, postings_without_amount],
      min: 0, max: 0, level: warn}
  - {check: not_negative, columns: [debit_amount, credit_amount], level: warn}
  - {check: known_member, columns: [fiscal_year], level: warn}
  - {check: not_ahead_of_today, level: warn}
  - {check: sum_matches_source, columns: [open_debit_amount, open_credit_amount], source: erp, level: fail}
--- */
-- Reported as it stands in the ledgers, never forced to balance:
-- * company_day_difference is what one company's postings of one day lack to balance, on each of their rows. The sum of
--   net_amount over any rows is additive and gives the same for longer spans.
-- * Accounts outside the chart keep their codes (in_chart = 0), as evidence of what was posted. No source lists the
--   companies. Postings to summary accounts, lines with both sides or neither are counted, not cut.
-- * Balances run from the first posting on, because no ledger holds carry-forward or closing entries: income statement
--   accounts are not reset at year end.
-- * The journal of the financial database joins as soon as entries are posted there; it names no company.
-- The lookback covers the current and the previous fiscal period, to which late postings go.
WITH ledger_postings AS (
    SELECT
        'erp.general_ledger' AS source_ledger,
        gl.posting_date,
        coalesce(gl.company_code, 'UNKNOWN') AS company_code,
        coalesce(gl.gl_account, 'UNKNOWN') AS account_code,
        gl.currency,
        gl.debit_amount,
        gl.credit_amount,
        gl.open_debit_amount,
        gl.open_credit_amount,
        gl.postings,
        gl.postings_both_sides,
        gl.postings_without_amount
    FROM postgres_query('erp', $$
        SELECT
            gl.posting_date,
            gl.company_code,
            gl.gl_account,
            CASE WHEN min(gl.currency) = max(gl.currency) THEN min(gl.currency) END AS currency,
            CAST(coalesce(sum(gl.debit_amount), 0) AS NUMERIC(18, 2)) AS debit_amount,
            CAST(coalesce(sum(gl.credit_amount), 0) AS NUMERIC(18, 2)) AS credit_amount,
            CAST(coalesce(sum(gl.debit_amount) FILTER (WHERE NOT coalesce(gl.cleared, FALSE)), 0) AS NUMERIC(18, 2))
                AS open_debit_amount,
            CAST(coalesce(sum(gl.credit_amount) FILTER (WHERE NOT coalesce(gl.cleared, FALSE)), 0) AS NUMERIC(18, 2))
                AS open_credit_amount,
            count(*) AS postings,
            count(*) FILTER (WHERE gl.debit_amount <> 0 AND gl.credit_amount <> 0) AS postings_both_sides,
            count(*) FILTER (WHERE coalesce(gl.debit_amount, 0) = 0 AND coalesce(gl.credit_amount, 0) = 0)
                AS postings_without_amount
        FROM general_ledger AS gl
        WHERE {{ window("gl.posting_date") }}
        GROUP BY 1, 2, 3
    $$) AS gl

    UNION ALL BY NAME

    SELECT
        'financial.journal' AS source_ledger,
        je.posting_date,
        'UNKNOWN' AS company_code,
        je.account_code,
        je.currency,
        je.debit_amount,
        je.credit_amount,
        0 AS open_debit_amount,
        0 AS open_credit_amount,
        je.postings,
        je.postings_both_sides,
        je.postings_without_amount
    FROM postgres_query('financial', $$
        SELECT
            booked.posting_date,
            booked.account_code,
            CASE WHEN min(booked.currency) = max(booked.currency) THEN min(booked.currency) END AS currency,
            CAST(sum(booked.debit) AS NUMERIC(18, 2)) AS debit_amount,
            CAST(sum(booked.credit) AS NUMERIC(18, 2)) AS credit_amount,
            count(*) AS postings,
            count(*) FILTER (WHERE booked.debit <> 0 AND booked.credit <> 0) AS postings_both_sides,
            count(*) FILTER (WHERE booked.debit = 0 AND booked.credit = 0) AS postings_without_amount
        FROM (
            -- In functional currency; a line that has no functional amount is converted at its own rate.
            SELECT
                jeh.posting_date,
                coalesce(coa.account_code, jel.account_id) AS account_code,
                jeh.functional_currency_code AS currency,
                CASE
                    WHEN coalesce(jel.functional_debit, 0) = 0 AND coalesce(jel.functional_credit, 0) = 0
                        THEN round(coalesce(jel.debit_amount * coalesce(jel.exchange_rate, 1), 0), 2)
                    ELSE coalesce(jel.functional_debit, 0)
                END AS debit,
                CASE
                    WHEN coalesce(jel.functional_debit, 0) = 0 AND coalesce(jel.functional_credit, 0) = 0
                        THEN round(coalesce(jel.credit_amount * coalesce(jel.exchange_rate, 1), 0), 2)
                    ELSE coalesce(jel.functional_credit, 0)
                END AS credit
            FROM journal_entry_headers AS jeh
            JOIN journal_entry_lines AS jel ON jel.journal_entry_id = jeh.journal_entry_id
            LEFT JOIN chart_of_accounts AS coa ON coa.account_id = jel.account_id
            WHERE {{ window("jeh.posting_date") }} AND jeh.posted
        ) AS booked
        GROUP BY 1, 2
    $$) AS je
),

-- All postings before the window, of which nothing but their sum is asked: the one part that reads the whole ledger.
opening_balances AS (
    SELECT
        'erp.general_ledger' AS source_ledger,
        coalesce(gl.company_code, 'UNKNOWN') AS company_code,
        coalesce(gl.gl_account, 'UNKNOWN') AS account_code,
        gl.opening_balance
    FROM postgres_query('erp', $$
        SELECT
            gl.company_code,
            gl.gl_account,
            CAST(coalesce(sum(gl.debit_amount), 0) - coalesce(sum(gl.credit_amount), 0) AS NUMERIC(18, 2))
                AS opening_balance
        FROM general_ledger AS gl
        WHERE gl.posting_date < DATE '{{ window.start }}'
        GROUP BY gl.company_code, gl.gl_account
    $$) AS gl

    UNION ALL BY NAME

    SELECT
        'financial.journal' AS source_ledger,
        'UNKNOWN' AS company_code,
        je.account_code,
        je.opening_balance
    FROM postgres_query('financial', $$
        SELECT
            coalesce(coa.account_code, booked.account_id) AS account_code,
            CAST(sum(booked.opening_balance) AS NUMERIC(18, 2)) AS opening_balance
        FROM (
            SELECT
                jel.account_id,
                sum(
                    CASE
                        WHEN coalesce(jel.functional_debit, 0) = 0 AND coalesce(jel.functional_credit, 0) = 0
                            THEN round(coalesce(jel.debit_amount * coalesce(jel.exchange_rate, 1), 0), 2)
                                - round(coalesce(jel.credit_amount * coalesce(jel.exchange_rate, 1), 0), 2)
                        ELSE coalesce(jel.functional_debit, 0) - coalesce(jel.functional_credit, 0)
                    END
                ) AS opening_balance
            FROM journal_entry_headers AS jeh
            JOIN journal_entry_lines AS jel ON jel.journal_entry_id = jeh.journal_entry_id
            WHERE jeh.posting_date < DATE '{{ window.start }}' AND jeh.posted
            GROUP BY jel.account_id
        ) AS booked
        LEFT JOIN chart_of_accounts AS coa ON coa.account_id = booked.account_id
        GROUP BY 1
    $$) AS je
),

openings AS (
    SELECT
        o.source_ledger,
        o.company_code,
        o.account_code,
        sum(o.opening_balance) AS opening_balance
    FROM opening_balances AS o
    GROUP BY ALL
),

balances AS (
    SELECT
        lp.*,
        lp.debit_amount - lp.credit_amount AS net_amount,
        coalesce(o.opening_balance, 0)
            + sum(lp.debit_amount - lp.credit_amount) OVER account_history AS closing_balance,
        sum(lp.debit_amount - lp.credit_amount) OVER company_day AS company_day_difference
    FROM ledger_postings AS lp
    LEFT JOIN openings AS o USING (source_ledger, company_code, account_code)
    WINDOW
        account_history AS (
            PARTITION BY lp.source_ledger, lp.company_code, lp.account_code
            ORDER BY lp.posting_date
        ),
        company_day AS (PARTITION BY lp.source_ledger, lp.company_code, lp.posting_date)
),

posting_periods AS (
    SELECT
        d.posting_date,
        arg_min(fp.fiscal_year, fp.period_id) AS fiscal_year,
        arg_min(fp.period_number, fp.period_id) AS fiscal_period,
        arg_min(fp.period_status, fp.period_id) AS period_status
    FROM (SELECT DISTINCT b.posting_date FROM balances AS b) AS d
    JOIN postgres_query('financial', $$
        SELECT fp.period_id, fp.fiscal_year, fp.period_number, fp.period_status, fp.start_date, fp.end_date
        FROM fiscal_periods AS fp
        WHERE fp.end_date >= DATE '{{ window.start }}' AND fp.start_date < DATE '{{ window.end }}'
    $$) AS fp
        ON d.posting_date BETWEEN fp.start_date AND fp.end_date
    GROUP BY d.posting_date
)

SELECT
    b.posting_date,
    b.source_ledger,
    b.company_code,
    b.account_code,
    coa.account_name,
    coa.account_type,
    coa.normal_balance,
    CAST(coa.account_id IS NOT NULL AS TINYINT) AS in_chart,
    CAST(coa.allow_posting AS TINYINT) AS allows_posting,
    b.currency,
    p.fiscal_year,
    p.fiscal_period,
    p.period_status,
    b.postings,
    b.postings_both_sides,
    b.postings_without_amount,
    CAST(b.closing_balance - b.net_amount AS DECIMAL(18, 2)) AS opening_balance,
    CAST(b.debit_amount AS DECIMAL(18, 2)) AS debit_amount,
    CAST(b.credit_amount AS DECIMAL(18, 2)) AS credit_amount,
    CAST(b.net_amount AS DECIMAL(18, 2)) AS net_amount,
    CAST(b.closing_balance AS DECIMAL(18, 2)) AS closing_balance,
    CAST(b.open_debit_amount AS DECIMAL(18, 2)) AS open_debit_amount,
    CAST(b.open_credit_amount AS DECIMAL(18, 2)) AS open_credit_amount,
    CAST(b.company_day_difference AS DECIMAL(18, 2)) AS company_day_difference,
    CAST(b.company_day_difference <> 0 AS TINYINT) AS out_of_balance
FROM balances AS b
LEFT JOIN postgres_query('financial', $$
    SELECT coa.account_id, coa.account_code, coa.account_name, coa.account_type, coa.normal_balance, coa.allow_posting
    FROM chart_of_accounts AS coa
$$) AS coa
    ON coa.account_code = b.account_code
LEFT JOIN posting_periods AS p ON p.posting_date = b.posting_date
ORDER BY b.posting_date, b.source_ledger, b.company_code, b.account_code
