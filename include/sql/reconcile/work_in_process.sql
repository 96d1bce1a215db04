/* --- source: manufacturing --- */
-- Balances of events instead of a look at every order on every day: an order and what is booked on it come in on one
-- day and go out on the day that the order ends.
WITH spans AS (
    SELECT
        wo.work_order_id,
        wo.planned_quantity,
        greatest(CAST(wo.actual_start_time AS date), DATE '{{ window.start }}') AS first_day,
        CASE
            WHEN wo.actual_end_time IS NOT NULL THEN CAST(greatest(wo.actual_end_time, wo.actual_start_time) AS date)
        END AS end_day
    FROM work_orders AS wo
    WHERE wo.status IN ('completed', 'closed', 'in_progress')
        AND wo.actual_start_time IS NOT NULL
        AND coalesce(wo.actual_end_time, 'infinity') >= DATE '{{ window.start }}'
),

events AS (
    SELECT sp.first_day AS day, 1 AS orders, sp.planned_quantity AS units, 0 AS issued, 0 AS labor FROM spans AS sp
    UNION ALL
    SELECT sp.end_day, -1, -sp.planned_quantity, 0, 0 FROM spans AS sp
    UNION ALL
    SELECT greatest(sp.first_day, CAST(mt.transaction_date AS date)), 0, 0, mt.total_cost, 0
    FROM spans AS sp
    JOIN material_transactions AS mt ON mt.work_order_id = sp.work_order_id AND mt.transaction_type = 'issue'
        AND mt.transaction_date IS NOT NULL
    UNION ALL
    SELECT greatest(sp.end_day, CAST(mt.transaction_date AS date)), 0, 0, -mt.total_cost, 0
    FROM spans AS sp
    JOIN material_transactions AS mt ON mt.work_order_id = sp.work_order_id AND mt.transaction_type = 'issue'
        AND mt.transaction_date IS NOT NULL
    WHERE sp.end_day IS NOT NULL
    UNION ALL
    SELECT greatest(sp.first_day, CAST(lt.transaction_date AS date)), 0, 0, 0, lt.labor_cost
    FROM spans AS sp
    JOIN labor_transactions AS lt ON lt.work_order_id = sp.work_order_id AND lt.transaction_date IS NOT NULL
    UNION ALL
    SELECT greatest(sp.end_day, CAST(lt.transaction_date AS date)), 0, 0, 0, -lt.labor_cost
    FROM spans AS sp
    JOIN labor_transactions AS lt ON lt.work_order_id = sp.work_order_id AND lt.transaction_date IS NOT NULL
    WHERE sp.end_day IS NOT NULL
),

changes AS (
    SELECT e.day, sum(e.orders) AS orders, sum(e.units) AS units, sum(e.issued) AS issued, sum(e.labor) AS labor
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
    sum(coalesce(ch.units, 0)) OVER until_day AS planned_units,
    sum(coalesce(ch.issued, 0)) OVER until_day AS material_issue_cost,
    sum(coalesce(ch.labor, 0)) OVER until_day AS labor_cost
FROM days AS d
LEFT JOIN changes AS ch ON ch.day = d.wip_date
WINDOW until_day AS (ORDER BY d.wip_date)
