/* ---
description: Orders, running year to date, service experience and churn risk per customer and month.
category: sales
reads: [erp, crm, service, financial, master]
grain: [period_month, customer_id]
load: window
lookback: 7 days
owner: sales operations
checks:
  - {check: exchange_rates_hold, level: fail}
  - {check: in_range, columns: [documents_without_rate], min: 0, max: 0, level: warn}
  - {check: in_range, columns: [churn_score, health_score], min: 0, max: 100, level: warn}
  - {check: in_range, columns: [csat_average, ytd_csat_average], min: 1, max: 5, level: warn}
  - {check: not_negative, columns: [net_revenue, ytd_net_revenue], level: warn}
  - {check: known_member, columns: [customer_id], level: warn}
--- */

/*
Every customer has a row for every month from the first order on, so that a silent customer shows; months ahead have
one where something is dated in them. Orders count by order date, tickets by the day they were opened. Revenue is the
net revenue of order lines as macros/sales.sql defines it, in functional currency. YTD runs from 1 January to the end of the month.
CRM's own ytd_revenue (0), lifetime_value (unrelated to orders) and churn_risk (empty) are not used.

The month's "as of" day is its last day, or today for the present month and months ahead. churn_score, 0 to 100, adds
    50 points x days since the last order / 90, at most 50; also 50 without an order in a year
    20 points x growth of tickets, the last 30 days over the 30 days before, between none and double
    30 points x (100 - health_score) / 100; CRM's default of 50 stands for an unknown health score
and churn_risk is low below 30, medium below 60, else high. CRM keeps no history: months hold the account's tier,
owner and health score of when they were last computed. A customer with several accounts shows the lowest active one,
but the tickets of all.
*/

{% from "macros/currency.sql" import exchange_rates with context -%}
{% from "macros/documents.sql" import is_valid -%}
{% from "macros/sales.sql" import sales_lines with context -%}
{%- set orders -%}
so.order_date >= DATE '{{ window.start }}' - 366 AND so.order_date < DATE '{{ window.end }}'
{%- endset %}
{%- set year_orders -%}
so.order_date >= date_trunc('year', TIMESTAMP '{{ window.start }}') AND so.order_date < DATE '{{ window.end }}'
{%- endset -%}
WITH {{ exchange_rates() }},

customers AS (
    SELECT c.customer_id, c.customer_name, c.customer_type, c.region, c.payment_terms_days
    FROM postgres_query('master', $$
        SELECT
            cu.customer_id,
            cu.customer_name,
            cu.customer_type,
            cu.region,
            cu.payment_terms_days
        FROM customers AS cu
    $$) AS c
),

accounts AS (
    SELECT
        a.account_id,
        c.customer_id,
        a.account_tier,
        a.account_owner,
        a.health_score,
        row_number() OVER (PARTITION BY c.customer_id ORDER BY a.is_active DESC NULLS LAST, a.account_id) AS preference
    FROM postgres_query('crm', $$
        SELECT
            ac.account_id,
            ac.customer_id,
            ac.account_tier,
            ac.account_owner,
            ac.health_score,
            ac.is_active
        FROM accounts AS ac
    $$) AS a
    LEFT JOIN customers AS c ON c.customer_id = a.customer_id
),

-- Revenue from 1 January on; orders from a year before the window on, for the day of the last one.
order_revenue AS (
    {{ sales_lines(["so.customer_id", "so.order_date"], year_orders) | indent(4) }}
),

placed_orders AS (
    SELECT d.customer_id, d.order_date, d.order_count
    FROM postgres_query('erp', $$
        SELECT so.customer_id, so.order_date, count(*) AS order_count
        FROM sales_orders AS so
        WHERE {{ orders }} AND {{ is_valid("so.order_status") }}
        GROUP BY so.customer_id, so.order_date
    $$) AS d
    UNION ALL BY NAME
    SELECT
        v.customer_id,
        v.order_date,
        v.net_revenue,
        CASE WHEN v.net_revenue IS NULL THEN v.order_lines END AS documents_without_rate
    FROM order_revenue AS v
),

daily_orders AS (
    SELECT
        coalesce(c.customer_id, 'UNKNOWN') AS customer_id,
        d.order_date,
        CAST(date_trunc('month', d.order_date) AS DATE) AS month_start,
        sum(d.order_count) AS order_count,
        sum(d.net_revenue) AS net_revenue,
        sum(d.documents_without_rate) AS documents_without_rate
    FROM placed_orders AS d
    LEFT JOIN customers AS c ON c.customer_id = d.customer_id
    GROUP BY ALL
),

