-- Net revenue of the last days with any, by factory.
SELECT pnl_date, factory_id, net_revenue
FROM profit_and_loss_daily
ORDER BY pnl_date DESC, factory_id
LIMIT 100
