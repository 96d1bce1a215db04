/* --- source: manufacturing --- */
-- Bookings first, then their orders: an order that is lost or doubled on the way shows in units or in cost.
WITH bookings AS (
    SELECT mt.work_order_id, mt.total_cost AS material_issue_cost, 0 AS labor_cost
    FROM material_transactions AS mt
    WHERE mt.transaction_type = 'issue'
    UNION ALL
    SELECT lt.work_order_id, 0, lt.labor_cost
    FROM labor_transactions AS lt
),

finished AS (
    SELECT wo.work_order_id, wo.actual_end_time::date AS cost_date, wo.produced_quantity
    FROM work_orders AS wo
    WHERE {{ window("wo.actual_end_time") }} AND wo.status = ANY ('{completed,closed}')
)

SELECT
    totals.cost_date,
    sum(totals.units_produced) AS units_produced,
    sum(totals.material_issue_cost) AS material_issue_cost,
    sum(totals.labor_cost) AS labor_cost
FROM (
    SELECT finished.cost_date, finished.produced_quantity AS units_produced, 0 AS material_issue_cost, 0 AS labor_cost
    FROM finished
    UNION ALL
    SELECT finished.cost_date, 0, bookings.material_issue_cost, bookings.labor_cost
    FROM bookings
    JOIN finished ON finished.work_order_id = bookings.work_order_id
) AS totals
GROUP BY totals.cost_date
