/* --- source: erp --- */
SELECT DATE '{{ window.start }}' AS as_of_date, sum(so.total_value) AS receivable_amount
FROM sales_orders AS so
WHERE so.order_status = 'delivered'
