-- Customers with the most open orders.
SELECT customer_id, SUM(open_orders) AS open_orders
FROM sales_order_summary
GROUP BY customer_id
ORDER BY open_orders DESC
LIMIT 100
