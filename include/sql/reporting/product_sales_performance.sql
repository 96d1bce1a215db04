/* ---
description: Units, revenue, standard margin, returns and service tickets per product and month, with growth.
category: sales
reads: [erp, tms, service, financial, master]
grain: [sales_month, product_id]
load: window
lookback: 7 days
owner: sales operations
checks:
  - {check: exchange_rates_hold, level: fail}
  - {check: in_range, columns: [documents_without_rate], min: 0, max: 0, level: warn}
  - {check: not_negative, columns: [quantity_sold, gross_revenue, discount_amount, net_revenue], level: warn}
  - {check: known_member, columns: [product_id], level: warn}
  - {check: not_ahead_of_today, level: warn}
--- */

/*
Sales count in the month of the order, as macros/sales.sql defines them: without tax, cancelled orders and deleted lines
excluded, in functional currency at the rate of the order's day. A line's product is its own, else that of its material. Returned quantities are not recorded, so returns count lines, in the month of the return
order; return lines of materials that are no product come under UNKNOWN. Tickets name their product in words: they
count in the month they were opened, for the product of that name (the lowest id should two share it), else UNKNOWN.
Margin is against today's standard cost, over the lines whose material has one.

Growth compares with the calendar month before and the same month a year ago, NULL where that month had no sales. Months
ahead of today are not compared. A product that sold in the month before has a row even if it sold nothing since.
*/

{% from "macros/currency.sql" import exchange_rates with context -%}
{% from "macros/ratios.sql" import margin_pct -%}
{% from "macros/sales.sql" import sales_lines with context -%}
{%- set orders %}
(
    (
        so.order_date >= DATE '{{ window.start }}' - INTERVAL '1 month'
        AND so.order_date < DATE '{{ window.end }}'
    )
    OR (
        so.order_date >= DATE '{{ window.start }}' - INTERVAL '12 months'
        AND so.order_date < date_trunc('month', TIMESTAMP '{{ window.today }}') - INTERVAL '11 months'
    )
)
{%- endset %}
{%- set lines = ["so.sales_order_id", "so.order_date", "so.customer_id", "sol.product_id", "sol.material_id"] -%}
WITH {{ exchange_rates() }},

products AS (
    SELECT p.product_id, p.product_code, p.product_name, p.product_category, p.product_type
    FROM postgres_query('master', $$
        SELECT
            pr.product_id,
            pr.product_code,
            pr.product_name,
            pr.product_category,
            pr.product_type
        FROM products AS pr
    $$) AS p
),

materials AS (
    SELECT m.material_id, m.product_id, m.standard_cost
    FROM postgres_query('erp', $$SELECT ma.material_id, ma.product_id, ma.standard_cost FROM materials AS ma$$) AS m
),

sales_lines AS (
    {{ sales_lines(lines, orders, by_line=true) | indent(4) }}
),

product_lines AS (
    SELECT
        l.*,
        CAST(date_trunc('month', l.order_date) AS DATE) AS month_start,
        coalesce(p.product_id, 'UNKNOWN') AS known_product_id,
        CAST(l.order_quantity * m.standard_cost AS DECIMAL(18, 2)) AS standard_cost
    FROM sales_lines AS l
    LEFT JOIN materials AS m ON m.material_id = l.material_id
    LEFT JOIN products AS p ON p.product_id = coalesce(l.product_id, m.product_id)
),

monthly_sales AS (
    SELECT
        l.month_start,
        l.known_product_id AS product_id,
        count(DISTINCT l.sales_order_id) AS order_count,
        count(DISTINCT l.customer_id) AS customer_count,
        count(*) AS order_lines,
        count(*) FILTER (WHERE l.net_revenue IS NULL) AS documents_without_rate,
        sum(l.order_quantity) AS quantity_sold,
        sum(l.order_quantity) FILTER (WHERE l.net_revenue IS NOT NULL) AS valued_quantity,
        sum(l.gross_revenue) AS gross_revenue,
        sum(l.discount_amount) AS discount_amount,
        sum(l.net_revenue) AS net_revenue,
        sum(l.standard_cost) AS standard_cost,
        sum(l.net_revenue) FILTER (WHERE l.standard_cost IS NOT NULL) AS costed_revenue,
        sum(l.net_revenue - l.standard_cost) AS standard_margin
    FROM product_lines AS l
    GROUP BY l.month_start, l.known_product_id
),

product_names AS (
    SELECT
        p.product_name,
        min(p.product_id) AS product_id
    FROM products AS p
    GROUP BY p.product_name
),

monthly_returns AS (
    SELECT
        CAST(date_trunc('month', r.created_at) AS DATE) AS month_start,
        coalesce(p.product_id, 'UNKNOWN') AS product_id,
        count(*) AS return_lines
    FROM postgres_query('tms', $$
        SELECT
            ro.created_at,
            rl.material_id
        FROM return_orders AS ro
        INNER JOIN return_order_lines AS rl ON rl.return_order_id = ro.return_order_id
        WHERE {{ window("ro.created_at") }}
    $$) AS r
    LEFT JOIN materials AS m ON m.material_id = r.material_id
    LEFT JOIN products AS p ON p.product_id = m.product_id
    GROUP BY 1, 2
),

