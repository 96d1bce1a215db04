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

/* --- source: financial --- */
-- A budget counts in its account and in each account above it, once; one on a summary account itself does not.
WITH RECURSIVE counted AS (
    SELECT leaf.account_id, leaf.parent_account_id AS next_id, 0 AS steps
    FROM chart_of_accounts AS leaf
    WHERE NOT EXISTS (SELECT 1 FROM chart_of_accounts AS below WHERE below.parent_account_id = leaf.account_id)
    UNION ALL
    SELECT counted.account_id, above.parent_account_id, counted.steps + 1
    FROM counted
    JOIN chart_of_accounts AS above ON above.account_id = counted.next_id
    WHERE counted.steps < 10
),

budgets AS (
    SELECT bh.budget_id, bh.fiscal_year
    FROM budget_headers AS bh
    WHERE bh.budget_status = 'active'
        AND NOT EXISTS (
            SELECT 1
            FROM budget_headers AS newer
            WHERE newer.budget_status = 'active'
                AND newer.fiscal_year = bh.fiscal_year
                AND newer.budget_type IS NOT DISTINCT FROM bh.budget_type
                AND coalesce(newer.budget_version > bh.budget_version, newer.budget_version IS NOT NULL AND bh.budget_version IS NULL)
        )
),

amounts AS (
    SELECT
        fp.period_id,
        fp.start_date,
        bl.account_id,
        bl.cost_center_id,
        month.amount
    FROM budgets AS b
    JOIN budget_lines AS bl ON bl.budget_id = b.budget_id
    CROSS JOIN LATERAL (
        VALUES
            (1, bl.period_01), (2, bl.period_02), (3, bl.period_03), (4, bl.period_04), (5, bl.period_05),
            (6, bl.period_06), (7, bl.period_07), (8, bl.period_08), (9, bl.period_09), (10, bl.period_10),
            (11, bl.period_11), (12, bl.period_12)
    ) AS month (number, amount)
    JOIN fiscal_periods AS fp ON fp.fiscal_year = b.fiscal_year AND fp.period_number = month.number
    WHERE {{ window("fp.start_date") }}
)

SELECT
    to_char(a.start_date, 'YYYY-MM') AS period_month,
    sum(a.amount * CASE
        WHEN EXISTS (SELECT 1 FROM chart_of_accounts AS coa WHERE coa.account_id = a.account_id)
            THEN (SELECT count(*) FROM counted WHERE counted.account_id = a.account_id)
        ELSE 1
    END) AS budget_amount,
    count(DISTINCT (
        a.period_id,
        (SELECT coa.account_code FROM chart_of_accounts AS coa WHERE coa.account_id = a.account_id),
        a.cost_center_id
    )) FILTER (WHERE a.cost_center_id IS NOT NULL) AS cost_centers
FROM amounts AS a
GROUP BY 1

/* --- identities --- */
SELECT
    actual_amount - budget_amount AS variance_amount,
    100 * variance_amount / nullif(budget_amount, 0) AS variance_pct,
    CASE
        WHEN budget_amount <> 0 AND account_type = 'revenue' THEN variance_amount >= 0
        WHEN budget_amount <> 0 AND account_type = 'expense' THEN variance_amount <= 0
    END AS is_favorable,
    100 * actual_amount / nullif(revenue_target, 0) AS revenue_target_pct
