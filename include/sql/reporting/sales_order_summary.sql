/* ---
description: Orders, delivery promise, revenue and standard margin per order day, factory and customer.
category: sales
reads: [erp, tms, financial, master]
grain: [summary_date, factory_id, customer_id]
load: window
lookback: 7 days
owner: sales operations
checks:
  - {check: in_range, columns: [on_time_pct], min: 0, max: 100, level: fail}
  - {check: exchange_rates_hold, level: fail}
  - {check: in_range, columns: [lines_without_standard_cost, documents_without_rate], min: 0, max: 0, level: warn}
  - {check: not_negative, columns: [order_net_value, order_tax_amount, ordered_quantity, gross_revenue,
                                    discount_amount], level: warn}
  - {check: known_member, columns: [factory_id, customer_id], level: warn}
  - {check: not_ahead_of_today, level: warn}
  - {check: row_count_near_yesterday, percent: 50, level: warn}
--- */

/*
Two kinds of rows, so that every additive column may be summed over any rows without counting twice:
- factory_id = 'ALL' holds what belongs to a whole order (counts, header value, tax, delivery), because one order is
  made in two or three factories. The columns of lines are NULL there.
- each factory's row holds what belongs to the lines made there (quantity, revenue, cost). The columns of whole orders
  are NULL there; factory_order_count counts an order once in each of its factories.

Revenue is that of macros/sales.sql: quantity x unit price less discount, without tax, rounded by line; cancelled orders
and deleted lines add none. The header's values, order_net_value and order_total_value with tax, are what the order itself
states. Cancelled orders are counted, but add no value. All amounts are in functional currency, at the rate of the order's
day; orders without a rate are counted in documents_without_rate, and left out of all amounts.
Margin is against today's standard cost, over the lines whose material has one; the percentage is NULL on no revenue, or less than none.
Shipments may be dated before their order: deliveries are therefore read from a year before the window on, those of cancelled shipments left out.
An order is on time when its first delivery is not later than the requested date (OTIF needs quantities, not recorded).
*/

{% from "macros/currency.sql" import at_rate_of, exchange_rates, converted, currency_of with context -%}
{% from "macros/documents.sql" import is_valid -%}
{% from "macros/ratios.sql" import margin_pct -%}
{% from "macros/sales.sql" import sales_lines, producing_plants, is_recognised with context -%}
WITH {{ exchange_rates() }},

factories AS (
    SELECT f.factory_id, f.factory_name
    FROM postgres_query('master', $$SELECT fa.factory_id, fa.factory_name FROM factories AS fa$$) AS f
),

customers AS (
    SELECT c.customer_id, c.customer_name, c.region
    FROM postgres_query('master', $$SELECT cu.customer_id, cu.customer_name, cu.region FROM customers AS cu$$) AS c
),

orders AS (
    SELECT
        so.sales_order_id,
        so.order_date,
        coalesce(c.customer_id, 'UNKNOWN') AS customer_id,
        so.requested_delivery_date,
        CASE
            WHEN so.order_status IN ('delivered', 'closed', 'cancelled') THEN so.order_status
            ELSE 'open'
        END AS order_state,
        {{ is_valid("so.order_status") }} AS is_valid,
        r.rate IS NULL AS is_without_rate,
        {{ converted("so.total_net_value") }} AS total_net_value,
        {{ converted("so.total_value") }} AS total_value
    FROM postgres_query('erp', $$
        SELECT
            o.sales_order_id,
            o.order_date,
            o.customer_id,
            {{ currency_of("o.currency") }} AS currency,
            o.requested_delivery_date,
            o.order_status,
            o.total_net_value,
            o.total_value
        FROM sales_orders AS o
        WHERE {{ window("o.order_date") }}
    $$) AS so
    {{ at_rate_of("so.currency", "so.order_date") | indent(4) }}
    LEFT JOIN customers AS c ON c.customer_id = so.customer_id
),

first_deliveries AS (
    SELECT
        o.sales_order_id,
        min(sh.actual_delivery_date) AS delivered_on
    FROM orders AS o
    INNER JOIN postgres_query('tms', $$
        SELECT
            s.sales_order_id,
            s.actual_delivery_date
        FROM shipments AS s
        WHERE s.actual_delivery_date >= DATE '{{ window.start }}' - 366 AND {{ is_valid("s.shipment_status") }}
    $$) AS sh ON sh.sales_order_id = o.sales_order_id
    GROUP BY o.sales_order_id
),

company_rows AS (
    SELECT
        o.order_date,
        'ALL' AS factory_id,
        o.customer_id,
        count(*) AS order_count,
        count(*) FILTER (WHERE o.order_state = 'open') AS open_orders,
        count(*) FILTER (WHERE o.order_state = 'delivered') AS delivered_orders,
        count(*) FILTER (WHERE o.order_state = 'closed') AS closed_orders,
        count(*) FILTER (WHERE o.order_state = 'cancelled') AS cancelled_orders,
        count(*) FILTER (
            WHERE o.order_state = 'open' AND o.requested_delivery_date < DATE '{{ window.today }}'
        ) AS overdue_open_orders,
        count(*) FILTER (WHERE o.is_without_rate) AS documents_without_rate,
        count(o.total_net_value) FILTER (WHERE o.is_valid) AS orders_valued,
        coalesce(sum(o.total_net_value) FILTER (WHERE o.is_valid), 0) AS order_net_value,
        sum(o.total_value - o.total_net_value) FILTER (WHERE o.is_valid) AS order_tax_amount,
        coalesce(sum(o.total_value) FILTER (WHERE o.is_valid), 0) AS order_total_value,
        count(*) FILTER (WHERE d.delivered_on <= o.requested_delivery_date) AS orders_on_time,
        count(*) FILTER (WHERE d.delivered_on > o.requested_delivery_date) AS orders_late,
        coalesce(sum(d.delivered_on - o.requested_delivery_date)
            FILTER (WHERE d.delivered_on > o.requested_delivery_date), 0) AS days_late
    FROM orders AS o
    LEFT JOIN first_deliveries AS d ON d.sales_order_id = o.sales_order_id
    GROUP BY o.order_date, o.customer_id
),