monthly_tickets AS (
    SELECT
        t.month_start,
        coalesce(n.product_id, 'UNKNOWN') AS product_id,
        sum(t.ticket_count) AS ticket_count
    FROM postgres_query('service', $$
        SELECT
            CAST(date_trunc('month', st.created_at) AS date) AS month_start,
            st.related_product,
            count(*) AS ticket_count
        FROM service_tickets AS st
        WHERE {{ window("st.created_at") }} AND st.related_product IS NOT NULL
        GROUP BY 1, 2
    $$) AS t
    LEFT JOIN product_names AS n ON n.product_name = t.related_product
    GROUP BY 1, 2
),

product_months AS (
    SELECT s.month_start, s.product_id FROM monthly_sales AS s WHERE {{ window("s.month_start") }}
    UNION
    SELECT
        CAST(s.month_start + INTERVAL 1 MONTH AS DATE) AS month_start,
        s.product_id
    FROM monthly_sales AS s
    WHERE s.month_start >= DATE '{{ window.start }}' - INTERVAL 1 MONTH
        AND s.month_start < DATE '{{ window.end }}' - INTERVAL 1 MONTH
        AND s.month_start + INTERVAL 1 MONTH <= DATE '{{ window.today }}'
    UNION
    SELECT r.month_start, r.product_id FROM monthly_returns AS r
    UNION
    SELECT t.month_start, t.product_id FROM monthly_tickets AS t
)

SELECT
    strftime(k.month_start, '%Y-%m') AS sales_month,
    k.product_id,
    p.product_code,
    p.product_name,
    p.product_category,
    p.product_type,
    '{{ rules.currency }}' AS currency,
    coalesce(s.order_count, 0) AS order_count,
    coalesce(s.customer_count, 0) AS customer_count,
    coalesce(s.order_lines, 0) AS order_lines,
    coalesce(s.documents_without_rate, 0) AS documents_without_rate,
    CAST(coalesce(s.quantity_sold, 0) AS DECIMAL(18, 4)) AS quantity_sold,
    CAST(coalesce(s.gross_revenue, 0) AS DECIMAL(18, 2)) AS gross_revenue,
    CAST(coalesce(s.discount_amount, 0) AS DECIMAL(18, 2)) AS discount_amount,
    CAST(coalesce(s.net_revenue, 0) AS DECIMAL(18, 2)) AS net_revenue,
    CAST(s.net_revenue / nullif(s.valued_quantity, 0) AS DECIMAL(18, 4)) AS average_unit_price,
    CAST(s.standard_cost AS DECIMAL(18, 2)) AS standard_cost,
    CAST(s.standard_margin AS DECIMAL(18, 2)) AS standard_margin,
    {{ margin_pct("s.standard_margin", "s.costed_revenue", "DECIMAL(12, 2)") }} AS standard_margin_pct,
    coalesce(r.return_lines, 0) AS return_lines,
    CAST(100 * coalesce(r.return_lines, 0) / nullif(s.order_lines, 0) AS DECIMAL(12, 2)) AS return_rate_pct,
    CAST(coalesce(t.ticket_count, 0) AS BIGINT) AS ticket_count,
    CAST(1000 * coalesce(t.ticket_count, 0) / nullif(s.quantity_sold, 0) AS DECIMAL(12, 2)) AS tickets_per_1000_units,
    CAST(before.net_revenue AS DECIMAL(18, 2)) AS previous_month_net_revenue,
    {{ margin_pct("coalesce(s.net_revenue, 0) - before.net_revenue", "before.net_revenue", "DECIMAL(12, 2)") }}
        AS net_revenue_mom_pct,
    CAST(100 * (coalesce(s.quantity_sold, 0) - before.quantity_sold) / nullif(before.quantity_sold, 0)
        AS DECIMAL(12, 2)) AS quantity_sold_mom_pct,
    CAST(last_year.net_revenue AS DECIMAL(18, 2)) AS previous_year_net_revenue,
    {{ margin_pct("coalesce(s.net_revenue, 0) - last_year.net_revenue", "last_year.net_revenue", "DECIMAL(12, 2)") }}
        AS net_revenue_yoy_pct
FROM product_months AS k
LEFT JOIN monthly_sales AS s ON s.month_start = k.month_start AND s.product_id = k.product_id
LEFT JOIN monthly_sales AS before
    ON before.month_start = k.month_start - INTERVAL 1 MONTH
    AND before.product_id = k.product_id
    AND k.month_start <= DATE '{{ window.today }}'
LEFT JOIN monthly_sales AS last_year
    ON last_year.month_start = k.month_start - INTERVAL 12 MONTH
    AND last_year.product_id = k.product_id
    AND k.month_start <= DATE '{{ window.today }}'
LEFT JOIN monthly_returns AS r ON r.month_start = k.month_start AND r.product_id = k.product_id
LEFT JOIN monthly_tickets AS t ON t.month_start = k.month_start AND t.product_id = k.product_id
LEFT JOIN products AS p ON p.product_id = k.product_id
