/* --- source: erp --- */
{% from "macros/reconcile.sql" import unless_foreign with context %}
SELECT
    to_char(date_trunc('month', po.po_date), 'YYYY-MM') AS metric_month,
    count(po.purchase_order_id) AS purchase_orders,
    sum({{ unless_foreign("po.value", "po.currency") }}) AS purchase_spend
FROM (
    SELECT
        purchase_orders.purchase_order_id,
        purchase_orders.po_date,
        purchase_orders.currency,
        CASE
            WHEN purchase_orders.total_value IS NOT NULL THEN purchase_orders.total_value
            ELSE (
                SELECT sum(round(pol.order_quantity * pol.unit_price, 2))
                FROM purchase_order_lines AS pol
                WHERE pol.purchase_order_id = purchase_orders.purchase_order_id
                    AND NOT coalesce(pol.deletion_indicator, FALSE)
            )
        END AS value
    FROM purchase_orders
    WHERE {{ window("purchase_orders.po_date") }} AND coalesce(purchase_orders.po_status, '') <> 'cancelled'
) AS po
GROUP BY 1
