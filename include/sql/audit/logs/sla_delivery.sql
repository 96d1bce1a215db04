/* ---
description: Share of each customer's orders delivered by the requested date, per month, against what was promised.
table: sla_compliance_tracking
reads: [master, reporting]
owner: logistics
--- */

-- An order counts in the month in which it was placed. A month is judged one month after its end.

WITH months AS (
    SELECT
        s.customer_id,
        date_trunc('month', s.summary_date)::DATE AS month,
        sum(s.orders_on_time) AS on_time,
        sum(s.orders_on_time + s.orders_late) AS delivered
    FROM reporting.sales_order_summary AS s
    WHERE s.factory_id = 'ALL'
    GROUP BY s.customer_id, date_trunc('month', s.summary_date)
    HAVING sum(s.orders_on_time + s.orders_late) > 0
),

judged AS (
    SELECT
        m.customer_id,
        strftime(m.month, '%Y-%m') AS month,
        m.month + INTERVAL 2 MONTH AS due_at,
        c.sla_on_time_delivery_percentage AS target,
        CASE
            WHEN m.month + INTERVAL 2 MONTH <= this_moment()
                THEN CAST(round(100 * m.on_time / m.delivered, 4) AS DECIMAL(20, 4))
        END AS actual
    FROM months AS m
    JOIN master.customers AS c ON c.customer_id = m.customer_id
    WHERE c.sla_on_time_delivery_percentage IS NOT NULL
)

SELECT
    concat_ws('/', 'master.customers', j.customer_id, 'on_time_delivery', j.month) AS entry_key,
    happened(j.due_at) AS audit_timestamp,
    'on_time_delivery' AS sla_type,
    'customer' AS subject_type,
    j.customer_id || '/' || j.month AS subject_id,
    'Orders of a month delivered by the requested date' AS sla_name,
    'percent' AS unit,
    j.target,
    j.actual,
    j.due_at,
    NULL AS met_at,
    CASE WHEN j.actual IS NULL THEN 'open' WHEN j.actual >= j.target THEN 'met' ELSE 'breached' END AS status
FROM judged AS j
