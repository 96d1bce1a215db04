/* ---
description: Margins, turnover, DSO, DPO and balance sheet ratios per fiscal quarter.
category: financial
reads: [financial]
after: [profit_and_loss_daily, inventory_value_summary, cash_flow_daily]
grain: [fiscal_year, fiscal_period]
load: replace
owner: finance
closes: end_date
checks:
  - {check: in_range, columns: [balance_ok], min: 1, max: 1, level: warn}
  - {check: not_negative, columns: [total_assets, receivables, payables, avg_inventory_value], level: warn}
  - {check: sum_matches_source, columns: [total_assets, total_liabilities, equity], source: financial, level: fail}
--- */
-- One row per period of the financial statements (quarters; 0 for a statement of a whole year), and one for a quarter
-- that has results but no statement yet. Two independent views stand side by side:
-- * the statements as finance filed them, with balance_ok = 0 where assets are not liabilities + equity: the balance
--   sheet ratios of such a row are arithmetic, not evidence;
-- * the daily profit and loss and the daily snapshots of stock and open items, as far as they are kept: pnl_days and
--   inventory_snapshot_days say how much of the quarter that is, and ratios over days use these days.
-- Receivables, payables, DSO and DPO are those of cash_flow_daily on the last day of the quarter that has a snapshot of
-- open items (aging_date). Stock is valued at standard cost, and so is what is set against it: inventory_turnover and
-- days_inventory use standard_cogs, whatever the method of total_cogs. Turnover and returns are of the period, not
-- annualised. Ratios to revenue, equity, assets or liabilities are NULL unless these are above 0.
{% from "macros/ratios.sql" import margin_pct -%}
WITH filed AS (
    SELECT
        fs.fiscal_year,
        fs.fiscal_period,
        fs.statement_type,
        fs.statement_status,
        fs.start_date,
        fs.end_date,
        TRY_CAST(fs.revenue AS DECIMAL(18, 2)) AS revenue,
        TRY_CAST(fs.cost_of_goods_sold AS DECIMAL(18, 2)) AS cost_of_goods_sold,
        TRY_CAST(fs.gross_profit AS DECIMAL(18, 2)) AS gross_profit,
        TRY_CAST(fs.operating_expenses AS DECIMAL(18, 2)) AS operating_expenses,
        TRY_CAST(fs.net_income AS DECIMAL(18, 2)) AS net_income,
        TRY_CAST(fs.current_assets AS DECIMAL(18, 2)) AS current_assets,
        TRY_CAST(fs.fixed_assets AS DECIMAL(18, 2)) AS fixed_assets,
        TRY_CAST(fs.total_assets AS DECIMAL(18, 2)) AS total_assets,
        TRY_CAST(fs.current_liabilities AS DECIMAL(18, 2)) AS current_liabilities,
        TRY_CAST(fs.total_liabilities AS DECIMAL(18, 2)) AS total_liabilities,
        TRY_CAST(fs.equity AS DECIMAL(18, 2)) AS equity,
        TRY_CAST(fs.operating_cash_flow AS DECIMAL(18, 2)) AS operating_cash_flow,
        TRY_CAST(fs.investing_cash_flow AS DECIMAL(18, 2)) AS investing_cash_flow,
        TRY_CAST(fs.financing_cash_flow AS DECIMAL(18, 2)) AS financing_cash_flow,
        TRY_CAST(fs.net_cash_flow AS DECIMAL(18, 2)) AS net_cash_flow,
        TRY_CAST(fs.ending_cash AS DECIMAL(18, 2)) AS ending_cash
    FROM postgres_query('financial', $$
        -- Of several versions of a statement the finalized, then the latest one.
        SELECT DISTINCT ON (fs.fiscal_year, coalesce(fs.fiscal_period, 0), fs.statement_type)
            fs.fiscal_year,
            coalesce(fs.fiscal_period, 0) AS fiscal_period,
            fs.statement_type,
            fs.statement_status,
            fs.start_date,
            fs.end_date,
            fs.statement_data ->> 'revenue' AS revenue,
            fs.statement_data ->> 'cost_of_goods_sold' AS cost_of_goods_sold,
            fs.statement_data ->> 'gross_profit' AS gross_profit,
            fs.statement_data ->> 'operating_expenses' AS operating_expenses,
            fs.statement_data ->> 'net_income' AS net_income,
            fs.statement_data ->> 'current_assets' AS current_assets,
            fs.statement_data ->> 'fixed_assets' AS fixed_assets,
            fs.statement_data ->> 'total_assets' AS total_assets,
            fs.statement_data ->> 'current_liabilities' AS current_liabilities,
            fs.statement_data ->> 'total_liabilities' AS total_liabilities,
            fs.statement_data ->> 'equity' AS equity,
            fs.statement_data ->> 'operating_cash_flow' AS operating_cash_flow,
            fs.statement_data ->> 'investing_cash_flow' AS investing_cash_flow,
            fs.statement_data ->> 'financing_cash_flow' AS financing_cash_flow,
            fs.statement_data ->> 'net_cash_flow' AS net_cash_flow,
            fs.statement_data ->> 'ending_cash' AS ending_cash
        FROM financial_statements AS fs
        ORDER BY
            fs.fiscal_year,
            coalesce(fs.fiscal_period, 0),
            fs.statement_type,
            (fs.statement_status = 'finalized') DESC NULLS LAST,
            fs.generated_at DESC NULLS LAST,
            fs.statement_id DESC
    $$) AS fs
),

