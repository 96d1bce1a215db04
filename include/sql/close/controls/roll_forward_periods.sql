/* ---
title: Account balances roll forward
proves: In the period of the day every account balance is its beginning and movement, and begins where the period before ended.
standard: SOX 404, roll-forward
level: report
materiality: 0.01
todo: Have the balances of the period computed again in the source.
reads: [financial.account_balances, financial.chart_of_accounts, financial.fiscal_periods]
--- */
SELECT
    b.document,
    b.account,
    CAST(NULL AS VARCHAR) AS company,
    b.currency,
    CASE WHEN b.unexplained <> 0 THEN b.unexplained ELSE b.jump END AS amount,
    'begins at ' || b.beginning || ', the period before ended at ' || coalesce(b.before::VARCHAR, '-') || '; ends at '
        || b.ending || ', movement ' || b.movement AS detail,
    b.unexplained <> 0 OR b.jump <> 0 AS broken
FROM postgres_query('financial', $$
    SELECT
        ab.balance_id AS document,
        coalesce(coa.account_code, ab.account_id) AS account,
        coa.currency_code AS currency,
        CAST(coalesce(ab.beginning_balance, 0) AS numeric(38, 2)) AS beginning,
        CAST(coalesce(ab.ending_balance, 0) AS numeric(38, 2)) AS ending,
        CAST(coalesce(ab.period_debit, 0) - coalesce(ab.period_credit, 0) AS numeric(38, 2)) AS movement,
        CAST(previous.ending_balance AS numeric(38, 2)) AS before,
        CAST(
            coalesce(ab.ending_balance, 0) - coalesce(ab.beginning_balance, 0)
                - (coalesce(ab.period_debit, 0) - coalesce(ab.period_credit, 0))
            AS numeric(38, 2)
        ) AS unexplained,
        CAST(
            coalesce(ab.beginning_balance, 0) - coalesce(previous.ending_balance, ab.beginning_balance, 0)
            AS numeric(38, 2)
        ) AS jump
    FROM fiscal_periods AS fp
    JOIN account_balances AS ab ON ab.fiscal_year = fp.fiscal_year AND ab.fiscal_period = fp.period_number
    LEFT JOIN account_balances AS previous
        ON previous.account_id = ab.account_id
            AND previous.cost_center_id IS NOT DISTINCT FROM ab.cost_center_id
            AND previous.fiscal_year = ab.fiscal_year
            AND previous.fiscal_period = ab.fiscal_period - 1
    LEFT JOIN chart_of_accounts AS coa ON coa.account_id = ab.account_id
    WHERE DATE '{{ day }}' BETWEEN fp.start_date AND fp.end_date
$$) AS b
