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

/* --- source: manufacturing --- */
SELECT
    date_trunc('day', wo.actual_end_time)::date AS cost_date,
    sum(1) AS orders_finished,
    sum(wo.good_quantity) AS good_units,
    sum(booked.returned) AS material_return_cost,
    sum(booked.minutes) / 60.0 AS labor_hours,
    sum(CASE WHEN coalesce(booked.material, booked.labor) IS NULL THEN 1 ELSE 0 END) AS orders_without_bookings
FROM work_orders AS wo
LEFT JOIN (
    SELECT
        booking.work_order_id,
        sum(booking.returned) AS returned,
        sum(booking.minutes) AS minutes,
        sum(booking.material) AS material,
        sum(booking.labor) AS labor
    FROM (
        SELECT
            mt.work_order_id,
            CASE mt.transaction_type WHEN 'return' THEN mt.total_cost END AS returned,
            NULL::bigint AS minutes,
            CASE WHEN mt.transaction_type = ANY ('{issue,return}') THEN mt.total_cost END AS material,
            NULL::numeric AS labor
        FROM material_transactions AS mt
        UNION ALL
        SELECT lt.work_order_id, NULL, lt.duration_minutes, NULL, lt.labor_cost
        FROM labor_transactions AS lt
    ) AS booking
    GROUP BY booking.work_order_id
) AS booked ON booked.work_order_id = wo.work_order_id
WHERE {{ window("wo.actual_end_time") }} AND wo.status = ANY ('{completed,closed}')
GROUP BY 1

/* --- identities --- */
SELECT
    material_issue_cost{{ " - material_return_cost" if rules.material_cost == "net" }} AS material_cost,
    material_cost + labor_cost AS actual_cost,
    actual_cost + overhead_cost AS full_cost,
    round(units_produced * standard_cost_per_unit, 2) AS standard_cost,
    cost_variance + overhead_cost AS full_cost_variance,
    overhead_cost / nullif(units_produced, 0) AS overhead_cost_per_unit,
    100 * cost_variance / nullif(standard_cost, 0) AS cost_variance_pct,
    100 * full_cost_variance / nullif(standard_cost, 0) AS full_cost_variance_pct