-- The keys of the three statements do not overlap but for the period.
statements AS (
    SELECT
        f.fiscal_year,
        f.fiscal_period,
        min(f.start_date) AS start_date,
        max(f.end_date) AS end_date,
        max(f.statement_status) FILTER (WHERE f.statement_type = 'balance_sheet') AS balance_sheet_status,
        max(f.revenue) FILTER (WHERE f.statement_type = 'profit_loss') AS revenue,
        max(f.cost_of_goods_sold) FILTER (WHERE f.statement_type = 'profit_loss') AS cost_of_goods_sold,
        max(f.gross_profit) FILTER (WHERE f.statement_type = 'profit_loss') AS gross_profit,
        max(f.operating_expenses) FILTER (WHERE f.statement_type = 'profit_loss') AS operating_expenses,
        max(f.net_income) FILTER (WHERE f.statement_type = 'profit_loss') AS net_income,
        max(f.current_assets) FILTER (WHERE f.statement_type = 'balance_sheet') AS current_assets,
        max(f.fixed_assets) FILTER (WHERE f.statement_type = 'balance_sheet') AS fixed_assets,
        max(f.total_assets) FILTER (WHERE f.statement_type = 'balance_sheet') AS total_assets,
        max(f.current_liabilities) FILTER (WHERE f.statement_type = 'balance_sheet') AS current_liabilities,
        max(f.total_liabilities) FILTER (WHERE f.statement_type = 'balance_sheet') AS total_liabilities,
        max(f.equity) FILTER (WHERE f.statement_type = 'balance_sheet') AS equity,
        max(f.operating_cash_flow) FILTER (WHERE f.statement_type = 'cash_flow') AS operating_cash_flow,
        max(f.investing_cash_flow) FILTER (WHERE f.statement_type = 'cash_flow') AS investing_cash_flow,
        max(f.financing_cash_flow) FILTER (WHERE f.statement_type = 'cash_flow') AS financing_cash_flow,
        max(f.net_cash_flow) FILTER (WHERE f.statement_type = 'cash_flow') AS net_cash_flow,
        max(f.ending_cash) FILTER (WHERE f.statement_type = 'cash_flow') AS ending_cash
    FROM filed AS f
    GROUP BY f.fiscal_year, f.fiscal_period
),

-- Adjusting periods repeat days of the last quarter and make none of their own.
quarters AS (
    SELECT
        fp.fiscal_year,
        (fp.period_number + 2) // 3 AS fiscal_period,
        min(fp.start_date) AS start_date,
        max(fp.end_date) AS end_date
    FROM postgres_query('financial', $$
        SELECT fp.fiscal_year, fp.period_number, fp.start_date, fp.end_date
        FROM fiscal_periods AS fp
        WHERE fp.period_number BETWEEN 1 AND 12
    $$) AS fp
    GROUP BY ALL
),

daily_results AS (
    SELECT
        pl.pnl_date,
        sum(pl.net_revenue) AS net_revenue,
        sum(pl.total_cogs) AS total_cogs,
        sum(pl.standard_cogs) AS standard_cogs,
        sum(pl.gross_profit) AS gross_profit,
        sum(pl.operating_profit) AS operating_profit,
        sum(pl.net_profit) AS net_profit
    FROM reporting.profit_and_loss_daily AS pl
    WHERE pl.pnl_date <= DATE '{{ window.today }}'
    GROUP BY pl.pnl_date
),

