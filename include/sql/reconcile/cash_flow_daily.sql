/* --- source: erp --- */
{% from "macros/reconcile.sql" import unless_foreign with context %}
SELECT
    so.order_date AS cash_flow_date,
    sum({{ unless_foreign("so.total_value", "so.currency") }}) AS billed_amount
FROM sales_orders AS so
WHERE {{ window("so.order_date") }} AND so.order_status = ANY ('{delivered,closed}')
GROUP BY so.order_date
