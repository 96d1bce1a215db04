/* --- source: erp --- */
SELECT so.order_date AS cash_flow_date, sum(so.total_value) AS billed_amount
FROM sales_orders AS so
WHERE {{ window("so.order_date") }} AND so.order_status = ANY ('{delivered,closed}')
GROUP BY so.order_date