periods AS (
    SELECT s.fiscal_year, s.fiscal_period, s.start_date, s.end_date
    FROM statements AS s
    -- One of infinite dates is of no period; reporting_nightly names it.
    WHERE s.start_date IS NOT NULL AND s.end_date IS NOT NULL
    UNION ALL
    SELECT q.fiscal_year, q.fiscal_period, q.start_date, q.end_date
    FROM quarters AS q
    ANTI JOIN statements AS s ON s.fiscal_year = q.fiscal_year AND s.fiscal_period = q.fiscal_period
    WHERE EXISTS (SELECT 1 FROM daily_results AS dr WHERE dr.pnl_date BETWEEN q.start_date AND q.end_date)
),

results AS (
    SELECT
        p.fiscal_year,
        p.fiscal_period,
        count(*) AS pnl_days,
        sum(dr.net_revenue) AS net_revenue,
        sum(dr.total_cogs) AS total_cogs,
        sum(dr.standard_cogs) AS standard_cogs,
        sum(dr.gross_profit) AS gross_profit,
        sum(dr.operating_profit) AS operating_profit,
        sum(dr.net_profit) AS net_profit
    FROM periods AS p
    JOIN daily_results AS dr ON dr.pnl_date BETWEEN p.start_date AND p.end_date
    GROUP BY ALL
),

inventory AS (
    SELECT
        p.fiscal_year,
        p.fiscal_period,
        count(DISTINCT iv.inventory_date) AS inventory_snapshot_days,
        CAST(sum(iv.total_inventory_value) / count(DISTINCT iv.inventory_date) AS DECIMAL(18, 2))
            AS avg_inventory_value
    FROM periods AS p
    JOIN reporting.inventory_value_summary AS iv ON iv.inventory_date BETWEEN p.start_date AND p.end_date
    GROUP BY ALL
),

cash_flow AS (
    SELECT
        p.fiscal_year,
        p.fiscal_period,
        sum(cf.billed_amount) AS billed_sales,
        sum(cf.purchased_amount) AS purchases,
        max(cf.cash_flow_date) FILTER (WHERE cf.receivables_balance IS NOT NULL) AS aging_date
    FROM periods AS p
    JOIN reporting.cash_flow_daily AS cf
        ON cf.cash_flow_date BETWEEN p.start_date AND p.end_date AND cf.cash_flow_date <= DATE '{{ window.today }}'
    GROUP BY ALL
),

open_items AS (
    SELECT
        c.fiscal_year,
        c.fiscal_period,
        c.billed_sales,
        c.purchases,
        c.aging_date,
        cf.receivables_balance AS receivables,
        cf.payables_balance AS payables,
        cf.dso_days,
        cf.dpo_days
    FROM cash_flow AS c
    LEFT JOIN reporting.cash_flow_daily AS cf ON cf.cash_flow_date = c.aging_date
),

combined AS (
    SELECT
        p.fiscal_year,
        p.fiscal_period,
        p.start_date,
        p.end_date,
        s.* EXCLUDE (fiscal_year, fiscal_period, start_date, end_date),
        s.total_assets - s.total_liabilities - s.equity AS balance_gap,
        coalesce(r.pnl_days, 0) AS pnl_days,
        o.billed_sales,
        r.net_revenue,
        r.total_cogs,
        r.standard_cogs,
        r.gross_profit AS pnl_gross_profit,
        r.operating_profit,
        r.net_profit,
        coalesce(i.inventory_snapshot_days, 0) AS inventory_snapshot_days,
        i.avg_inventory_value,
        o.aging_date,
        o.receivables,
        o.payables,
        o.purchases,
        o.dso_days,
        o.dpo_days,
        r.pnl_days * i.avg_inventory_value / nullif(r.standard_cogs, 0) AS days_inventory
    FROM periods AS p
    LEFT JOIN statements AS s ON s.fiscal_year = p.fiscal_year AND s.fiscal_period = p.fiscal_period
    LEFT JOIN results AS r ON r.fiscal_year = p.fiscal_year AND r.fiscal_period = p.fiscal_period
    LEFT JOIN inventory AS i ON i.fiscal_year = p.fiscal_year AND i.fiscal_period = p.fiscal_period
    LEFT JOIN open_items AS o ON o.fiscal_year = p.fiscal_year AND o.fiscal_period = p.fiscal_period
)

