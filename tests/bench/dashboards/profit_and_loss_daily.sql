-- name: the_company_by_day_over_30_days
SELECT
    pnl_date,
    SUM(net_revenue) AS net_revenue,
    SUM(gross_profit) AS gross_profit,
    SUM(operating_profit) AS operating_profit,
    100 * SUM(operating_profit) / SUM(net_revenue) AS operating_margin_pct
FROM profit_and_loss_daily
WHERE pnl_date > :pnl_date - INTERVAL 30 DAY
    AND pnl_date <= :pnl_date
GROUP BY pnl_date
ORDER BY pnl_date;

-- name: factories_this_month
SELECT
    factory_id,
    factory_name,
    SUM(net_revenue) AS net_revenue,
    SUM(total_cogs) AS total_cogs,
    SUM(operating_expenses) AS operating_expenses,
    SUM(net_profit) AS net_profit
FROM profit_and_loss_daily
WHERE pnl_date >= DATE_FORMAT(:pnl_date, '%Y-%m-01')
    AND pnl_date <= :pnl_date
GROUP BY factory_id, factory_name
ORDER BY net_profit DESC;

-- name: a_factory_by_month_year_to_date
SELECT
    DATE_FORMAT(pnl_date, '%Y-%m') AS month,
    SUM(net_revenue) AS net_revenue,
    SUM(total_cogs) AS total_cogs,
    SUM(gross_profit) AS gross_profit,
    SUM(operating_expenses) AS operating_expenses,
    SUM(operating_profit) AS operating_profit
FROM profit_and_loss_daily
WHERE factory_id = :factory_id
    AND pnl_date >= MAKEDATE(YEAR(:pnl_date), 1)
    AND pnl_date <= :pnl_date
GROUP BY month
ORDER BY month;
