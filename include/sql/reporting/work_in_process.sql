/* ---
description: Work orders in process at the end of each day, their value, age and lateness, per line.
category: inventory
reads: [manufacturing, master]
grain: [wip_date, factory_id, line_id]
load: window
lookback: 7 days
owner: supply chain
checks:
  - {check: in_range, columns: [overdue_pct], min: 0, max: 100, level: fail}
  - {check: not_negative, columns: [planned_units, material_issue_cost, labor_cost, average_age_hours], level: warn}
  - {check: known_member, columns: [factory_id, line_id], level: warn}
  - {check: row_count_near_yesterday, percent: 20, level: warn}
--- */
-- An order is in process at the end of a day when it began before and did not end until then. The actual times decide,
-- so every past day can be told again; the status of that day is not recorded. Orders cancelled or on hold never count.
-- Value is the material and labour booked up to the end of the day, at the amounts booked: material gross (issues) or
-- net (issues less returns), as the setting material_cost says. Net values can be negative: returns may exceed issues.
-- Operations carry no times and no completed quantity, so orders cannot be split by stage. Days to come are not told.
-- Every line has a row on every day since the first order began, with zeros when nothing is in process.
{% from "macros/ratios.sql" import sum_where_known -%}
WITH factories AS (
    SELECT f.factory_id, f.factory_name
    FROM postgres_query('master', $$SELECT fc.factory_id, fc.factory_name FROM factories AS fc$$) AS f
),

lines AS (
    SELECT l.line_id, l.line_name, coalesce(f.factory_id, 'UNKNOWN') AS factory_id
    FROM postgres_query('master', $$
        SELECT pl.line_id, pl.line_name, pl.factory_id FROM production_lines AS pl
    $$) AS l
    LEFT JOIN factories AS f ON f.factory_id = l.factory_id
),

orders AS (
    SELECT
        o.work_order_id,
        coalesce(f.factory_id, 'UNKNOWN') AS factory_id,
        coalesce(l.line_id, 'UNKNOWN') AS line_id,
        o.product_id,
        o.status,
        o.planned_quantity,
        o.planned_end_date,
        o.actual_start_time,
        coalesce(o.actual_end_time, TIMESTAMP 'infinity') AS actual_end_time
    FROM postgres_query('manufacturing', $$
        SELECT
            wo.work_order_id,
            wo.factory_id,
            wo.line_id,
            wo.product_id,
            wo.status,
            wo.planned_quantity,
            wo.planned_end_date,
            wo.actual_start_time,
            wo.actual_end_time
        FROM work_orders AS wo
        WHERE wo.status IN ('completed', 'closed', 'in_progress')
            AND wo.actual_start_time < least(DATE '{{ window.end }}', DATE '{{ window.today }}' + 1)
            AND (wo.actual_end_time >= DATE '{{ window.start }}' OR wo.actual_end_time IS NULL)
    $$) AS o
    LEFT JOIN factories AS f ON f.factory_id = o.factory_id
    LEFT JOIN lines AS l ON l.line_id = o.line_id
),

-- Bookings of the orders above, of any day: an order in process carries all its cost to date.
bookings AS (
    FROM postgres_query('manufacturing', $$
        WITH orders AS MATERIALIZED (
            SELECT wo.work_order_id
            FROM work_orders AS wo
            WHERE wo.status IN ('completed', 'closed', 'in_progress')
                AND wo.actual_start_time < least(DATE '{{ window.end }}', DATE '{{ window.today }}' + 1)
                AND (wo.actual_end_time >= DATE '{{ window.start }}' + 1 OR wo.actual_end_time IS NULL)
        )

        SELECT
            mt.work_order_id,
            CAST(mt.transaction_date AS date) AS booked_on,
            mt.transaction_type AS cost_type,
            mt.total_cost AS amount
        FROM orders AS o
        JOIN material_transactions AS mt ON mt.work_order_id = o.work_order_id
        WHERE mt.transaction_type IN ('issue', 'return')
        UNION ALL
        SELECT lt.work_order_id, CAST(lt.transaction_date AS date), 'labor', lt.labor_cost
        FROM orders AS o
        JOIN labor_transactions AS lt ON lt.work_order_id = o.work_order_id
    $$)
),

first_order AS (
    SELECT CAST(f.began AS DATE) AS day
    FROM postgres_query('manufacturing', $$
        SELECT min(wo.actual_start_time) AS began FROM work_orders AS wo
    $$) AS f
    WHERE f.began IS NOT NULL
),

days AS (
    SELECT CAST(unnest(range(
        greatest(DATE '{{ window.start }}', fo.day),
        least(DATE '{{ window.end }}', DATE '{{ window.today }}' + 1),
        INTERVAL 1 DAY
    )) AS DATE) AS wip_date
    FROM first_order AS fo
),

order_days AS (
    SELECT d.wip_date, o.*
    FROM days AS d
    JOIN orders AS o ON o.actual_start_time < d.wip_date + 1 AND o.actual_end_time >= d.wip_date + 1
),

cost_to_date AS (
    SELECT
        od.work_order_id,
        od.wip_date,
        coalesce(sum(b.amount) FILTER (WHERE b.cost_type = 'issue'), 0) AS issue_cost,
        coalesce(sum(b.amount) FILTER (WHERE b.cost_type = 'return'), 0) AS return_cost,
        coalesce(sum(b.amount) FILTER (WHERE b.cost_type = 'labor'), 0) AS labor_cost
    FROM order_days AS od
    JOIN bookings AS b ON b.work_order_id = od.work_order_id AND b.booked_on <= od.wip_date
    GROUP BY od.work_order_id, od.wip_date
),