{%- set lines = ["so.sales_order_id", "so.order_date", "so.customer_id", "so.order_status", "sol.material_id",
                 "sol.plant_id", "sol.unit_price"] %}
sales_lines AS (
    {{ sales_lines(lines, window("so.order_date"), by_line=true) | indent(4) }}
),

plants AS (
    {{ producing_plants(window("so.order_date")) | indent(4) }}
),

valued_lines AS (
    SELECT
        l.sales_order_id,
        l.order_date,
        coalesce(f.factory_id, 'UNKNOWN') AS factory_id,
        coalesce(c.customer_id, 'UNKNOWN') AS customer_id,
        {{ is_recognised("l.order_status") }} AS is_recognised,
        l.order_quantity,
        l.gross_revenue,
        l.discount_amount,
        l.net_revenue,
        CAST(l.order_quantity * m.standard_cost AS DECIMAL(18, 2)) AS standard_cost,
        l.gross_revenue < l.order_quantity * m.standard_cost AS is_below_standard_cost
    FROM sales_lines AS l
    LEFT JOIN postgres_query('erp', $$SELECT ma.material_id, ma.standard_cost FROM materials AS ma$$) AS m
        ON m.material_id = l.material_id
    LEFT JOIN plants AS p
        ON p.sales_order_id = l.sales_order_id
        AND p.material_id = l.material_id
        AND p.order_quantity = l.order_quantity
    LEFT JOIN factories AS f ON f.factory_id = coalesce(l.plant_id, p.plant_id)
    LEFT JOIN customers AS c ON c.customer_id = l.customer_id
),

factory_rows AS (
    SELECT
        v.order_date,
        v.factory_id,
        v.customer_id,
        count(DISTINCT v.sales_order_id) AS factory_order_count,
        count(*) AS order_lines,
        sum(v.order_quantity) AS ordered_quantity,
        coalesce(sum(v.gross_revenue), 0) AS gross_revenue,
        coalesce(sum(v.discount_amount), 0) AS discount_amount,
        coalesce(sum(v.net_revenue), 0) AS net_revenue,
        coalesce(sum(v.net_revenue) FILTER (WHERE v.is_recognised), 0) AS recognised_revenue,
        coalesce(sum(v.net_revenue) FILTER (WHERE NOT v.is_recognised), 0) AS open_revenue,
        sum(v.standard_cost) AS standard_cost,
        sum(v.net_revenue) FILTER (WHERE v.standard_cost IS NOT NULL) AS costed_revenue,
        sum(v.net_revenue - v.standard_cost) AS standard_margin,
        count(*) FILTER (WHERE v.standard_cost IS NULL) AS lines_without_standard_cost,
        count(*) FILTER (WHERE v.is_below_standard_cost) AS lines_below_standard_cost
    FROM valued_lines AS v
    GROUP BY v.order_date, v.factory_id, v.customer_id
),

all_rows AS (
    SELECT * FROM company_rows
    UNION ALL BY NAME
    SELECT * FROM factory_rows
)

SELECT
    r.order_date AS summary_date,
    r.factory_id,
    r.customer_id,
    CASE r.factory_id WHEN 'ALL' THEN 'All factories' ELSE f.factory_name END AS factory_name,
    c.customer_name,
    c.region AS customer_region,
    '{{ rules.currency }}' AS currency,
    r.order_count,
    r.open_orders,
    r.delivered_orders,
    r.closed_orders,
    r.cancelled_orders,
    r.overdue_open_orders,
    r.documents_without_rate,
    CAST(r.order_net_value AS DECIMAL(18, 2)) AS order_net_value,
    CAST(r.order_tax_amount AS DECIMAL(18, 2)) AS order_tax_amount,
    CAST(r.order_total_value AS DECIMAL(18, 2)) AS order_total_value,
    CAST(r.order_net_value / nullif(r.orders_valued, 0) AS DECIMAL(18, 2)) AS average_order_value,
    r.orders_on_time,
    r.orders_late,
    CAST(100 * r.orders_on_time / nullif(r.orders_on_time + r.orders_late, 0) AS DECIMAL(9, 2)) AS on_time_pct,
    CAST(r.days_late AS BIGINT) AS days_late,
    r.factory_order_count,
    r.order_lines,
    CAST(r.ordered_quantity AS DECIMAL(18, 4)) AS ordered_quantity,
    CAST(r.gross_revenue AS DECIMAL(18, 2)) AS gross_revenue,
    CAST(r.discount_amount AS DECIMAL(18, 2)) AS discount_amount,
    CAST(r.net_revenue AS DECIMAL(18, 2)) AS net_revenue,
    CAST(r.recognised_revenue AS DECIMAL(18, 2)) AS recognised_revenue,
    CAST(r.open_revenue AS DECIMAL(18, 2)) AS open_revenue,
    CAST(r.standard_cost AS DECIMAL(18, 2)) AS standard_cost,
    CAST(r.standard_margin AS DECIMAL(18, 2)) AS standard_margin,
    {{ margin_pct("r.standard_margin", "r.costed_revenue", "DECIMAL(12, 2)") }} AS standard_margin_pct,
    r.lines_without_standard_cost,
    r.lines_below_standard_cost
FROM all_rows AS r
LEFT JOIN factories AS f ON f.factory_id = r.factory_id
LEFT JOIN customers AS c ON c.customer_id = r.customer_id
