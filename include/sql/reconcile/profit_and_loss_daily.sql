/* --- source: erp --- */
-- Orders are valued one by one, without their plants: what is lost or doubled by the attribution to plants shows here.
{% from "macros/reconcile.sql" import line_net, unless_foreign with context %}
SELECT
    so.order_date AS pnl_date,
    sum({{ unless_foreign("lines.net_amount", "so.currency") }}) AS order_intake
    {%- if rules.revenue_basis == 'order_date' %},
    coalesce(
        sum({{ unless_foreign("lines.net_amount", "so.currency") }})
            FILTER (WHERE so.order_status IN ('delivered', 'closed')),
        0
    ) AS gross_revenue
    {%- endif %}
FROM sales_orders AS so
CROSS JOIN LATERAL (
    SELECT sum({{ line_net("sol") }}) AS net_amount
    FROM sales_order_lines AS sol
    WHERE sol.sales_order_id = so.sales_order_id AND NOT coalesce(sol.deletion_indicator, FALSE)
) AS lines
WHERE {{ window("so.order_date") }} AND coalesce(so.order_status, '') <> 'cancelled'
GROUP BY so.order_date
