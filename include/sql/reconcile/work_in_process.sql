/* --- source: manufacturing --- */
-- Balances of events instead of a look at every order on every day: an order and what is booked on it come in on one
-- day and go out on the day that the order ends.
WITH spans AS (
    SELECT
        wo.work_order_id,
        wo.planned_quantity,
        CASE wo.status WHEN 'in_progress' THEN 1 ELSE 0 END AS still_open,
        CAST(wo.planned_end_date AS date) AS due_day,
        greatest(CAST(wo.actual_start_time AS date), DATE '{{ window.start }}') AS first_day,
        CASE
            WHEN wo.actual_end_time IS NOT NULL THEN CAST(greatest(wo.actual_end_time, wo.actual_start_time) AS date)
        END AS end_day
    FROM work_orders AS wo
    WHERE wo.status IN ('completed', 'closed', 'in_progress')
        AND wo.actual_start_time IS NOT NULL
        AND coalesce(wo.actual_end_time, 'infinity') >= DATE '{{ window.start }}'
),

bookings AS (
    SELECT
        mt.work_order_id,
        CAST(mt.transaction_date AS date) AS day,
        CASE mt.transaction_type WHEN 'issue' THEN mt.total_cost END AS issued,
        CASE mt.transaction_type WHEN 'return' THEN mt.total_cost END AS returned,
        CAST(NULL AS numeric) AS labor
    FROM material_transactions AS mt
    UNION ALL
    SELECT lt.work_order_id, CAST(lt.transaction_date AS date), NULL, NULL, lt.labor_cost
    FROM labor_transactions AS lt
),

events AS (
    SELECT
        step.day, step.sign AS orders, step.sign * sp.still_open AS still_open, step.sign * sp.planned_quantity AS units,
        0 AS overdue, 0 AS issued, 0 AS returned, 0 AS labor
    FROM spans AS sp
    CROSS JOIN LATERAL (VALUES (sp.first_day, 1), (sp.end_day, -1)) AS step (day, sign)
    UNION ALL
    SELECT step.day, 0, 0, 0, step.sign, 0, 0, 0
    FROM spans AS sp
    CROSS JOIN LATERAL (VALUES (greatest(sp.first_day, sp.due_day), 1), (sp.end_day, -1)) AS step (day, sign)
    WHERE sp.due_day < coalesce(sp.end_day, 'infinity')
    UNION ALL
    SELECT
        greatest(step.day, b.day), 0, 0, 0, 0, step.sign * b.issued, step.sign * b.returned, step.sign * b.labor
    FROM spans AS sp
    JOIN bookings AS b ON b.work_order_id = sp.work_order_id AND b.day IS NOT NULL
    CROSS JOIN LATERAL (VALUES (sp.first_day, 1), (sp.end_day, -1)) AS step (day, sign)
    WHERE step.day IS NOT NULL
),

changes AS (
    SELECT
        e.day, sum(e.orders) AS orders, sum(e.still_open) AS still_open, sum(e.units) AS units, sum(e.overdue) AS overdue,
        sum(e.issued) AS issued, sum(e.returned) AS returned, sum(e.labor) AS labor
    FROM events AS e
    GROUP BY e.day
),

days AS (
    SELECT CAST(d.day AS date) AS wip_date
    FROM generate_series(
        greatest(DATE '{{ window.start }}', (SELECT CAST(min(wo.actual_start_time) AS date) FROM work_orders AS wo)),
        least(DATE '{{ window.end }}' - 1, DATE '{{ window.today }}'),
        INTERVAL '1 day'
    ) AS d (day)
)

SELECT
    d.wip_date,
    sum(coalesce(ch.orders, 0)) OVER until_day AS orders_in_process,
    sum(coalesce(ch.still_open, 0)) OVER until_day AS orders_still_open,
    sum(coalesce(ch.overdue, 0)) OVER until_day AS overdue_orders,
    sum(coalesce(ch.units, 0)) OVER until_day AS planned_units,
    sum(coalesce(ch.issued, 0)) OVER until_day AS material_issue_cost,
    sum(coalesce(ch.returned, 0)) OVER until_day AS material_return_cost,
    sum(coalesce(ch.labor, 0)) OVER until_day AS labor_cost
FROM days AS d
LEFT JOIN changes AS ch ON ch.day = d.wip_date
WINDOW until_day AS (ORDER BY d.wip_date)

/* --- source: manufacturing --- */
SELECT step.day AS wip_date, sum(step.begun) AS orders_begun, sum(1 - step.begun) AS orders_ended
FROM work_orders AS wo
CROSS JOIN LATERAL (
    VALUES (CAST(wo.actual_start_time AS date), 1), (CAST(wo.actual_end_time AS date), 0)
) AS step (day, begun)
WHERE wo.status IN ('completed', 'closed', 'in_progress')
    AND wo.actual_start_time < least(DATE '{{ window.end }}', DATE '{{ window.today }}' + 1)
    AND coalesce(wo.actual_end_time, 'infinity') >= DATE '{{ window.start }}'
    AND step.day BETWEEN greatest(
        DATE '{{ window.start }}', (SELECT CAST(min(first.actual_start_time) AS date) FROM work_orders AS first)
    ) AND least(DATE '{{ window.end }}' - 1, DATE '{{ window.today }}')
GROUP BY step.day

/* --- identities --- */
SELECT
    material_issue_cost{{ " - material_return_cost" if rules.material_cost == "net" }} + labor_cost AS wip_value,
    100 * overdue_orders / nullif(orders_in_process, 0) AS overdue_pct
