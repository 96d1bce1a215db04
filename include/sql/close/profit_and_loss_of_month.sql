-- The result of a month, as closed, by factory.
SELECT
    factory_id,
    COUNT(*) AS days,
    SUM(net_revenue) AS net_revenue,
    SUM(total_cogs) AS total_cogs,
    SUM(gross_profit) AS gross_profit,
    SUM(operating_profit) AS operating_profit,
    SUM(net_profit) AS net_profit
FROM profit_and_loss_daily
WHERE pnl_date BETWEEN %(first)s AND %(last)s
GROUP BY factory_id
ORDER BY factory_id
