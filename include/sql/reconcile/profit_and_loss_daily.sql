/* --- source: erp --- */
-- Orders are valued one by one, without their plants: what is lost or doubled by the attribution to plants shows here.
SELECT
    so.order_date AS pnl_date,
    sum(lines.net_amount) AS order_intake
    {%- if rules.revenue_basis == 'order_date' %},
    coalesce(sum(lines.net_amount) FILTER (WHERE so.order_status IN ('delivered', 'closed')), 0) AS gross_revenue
    {%- endif %}
FROM sales_orders AS so
CROSS JOIN LATERAL (
    SELECT sum(round(sol.order_quantity * sol.unit_price, 2)) AS net_amount
    FROM sales_order_lines AS sol
    WHERE sol.sales_order_id = so.sales_order_id
) AS lines
WHERE {{ window("so.order_date") }}
GROUP BY so.order_date
