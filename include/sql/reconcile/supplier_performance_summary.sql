/* --- source: erp --- */
SELECT
    monthly.metric_month,
    sum(monthly.purchase_orders) AS purchase_orders,
    sum(monthly.purchase_spend) AS purchase_spend
FROM (
    SELECT
        to_char(date_trunc('month', po_date), 'YYYY-MM') AS metric_month,
        supplier_id,
        count(purchase_order_id) AS purchase_orders,
        round(coalesce(sum(total_value * coalesce(exchange_rate, 1)), 0), 2) AS purchase_spend
    FROM purchase_orders
    WHERE {{ window("po_date") }} AND coalesce(po_status, '') <> 'cancelled'
    GROUP BY 1, 2
) AS monthly
GROUP BY monthly.metric_month
