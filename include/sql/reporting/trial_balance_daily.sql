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
  - {check: exchange_rates_hold, level: fail}
  - {check: in_range, columns: [documents_without_rate], min: 0, max: 0, level: warn}
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
-- * Amounts are in functional currency: what an account has of a currency on a day is converted at the rate of that day.
--   company_day_difference converts what each currency lacks, so a foreign document that balances lacks nothing.
-- The lookback covers the current and the previous fiscal period, to which late postings go.
{% from "macros/currency.sql" import at_rate_of, exchange_rates, converted, currency_of, is_foreign with context -%}
{#- A line's side in the currency that its entry calls functional; one without such amounts is converted at its own rate. -#}
{% macro booked(side) -%}
CASE
    WHEN coalesce(jel.functional_debit, 0) = 0 AND coalesce(jel.functional_credit, 0) = 0
        THEN round(coalesce(jel.{{ side }}_amount * coalesce(jel.exchange_rate, 1), 0), 2)
    ELSE coalesce(jel.functional_{{ side }}, 0)
END
{%- endmacro %}
WITH {{ exchange_rates() }},

postings_by_currency AS (
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
            {{ currency_of("gl.currency") }} AS currency,
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
        GROUP BY 1, 2, 3, 4
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
            booked.currency,
            CAST(sum(booked.debit) AS NUMERIC(18, 2)) AS debit_amount,
            CAST(sum(booked.credit) AS NUMERIC(18, 2)) AS credit_amount,
            count(*) AS postings,
            count(*) FILTER (WHERE booked.debit <> 0 AND booked.credit <> 0) AS postings_both_sides,
            count(*) FILTER (WHERE booked.debit = 0 AND booked.credit = 0) AS postings_without_amount
        FROM (
            SELECT
                jeh.posting_date,
                coalesce(coa.account_code, jel.account_id) AS account_code,
                {{ currency_of("jeh.functional_currency_code") }} AS currency,
                {{ booked("debit") }} AS debit,
                {{ booked("credit") }} AS credit
            FROM journal_entry_headers AS jeh
            JOIN journal_entry_lines AS jel ON jel.journal_entry_id = jeh.journal_entry_id
            LEFT JOIN chart_of_accounts AS coa ON coa.account_id = jel.account_id
            WHERE {{ window("jeh.posting_date") }} AND jeh.posted
        ) AS booked
        GROUP BY 1, 2, 3
    $$) AS je
),

converted_postings AS (
    SELECT
        pc.source_ledger,
        pc.posting_date,
        pc.company_code,
        pc.account_code,
        pc.currency,
        r.rate,
        pc.debit_amount - pc.credit_amount AS difference,
        {{ converted("pc.debit_amount") }} AS debit_amount,
        {{ converted("pc.credit_amount") }} AS credit_amount,
        {{ converted("pc.open_debit_amount") }} AS open_debit_amount,
        {{ converted("pc.open_credit_amount") }} AS open_credit_amount,
        pc.postings,
        pc.postings_both_sides,
        pc.postings_without_amount
    FROM postings_by_currency AS pc
    {{ at_rate_of("pc.currency", "pc.posting_date") | indent(4) }}
),

ledger_postings AS (
    SELECT
        cp.source_ledger,
        cp.posting_date,
        cp.company_code,
        cp.account_code,
        coalesce(sum(cp.debit_amount), 0) AS debit_amount,
        coalesce(sum(cp.credit_amount), 0) AS credit_amount,
        coalesce(sum(cp.open_debit_amount), 0) AS open_debit_amount,
        coalesce(sum(cp.open_credit_amount), 0) AS open_credit_amount,
        sum(cp.postings) AS postings,
        sum(cp.postings_both_sides) AS postings_both_sides,
        sum(cp.postings_without_amount) AS postings_without_amount,
        coalesce(sum(cp.postings) FILTER (WHERE cp.rate IS NULL), 0) AS documents_without_rate
    FROM converted_postings AS cp
    GROUP BY ALL
),

company_days AS (
    SELECT
        d.source_ledger,
        d.company_code,
        d.posting_date,
        coalesce(sum({{ converted("d.difference", "d.rate") }}), 0) AS company_day_difference
    FROM (
        SELECT
            cp.source_ledger,
            cp.company_code,
            cp.posting_date,
            cp.currency,
            cp.rate,
            sum(cp.difference) AS difference
        FROM converted_postings AS cp
        GROUP BY ALL
    ) AS d
    GROUP BY ALL
),