SELECT
    c.fiscal_year,
    c.fiscal_period,
    c.start_date,
    c.end_date,
    '{{ rules.currency }}' AS currency,
    c.balance_sheet_status,
    c.revenue AS statement_revenue,
    c.cost_of_goods_sold AS statement_cogs,
    c.gross_profit AS statement_gross_profit,
    c.operating_expenses AS statement_operating_expenses,
    c.net_income AS statement_net_income,
    c.current_assets,
    c.fixed_assets,
    c.total_assets,
    c.current_liabilities,
    c.total_liabilities,
    c.equity,
    c.operating_cash_flow,
    c.investing_cash_flow,
    c.financing_cash_flow,
    c.net_cash_flow,
    c.ending_cash,
    CAST(c.balance_gap AS DECIMAL(18, 2)) AS balance_gap,
    CAST(c.balance_gap = 0 AS TINYINT) AS balance_ok,
    CAST(CASE WHEN c.current_liabilities > 0 THEN c.current_assets / c.current_liabilities END AS DECIMAL(18, 4)) AS current_ratio,
    CAST(CASE WHEN c.equity > 0 THEN c.total_liabilities / c.equity END AS DECIMAL(18, 4)) AS debt_to_equity,
    CAST(CASE WHEN c.total_assets > 0 THEN c.total_liabilities / c.total_assets END AS DECIMAL(18, 4)) AS debt_ratio,
    CAST(CASE WHEN c.total_assets > 0 THEN c.equity / c.total_assets END AS DECIMAL(18, 4)) AS equity_ratio,
    CAST(CASE WHEN c.total_assets > 0 THEN c.revenue / c.total_assets END AS DECIMAL(18, 4)) AS asset_turnover,
    CAST(CASE WHEN c.current_liabilities > 0 THEN c.operating_cash_flow / c.current_liabilities END AS DECIMAL(18, 4)) AS operating_cash_flow_ratio,
    {{ margin_pct("c.net_income", "c.total_assets") }} AS return_on_assets_pct,
    {{ margin_pct("c.net_income", "c.equity") }} AS return_on_equity_pct,
    {{ margin_pct("c.gross_profit", "c.revenue") }} AS statement_gross_margin_pct,
    {{ margin_pct("c.net_income", "c.revenue") }} AS statement_net_margin_pct,
    c.pnl_days,
    CAST(c.net_revenue AS DECIMAL(18, 2)) AS net_revenue,
    CAST(c.total_cogs AS DECIMAL(18, 2)) AS total_cogs,
    CAST(c.standard_cogs AS DECIMAL(18, 2)) AS standard_cogs,
    CAST(c.pnl_gross_profit AS DECIMAL(18, 2)) AS gross_profit,
    CAST(c.operating_profit AS DECIMAL(18, 2)) AS operating_profit,
    CAST(c.net_profit AS DECIMAL(18, 2)) AS net_profit,
    {{ margin_pct("c.pnl_gross_profit", "c.net_revenue") }} AS gross_margin_pct,
    {{ margin_pct("c.operating_profit", "c.net_revenue") }} AS operating_margin_pct,
    {{ margin_pct("c.net_profit", "c.net_revenue") }} AS net_margin_pct,
    c.inventory_snapshot_days,
    c.avg_inventory_value,
    CAST(c.standard_cogs / nullif(c.avg_inventory_value, 0) AS DECIMAL(18, 4)) AS inventory_turnover,
    CAST(c.days_inventory AS DECIMAL(18, 2)) AS days_inventory,
    c.aging_date,
    CAST(c.receivables AS DECIMAL(18, 2)) AS receivables,
    CAST(c.payables AS DECIMAL(18, 2)) AS payables,
    CAST(c.billed_sales AS DECIMAL(18, 2)) AS billed_sales,
    CAST(c.purchases AS DECIMAL(18, 2)) AS purchases,
    CAST(c.dso_days AS DECIMAL(18, 2)) AS dso_days,
    CAST(c.dpo_days AS DECIMAL(18, 2)) AS dpo_days,
    CAST(c.dso_days + c.days_inventory - c.dpo_days AS DECIMAL(18, 2)) AS cash_conversion_cycle_days
FROM combined AS c
ORDER BY c.fiscal_year, c.fiscal_period