daily_tickets AS (
    SELECT
        coalesce(a.customer_id, 'UNKNOWN') AS customer_id,
        d.ticket_date,
        CAST(date_trunc('month', d.ticket_date) AS DATE) AS month_start,
        d.ticket_count,
        d.csat_responses,
        d.csat_total
    FROM postgres_query('service', $$
        SELECT
            st.account_id,
            CAST(st.created_at AS date) AS ticket_date,
            count(*) AS ticket_count,
            count(st.csat_rating) AS csat_responses,
            coalesce(sum(st.csat_rating), 0) AS csat_total
        FROM service_tickets AS st
        WHERE st.created_at >= least(
                date_trunc('year', TIMESTAMP '{{ window.start }}'), TIMESTAMP '{{ window.start }}' - INTERVAL '60 days'
            )
            AND st.created_at < DATE '{{ window.end }}'
        GROUP BY 1, 2
    $$) AS d
    LEFT JOIN accounts AS a ON a.account_id = d.account_id
),

first_order AS (
    SELECT f.order_date
    FROM postgres_query('erp', $$ SELECT min(so.order_date) AS order_date FROM sales_orders AS so $$) AS f
),

months_until_today AS (
    SELECT CAST(m.month_start AS DATE) AS month_start
    FROM range(DATE '{{ window.start }}', DATE '{{ window.end }}', INTERVAL 1 MONTH) AS m (month_start)
    WHERE m.month_start <= DATE '{{ window.today }}'
        AND m.month_start >= (SELECT date_trunc('month', f.order_date) FROM first_order AS f)
),

customer_months AS (
    SELECT m.month_start, c.customer_id
    FROM months_until_today AS m
    CROSS JOIN customers AS c
    UNION
    SELECT o.month_start, o.customer_id FROM daily_orders AS o WHERE {{ window("o.order_date") }}
    UNION
    SELECT t.month_start, t.customer_id FROM daily_tickets AS t WHERE {{ window("t.ticket_date") }}
),

periods AS (
    SELECT
        k.month_start,
        k.customer_id,
        CAST(date_trunc('year', k.month_start) AS DATE) AS year_start,
        last_day(k.month_start) AS month_end,
        least(month_end, DATE '{{ window.today }}') AS as_of
    FROM customer_months AS k
),

order_facts AS (
    SELECT
        p.month_start,
        p.customer_id,
        coalesce(sum(o.order_count) FILTER (WHERE o.month_start = p.month_start), 0) AS order_count,
        coalesce(sum(o.net_revenue) FILTER (WHERE o.month_start = p.month_start), 0) AS net_revenue,
        coalesce(sum(o.documents_without_rate) FILTER (WHERE o.month_start = p.month_start), 0)
            AS documents_without_rate,
        coalesce(sum(o.order_count) FILTER (WHERE o.order_date >= p.year_start), 0) AS ytd_order_count,
        coalesce(sum(o.net_revenue) FILTER (WHERE o.order_date >= p.year_start), 0) AS ytd_net_revenue,
        max(o.order_date) FILTER (WHERE o.order_date <= p.as_of) AS last_order_date
    FROM periods AS p
    LEFT JOIN daily_orders AS o
        ON o.customer_id = p.customer_id AND o.order_date BETWEEN p.month_start - 366 AND p.month_end
    GROUP BY p.month_start, p.customer_id
),

ticket_facts AS (
    SELECT
        p.month_start,
        p.customer_id,
        coalesce(sum(t.ticket_count) FILTER (WHERE t.month_start = p.month_start), 0) AS ticket_count,
        coalesce(sum(t.csat_responses) FILTER (WHERE t.month_start = p.month_start), 0) AS csat_responses,
        sum(t.csat_total) FILTER (WHERE t.month_start = p.month_start) AS csat_total,
        coalesce(sum(t.ticket_count) FILTER (WHERE t.ticket_date BETWEEN p.year_start AND p.month_end), 0)
            AS ytd_ticket_count,
        sum(t.csat_responses) FILTER (WHERE t.ticket_date BETWEEN p.year_start AND p.month_end) AS ytd_csat_responses,
        sum(t.csat_total) FILTER (WHERE t.ticket_date BETWEEN p.year_start AND p.month_end) AS ytd_csat_total,
        coalesce(sum(t.ticket_count) FILTER (WHERE t.ticket_date BETWEEN p.as_of - 29 AND p.as_of), 0)
            AS tickets_last_30_days,
        coalesce(sum(t.ticket_count) FILTER (WHERE t.ticket_date BETWEEN p.as_of - 59 AND p.as_of - 30), 0)
            AS tickets_previous_30_days
    FROM periods AS p
    LEFT JOIN daily_tickets AS t
        ON t.customer_id = p.customer_id
        AND t.ticket_date BETWEEN least(p.year_start, p.as_of - 59) AND p.month_end
    GROUP BY p.month_start, p.customer_id
),