valued AS (
    SELECT
        od.*,
        coalesce(c.issue_cost, 0) AS issue_cost,
        coalesce(c.return_cost, 0) AS return_cost,
        coalesce(c.labor_cost, 0) AS labor_cost,
        {% if rules.material_cost == "net" -%}
        coalesce(c.issue_cost - c.return_cost + c.labor_cost, 0) AS value,
        {% else -%}
        coalesce(c.issue_cost + c.labor_cost, 0) AS value,
        {% endif -%}
        date_diff('second', od.actual_start_time, CAST(od.wip_date + 1 AS TIMESTAMP)) AS age_seconds,
        coalesce(od.planned_end_date < od.wip_date + 1, FALSE) AS is_overdue
    FROM order_days AS od
    LEFT JOIN cost_to_date AS c ON c.work_order_id = od.work_order_id AND c.wip_date = od.wip_date
),

in_process AS (
    SELECT
        v.wip_date,
        v.factory_id,
        v.line_id,
        count(*) AS orders_in_process,
        count(DISTINCT v.product_id) AS products_in_process,
        count(*) FILTER (WHERE v.status = 'in_progress') AS orders_still_open,
        sum(v.planned_quantity) AS planned_units,
        sum(v.issue_cost) AS material_issue_cost,
        sum(v.return_cost) AS material_return_cost,
        sum(v.labor_cost) AS labor_cost,
        sum(v.value) AS wip_value,
        {{ sum_where_known("v.value", "v.planned_quantity") }} AS planned_value,
        sum(v.age_seconds) AS age_seconds,
        max(v.age_seconds) AS oldest_age_seconds,
        count(*) FILTER (WHERE v.is_overdue) AS overdue_orders,
        sum(v.value) FILTER (WHERE v.is_overdue) AS overdue_value
    FROM valued AS v
    GROUP BY v.wip_date, v.factory_id, v.line_id
),

begun AS (
    SELECT CAST(o.actual_start_time AS DATE) AS wip_date, o.factory_id, o.line_id, count(*) AS orders_begun
    FROM orders AS o
    GROUP BY CAST(o.actual_start_time AS DATE), o.factory_id, o.line_id
),

ended AS (
    SELECT CAST(o.actual_end_time AS DATE) AS wip_date, o.factory_id, o.line_id, count(*) AS orders_ended
    FROM orders AS o
    WHERE o.actual_end_time < TIMESTAMP 'infinity'
    GROUP BY CAST(o.actual_end_time AS DATE), o.factory_id, o.line_id
),

line_days AS (
    SELECT d.wip_date, l.factory_id, l.line_id
    FROM days AS d
    CROSS JOIN lines AS l
    UNION
    SELECT ip.wip_date, ip.factory_id, ip.line_id FROM in_process AS ip
    UNION
    SELECT d.wip_date, be.factory_id, be.line_id FROM begun AS be JOIN days AS d ON d.wip_date = be.wip_date
    UNION
    SELECT d.wip_date, en.factory_id, en.line_id FROM ended AS en JOIN days AS d ON d.wip_date = en.wip_date
)

SELECT
    ld.wip_date,
    ld.factory_id,
    ld.line_id,
    f.factory_name,
    l.line_name,
    '{{ rules.currency }}' AS currency,
    coalesce(ip.orders_in_process, 0) AS orders_in_process,
    coalesce(ip.products_in_process, 0) AS products_in_process,
    coalesce(ip.orders_still_open, 0) AS orders_still_open,
    coalesce(be.orders_begun, 0) AS orders_begun,
    coalesce(en.orders_ended, 0) AS orders_ended,
    CAST(coalesce(ip.planned_units, 0) AS DECIMAL(18, 4)) AS planned_units,
    CAST(coalesce(ip.material_issue_cost, 0) AS DECIMAL(18, 2)) AS material_issue_cost,
    CAST(coalesce(ip.material_return_cost, 0) AS DECIMAL(18, 2)) AS material_return_cost,
    CAST(coalesce(ip.labor_cost, 0) AS DECIMAL(18, 2)) AS labor_cost,
    CAST(coalesce(ip.wip_value, 0) AS DECIMAL(18, 2)) AS wip_value,
    CAST(ip.planned_value / nullif(ip.planned_units, 0) AS DECIMAL(18, 4)) AS wip_value_per_unit,
    CAST(ip.age_seconds / 3600 / ip.orders_in_process AS DECIMAL(14, 2)) AS average_age_hours,
    CAST(ip.oldest_age_seconds / 3600 AS DECIMAL(14, 2)) AS oldest_age_hours,
    coalesce(ip.overdue_orders, 0) AS overdue_orders,
    CAST(coalesce(ip.overdue_value, 0) AS DECIMAL(18, 2)) AS overdue_value,
    CAST(100.0 * ip.overdue_orders / ip.orders_in_process AS DECIMAL(9, 2)) AS overdue_pct
FROM line_days AS ld
LEFT JOIN in_process AS ip
    ON ip.wip_date = ld.wip_date AND ip.factory_id = ld.factory_id AND ip.line_id = ld.line_id
LEFT JOIN begun AS be
    ON be.wip_date = ld.wip_date AND be.factory_id = ld.factory_id AND be.line_id = ld.line_id
LEFT JOIN ended AS en
    ON en.wip_date = ld.wip_date AND en.factory_id = ld.factory_id AND en.line_id = ld.line_id
LEFT JOIN factories AS f ON f.factory_id = ld.factory_id
LEFT JOIN lines AS l ON l.line_id = ld.line_id