-- All postings before the window, of which nothing but their sum is asked: the one part that reads the whole ledger.
opening_balances AS (
    SELECT
        'erp.general_ledger' AS source_ledger,
        coalesce(gl.company_code, 'UNKNOWN') AS company_code,
        coalesce(gl.gl_account, 'UNKNOWN') AS account_code,
        gl.currency,
        gl.posting_date,
        gl.debit_amount,
        gl.credit_amount
    FROM postgres_query('erp', $$
        SELECT
            gl.company_code,
            gl.gl_account,
            {{ currency_of("gl.currency") }} AS currency,
            CASE WHEN {{ is_foreign("gl.currency") }} THEN gl.posting_date END AS posting_date,
            CAST(coalesce(sum(gl.debit_amount), 0) AS NUMERIC(18, 2)) AS debit_amount,
            CAST(coalesce(sum(gl.credit_amount), 0) AS NUMERIC(18, 2)) AS credit_amount
        FROM general_ledger AS gl
        WHERE gl.posting_date < DATE '{{ window.start }}'
        GROUP BY 1, 2, 3, 4
    $$) AS gl

    UNION ALL BY NAME

    SELECT
        'financial.journal' AS source_ledger,
        'UNKNOWN' AS company_code,
        je.account_code,
        je.currency,
        je.posting_date,
        je.debit_amount,
        je.credit_amount
    FROM postgres_query('financial', $$
        SELECT
            coalesce(coa.account_code, booked.account_id) AS account_code,
            booked.currency,
            booked.posting_date,
            CAST(sum(booked.debit) AS NUMERIC(18, 2)) AS debit_amount,
            CAST(sum(booked.credit) AS NUMERIC(18, 2)) AS credit_amount
        FROM (
            SELECT
                jel.account_id,
                {{ currency_of("jeh.functional_currency_code") }} AS currency,
                CASE WHEN {{ is_foreign("jeh.functional_currency_code") }} THEN jeh.posting_date END AS posting_date,
                sum({{ booked("debit") }}) AS debit,
                sum({{ booked("credit") }}) AS credit
            FROM journal_entry_headers AS jeh
            JOIN journal_entry_lines AS jel ON jel.journal_entry_id = jeh.journal_entry_id
            WHERE jeh.posting_date < DATE '{{ window.start }}' AND jeh.posted
            GROUP BY 1, 2, 3
        ) AS booked
        LEFT JOIN chart_of_accounts AS coa ON coa.account_id = booked.account_id
        GROUP BY 1, 2, 3
    $$) AS je
),

openings AS (
    SELECT
        o.source_ledger,
        o.company_code,
        o.account_code,
        sum({{ converted("o.debit_amount") }} - {{ converted("o.credit_amount") }}) AS opening_balance
    FROM opening_balances AS o
    {{ at_rate_of("o.currency", "o.posting_date") | indent(4) }}
    GROUP BY ALL
),

balances AS (
    SELECT
        lp.*,
        lp.debit_amount - lp.credit_amount AS net_amount,
        coalesce(o.opening_balance, 0)
            + sum(lp.debit_amount - lp.credit_amount) OVER account_history AS closing_balance,
        cd.company_day_difference
    FROM ledger_postings AS lp
    JOIN company_days AS cd USING (source_ledger, company_code, posting_date)
    LEFT JOIN openings AS o USING (source_ledger, company_code, account_code)
    WINDOW account_history AS (
        PARTITION BY lp.source_ledger, lp.company_code, lp.account_code
        ORDER BY lp.posting_date
    )
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
    '{{ rules.currency }}' AS currency,
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
    CAST(b.company_day_difference <> 0 AS TINYINT) AS out_of_balance,
    CAST(b.documents_without_rate AS BIGINT) AS documents_without_rate
FROM balances AS b
LEFT JOIN postgres_query('financial', $$
    SELECT coa.account_id, coa.account_code, coa.account_name, coa.account_type, coa.normal_balance, coa.allow_posting
    FROM chart_of_accounts AS coa
$$) AS coa
    ON coa.account_code = b.account_code
LEFT JOIN posting_periods AS p ON p.posting_date = b.posting_date
ORDER BY b.posting_date, b.source_ledger, b.company_code, b.account_code
