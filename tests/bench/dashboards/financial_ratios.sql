-- name: quarters_of_a_year
SELECT
    fiscal_period,
    net_revenue,
    gross_margin_pct,
    operating_margin_pct,
    net_margin_pct,
    current_ratio,
    debt_to_equity
FROM financial_ratios
WHERE fiscal_year = :fiscal_year
ORDER BY fiscal_period;

-- name: a_quarter_beside_the_year_before
SELECT
    fiscal_year,
    net_revenue,
    operating_profit,
    return_on_assets_pct,
    return_on_equity_pct,
    inventory_turnover
FROM financial_ratios
WHERE fiscal_year IN (:fiscal_year, :fiscal_year - 1)
    AND fiscal_period = :fiscal_period
ORDER BY fiscal_year;

-- name: working_capital_of_a_quarter
SELECT
    dso_days,
    days_inventory,
    dpo_days,
    cash_conversion_cycle_days,
    current_assets,
    current_liabilities
FROM financial_ratios
WHERE fiscal_year = :fiscal_year
    AND fiscal_period = :fiscal_period;
