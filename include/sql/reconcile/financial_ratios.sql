/* --- source: financial --- */
{#- A statement may say anything; what is no number is no amount. -#}
{% macro total(statement, key) -%}
sum(CASE
        WHEN filed.statements -> '{{ statement }}' ->> '{{ key }}' ~ '^-?[0-9]{1,16}([.][0-9]+)?$'
            THEN CAST(filed.statements -> '{{ statement }}' ->> '{{ key }}' AS numeric(18, 2))
    END)
{%- endmacro %}
SELECT
    filed.fiscal_year,
    {{ total("profit_loss", "revenue") }} AS statement_revenue,
    {{ total("profit_loss", "cost_of_goods_sold") }} AS statement_cogs,
    {{ total("profit_loss", "gross_profit") }} AS statement_gross_profit,
    {{ total("profit_loss", "operating_expenses") }} AS statement_operating_expenses,
    {{ total("profit_loss", "net_income") }} AS statement_net_income,
    {{ total("balance_sheet", "current_assets") }} AS current_assets,
    {{ total("balance_sheet", "fixed_assets") }} AS fixed_assets,
    {{ total("balance_sheet", "total_assets") }} AS total_assets,
    {{ total("balance_sheet", "current_liabilities") }} AS current_liabilities,
    {{ total("balance_sheet", "total_liabilities") }} AS total_liabilities,
    {{ total("balance_sheet", "equity") }} AS equity,
    {{ total("cash_flow", "operating_cash_flow") }} AS operating_cash_flow,
    {{ total("cash_flow", "investing_cash_flow") }} AS investing_cash_flow,
    {{ total("cash_flow", "financing_cash_flow") }} AS financing_cash_flow,
    {{ total("cash_flow", "net_cash_flow") }} AS net_cash_flow,
    {{ total("cash_flow", "ending_cash") }} AS ending_cash
FROM (
    SELECT
        latest.fiscal_year,
        jsonb_object_agg(latest.statement_type, latest.statement_data) AS statements
    FROM (
        SELECT
            fs.fiscal_year,
            coalesce(fs.fiscal_period, 0) AS fiscal_period,
            fs.statement_type,
            fs.statement_data,
            fs.start_date,
            fs.end_date,
            row_number() OVER (
                PARTITION BY fs.fiscal_year, coalesce(fs.fiscal_period, 0), fs.statement_type
                ORDER BY
                    CASE WHEN fs.statement_status = 'finalized' THEN 0 ELSE 1 END,
                    fs.generated_at DESC NULLS LAST,
                    fs.statement_id DESC
            ) AS version
        FROM financial_statements AS fs
    ) AS latest
    WHERE latest.version = 1
    GROUP BY latest.fiscal_year, latest.fiscal_period
    HAVING min(latest.start_date) IS NOT NULL AND max(latest.end_date) IS NOT NULL
) AS filed
GROUP BY filed.fiscal_year

/* --- identities --- */
SELECT
    total_assets - total_liabilities - equity AS balance_gap,
    balance_gap = 0 AS balance_ok,
    CASE WHEN current_liabilities > 0 THEN current_assets / current_liabilities END AS current_ratio,
    CASE WHEN equity > 0 THEN total_liabilities / equity END AS debt_to_equity,
    CASE WHEN total_assets > 0 THEN total_liabilities / total_assets END AS debt_ratio,
    CASE WHEN total_assets > 0 THEN equity / total_assets END AS equity_ratio,
    CASE WHEN total_assets > 0 THEN statement_revenue / total_assets END AS asset_turnover,
    CASE WHEN current_liabilities > 0 THEN operating_cash_flow / current_liabilities END AS operating_cash_flow_ratio,
    CASE WHEN total_assets > 0 THEN 100 * statement_net_income / total_assets END AS return_on_assets_pct,
    CASE WHEN equity > 0 THEN 100 * statement_net_income / equity END AS return_on_equity_pct,
    CASE WHEN statement_revenue > 0 THEN 100 * statement_gross_profit / statement_revenue END AS statement_gross_margin_pct,
    CASE WHEN statement_revenue > 0 THEN 100 * statement_net_income / statement_revenue END AS statement_net_margin_pct,
    net_revenue - total_cogs AS gross_profit,
    CASE WHEN net_revenue > 0 THEN 100 * gross_profit / net_revenue END AS gross_margin_pct,
    CASE WHEN net_revenue > 0 THEN 100 * operating_profit / net_revenue END AS operating_margin_pct,
    CASE WHEN net_revenue > 0 THEN 100 * net_profit / net_revenue END AS net_margin_pct,
    standard_cogs / nullif(avg_inventory_value, 0) AS inventory_turnover,
    pnl_days * avg_inventory_value / nullif(standard_cogs, 0) AS days_inventory,
    round(dso_days + days_inventory - dpo_days, 2) AS cash_conversion_cycle_days
