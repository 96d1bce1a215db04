/* --- source: erp --- */
{% from "macros/reconcile.sql" import unless_foreign with context %}
SELECT
    DATE '{{ window.start }}' AS as_of_date,
    sum({{ unless_foreign("so.total_value", "so.currency") }}) AS receivable_amount
FROM sales_orders AS so
WHERE so.order_status = 'delivered'