performance AS (
    SELECT
        p.month_start,
        p.customer_id,
        a.account_id,
        a.account_tier,
        a.account_owner,
        a.health_score,
        o.order_count,
        o.documents_without_rate,
        o.net_revenue,
        o.ytd_order_count,
        o.ytd_net_revenue,
        o.last_order_date,
        p.as_of - o.last_order_date AS days_since_last_order,
        t.ticket_count,
        t.csat_responses,
        t.csat_total,
        t.ytd_ticket_count,
        t.ytd_csat_responses,
        t.ytd_csat_total,
        t.tickets_last_30_days,
        t.tickets_previous_30_days,
        CAST(50 * least(coalesce(days_since_last_order, 90), 90) / 90 AS DECIMAL(9, 2)) AS recency_points,
        CASE
            WHEN t.tickets_last_30_days <= t.tickets_previous_30_days THEN 0
            WHEN t.tickets_previous_30_days = 0 THEN 20
            ELSE CAST(20 * least(t.tickets_last_30_days / t.tickets_previous_30_days - 1, 1) AS DECIMAL(9, 2))
        END AS ticket_points,
        CAST(30 * (100 - coalesce(a.health_score, 50)) / 100 AS DECIMAL(9, 2)) AS health_points,
        CASE WHEN p.customer_id <> 'UNKNOWN' THEN recency_points + ticket_points + health_points END AS churn_score
    FROM periods AS p
    INNER JOIN order_facts AS o ON o.month_start = p.month_start AND o.customer_id = p.customer_id
    INNER JOIN ticket_facts AS t ON t.month_start = p.month_start AND t.customer_id = p.customer_id
    LEFT JOIN accounts AS a ON a.customer_id = p.customer_id AND a.preference = 1
)

SELECT
    strftime(f.month_start, '%Y-%m') AS period_month,
    f.customer_id,
    c.customer_name,
    c.customer_type,
    c.region AS customer_region,
    c.payment_terms_days,
    f.account_id,
    f.account_tier,
    f.account_owner,
    f.health_score,
    '{{ rules.currency }}' AS currency,
    CAST(f.order_count AS BIGINT) AS order_count,
    CAST(f.documents_without_rate AS BIGINT) AS documents_without_rate,
    CAST(f.net_revenue AS DECIMAL(18, 2)) AS net_revenue,
    CAST(f.net_revenue / nullif(f.order_count, 0) AS DECIMAL(18, 2)) AS average_order_value,
    CAST(f.ytd_order_count AS BIGINT) AS ytd_order_count,
    CAST(f.ytd_net_revenue AS DECIMAL(18, 2)) AS ytd_net_revenue,
    CAST(f.ytd_net_revenue / nullif(f.ytd_order_count, 0) AS DECIMAL(18, 2)) AS ytd_average_order_value,
    f.last_order_date,
    f.days_since_last_order,
    CAST(f.ticket_count AS BIGINT) AS ticket_count,
    CAST(f.csat_responses AS BIGINT) AS csat_responses,
    CAST(f.csat_total / nullif(f.csat_responses, 0) AS DECIMAL(9, 2)) AS csat_average,
    CAST(f.ytd_ticket_count AS BIGINT) AS ytd_ticket_count,
    CAST(f.ytd_csat_total / nullif(f.ytd_csat_responses, 0) AS DECIMAL(9, 2)) AS ytd_csat_average,
    CAST(f.tickets_last_30_days AS BIGINT) AS tickets_last_30_days,
    CAST(f.tickets_previous_30_days AS BIGINT) AS tickets_previous_30_days,
    CAST(f.churn_score AS DECIMAL(9, 2)) AS churn_score,
    CASE
        WHEN f.churn_score < 30 THEN 'low'
        WHEN f.churn_score < 60 THEN 'medium'
        WHEN f.churn_score >= 60 THEN 'high'
    END AS churn_risk
FROM performance AS f
LEFT JOIN customers AS c ON c.customer_id = f.customer_id
