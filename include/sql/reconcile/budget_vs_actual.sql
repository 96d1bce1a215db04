/* --- source: financial --- */
SELECT
    to_char(fp.start_date, 'YYYY-MM') AS period_month,
    count(*) AS budget_lines,
    sum(amounts.amount) AS direct_budget_amount
FROM fiscal_periods AS fp
JOIN budget_headers AS bh
    ON bh.fiscal_year = fp.fiscal_year
    AND bh.budget_status = 'active'
    AND NOT EXISTS (
        SELECT 1
        FROM budget_headers AS newer
        WHERE newer.budget_status = 'active'
            AND newer.fiscal_year = bh.fiscal_year
            AND newer.budget_type IS NOT DISTINCT FROM bh.budget_type
            AND newer.budget_version > coalesce(bh.budget_version, 0)
    )
JOIN budget_lines AS bl ON bl.budget_id = bh.budget_id
CROSS JOIN LATERAL (
    VALUES
        (1, bl.period_01), (2, bl.period_02), (3, bl.period_03), (4, bl.period_04), (5, bl.period_05),
        (6, bl.period_06), (7, bl.period_07), (8, bl.period_08), (9, bl.period_09), (10, bl.period_10),
        (11, bl.period_11), (12, bl.period_12)
) AS amounts (period_number, amount)
WHERE {{ window("fp.start_date") }} AND amounts.period_number = fp.period_number
GROUP BY 1
