/* ---
description: Booked, attended and standard hours, utilisation, efficiency, absence and cost per employee and day.
category: performance
reads: [manufacturing, hr, master]
grain: [labor_date, factory_id, employee_id]
load: window
lookback: 7 days
owner: operations
checks:
  - {check: in_range, columns: [booked_hours, attended_hours], min: 0, max: 24, level: warn}
  - {check: in_range, columns: [leave_days], min: 0, max: 1, level: warn}
  - {check: not_negative, columns: [labor_cost, overtime_hours], level: warn}
  - {check: known_member, columns: [factory_id, employee_id], level: warn}
  - {check: row_count_near_yesterday, percent: 50, level: warn}
--- */
-- A row exists for each day on which an employee booked labour, was recorded by attendance or was on approved leave.
-- factory_id is the employee's own factory; hours booked on orders of another factory are counted beside. Employees
-- that the master data lack share one row a day, employee UNKNOWN.
-- Attendance covers few employees: where there is none, its columns and utilisation are NULL, not 0.
-- Standard hours are earned: cycle time of the product x produced quantity of the order, shared among all bookings on
-- the order by their minutes. Overlapping bookings can exceed the attended hours.
-- Absence is scheduled less actual hours, never below 0: overtime of one day does not make up for absence of another.
-- An approved leave is spread evenly over its calendar days, so that they add up to its total_days; its hours follow
-- from the weekly hours of the contract, five days a week.
-- Personal data: ids only, no names. labor_cost is the amount booked; the source names no currency.
WITH employees AS (
    SELECT e.employee_id, e.role, e.department, e.factory_id, e.factory_name
    FROM postgres_query('master', $$
        SELECT em.employee_id, em.role, em.department, fc.factory_id, fc.factory_name
        FROM employees AS em
        LEFT JOIN factories AS fc ON fc.factory_id = em.factory_id
    $$) AS e
),

bookings AS (
    FROM postgres_query('manufacturing', $$
        SELECT
            lt.transaction_date::date AS labor_date,
            lt.employee_id,
            lt.work_order_id,
            lt.activity_type,
            lt.approved,
            lt.duration_minutes,
            lt.labor_cost,
            wo.factory_id AS order_factory_id,
            wo.product_id,
            wo.produced_quantity
        FROM labor_transactions AS lt
        LEFT JOIN work_orders AS wo ON wo.work_order_id = lt.work_order_id
        WHERE {{ window("lt.transaction_date") }}
    $$)
),

-- All that was booked on these orders, on days outside the window too.
order_minutes AS (
    SELECT peer.work_order_id, sum(peer.duration_minutes) AS minutes
    FROM postgres_query('manufacturing', $$
        SELECT peer.work_order_id, peer.duration_minutes
        FROM labor_transactions AS peer
        WHERE peer.work_order_id IN (
            SELECT lt.work_order_id FROM labor_transactions AS lt WHERE {{ window("lt.transaction_date") }}
        )
    $$) AS peer
    GROUP BY peer.work_order_id
),

labour AS (
    SELECT
        b.labor_date,
        b.employee_id,
        count(*) AS bookings,
        count(*) FILTER (WHERE b.approved) AS approved_bookings,
        count(DISTINCT b.work_order_id) AS orders_worked_on,
        sum(b.duration_minutes) AS booked_minutes,
        sum(b.duration_minutes) FILTER (WHERE b.activity_type = 'direct_labor') AS direct_minutes,
        sum(b.duration_minutes) FILTER (WHERE b.order_factory_id <> e.factory_id) AS other_factory_minutes,
        sum(b.labor_cost) AS labor_cost,
        sum(b.duration_minutes) FILTER (
            WHERE p.standard_cycle_time_seconds * b.produced_quantity IS NOT NULL AND o.minutes <> 0
        ) AS rated_minutes,
        sum(CAST(
            p.standard_cycle_time_seconds * b.produced_quantity / 3600.0 * b.duration_minutes
            / nullif(o.minutes, 0) AS DECIMAL(18, 6)
        )) AS standard_hours
    FROM bookings AS b
    LEFT JOIN order_minutes AS o ON o.work_order_id = b.work_order_id
    LEFT JOIN postgres_query('master', $$
        SELECT pr.product_id, pr.standard_cycle_time_seconds FROM products AS pr
    $$) AS p ON p.product_id = b.product_id
    LEFT JOIN employees AS e ON e.employee_id = b.employee_id
    GROUP BY ALL
),

attendance AS (
    SELECT
        ar.attendance_date AS labor_date,
        ar.employee_id,
        max(ar.attendance_status) AS attendance_status,
        sum(ar.scheduled_hours) AS scheduled_hours,
        coalesce(sum(ar.actual_hours), 0) AS attended_hours,
        coalesce(sum(ar.overtime_hours), 0) AS overtime_hours,
        coalesce(sum(ar.late_minutes), 0) AS late_minutes
    FROM postgres_query('hr', $$
        SELECT
            att.attendance_date,
            att.employee_id,
            att.attendance_status,
            att.scheduled_hours,
            att.actual_hours,
            att.overtime_hours,
            att.late_minutes
        FROM attendance_records AS att
        WHERE {{ window("att.attendance_date") }}
    $$) AS ar
    GROUP BY ALL
),

approved_leave AS (
    SELECT
        lr.employee_id,
        greatest(lr.start_date, DATE '{{ window.start }}') AS first_day,
        least(lr.end_date, DATE '{{ window.end }}' - 1) AS last_day,
        CASE
            WHEN isfinite(lr.start_date) AND isfinite(lr.end_date)
                THEN lr.total_days / (lr.end_date - lr.start_date + 1)
            ELSE 1
        END AS days_per_day
    FROM postgres_query('hr', $$
        SELECT req.employee_id, req.start_date, req.end_date, req.total_days
        FROM leave_requests AS req
        WHERE (req.end_date >= DATE '{{ window.start }}' OR req.end_date IS NULL)  -- infinity is read as NULL
            AND req.start_date < DATE '{{ window.end }}'
            AND req.request_status = 'approved'
            AND req.cancelled IS NOT TRUE
    $$) AS lr
),

leave_days AS (
    SELECT
        CAST(unnest(generate_series(al.first_day, al.last_day, INTERVAL 1 DAY)) AS DATE) AS labor_date,
        al.employee_id,
        CAST(al.days_per_day AS DECIMAL(9, 4)) AS leave_days
    FROM approved_leave AS al
),

all_sources AS (
    FROM labour
    UNION ALL BY NAME FROM attendance
    UNION ALL BY NAME FROM leave_days
),

-- Sums are cut to 18 digits: longer decimals take DuckDB many times longer to multiply and round.
employee_days AS (
    SELECT
        a.labor_date,
        e.employee_id,
        CAST(coalesce(sum(a.bookings), 0) AS BIGINT) AS bookings,
        CAST(coalesce(sum(a.approved_bookings), 0) AS BIGINT) AS approved_bookings,
        CAST(coalesce(sum(a.orders_worked_on), 0) AS BIGINT) AS orders_worked_on,
        CAST(coalesce(sum(a.booked_minutes), 0) AS BIGINT) AS booked_minutes,
        CAST(coalesce(sum(a.direct_minutes), 0) AS BIGINT) AS direct_minutes,
        CAST(coalesce(sum(a.other_factory_minutes), 0) AS BIGINT) AS other_factory_minutes,
        CAST(coalesce(sum(a.labor_cost), 0) AS DECIMAL(18, 2)) AS labor_cost,
        CAST(sum(a.rated_minutes) AS BIGINT) AS rated_minutes,
        CAST(sum(a.standard_hours) AS DECIMAL(18, 6)) AS standard_hours,
        max(a.attendance_status) AS attendance_status,
        CAST(sum(a.scheduled_hours) AS DECIMAL(14, 2)) AS scheduled_hours,
        CAST(sum(a.attended_hours) AS DECIMAL(14, 2)) AS attended_hours,
        CAST(sum(a.overtime_hours) AS DECIMAL(14, 2)) AS overtime_hours,
        CAST(sum(a.late_minutes) AS BIGINT) AS late_minutes,
        CAST(coalesce(sum(a.leave_days), 0) AS DECIMAL(9, 4)) AS leave_days
    FROM all_sources AS a
    LEFT JOIN employees AS e ON e.employee_id = a.employee_id
    GROUP BY ALL
)

SELECT
    d.labor_date,
    coalesce(e.factory_id, 'UNKNOWN') AS factory_id,
    coalesce(d.employee_id, 'UNKNOWN') AS employee_id,
    e.factory_name,
    e.role,
    e.department,
    d.bookings,
    d.approved_bookings,
    d.orders_worked_on,
    CAST(d.booked_minutes / 60 AS DECIMAL(14, 2)) AS booked_hours,
    CAST(d.direct_minutes / 60 AS DECIMAL(14, 2)) AS direct_labor_hours,
    CAST(d.other_factory_minutes / 60 AS DECIMAL(14, 2)) AS other_factory_hours,
    d.labor_cost,
    '{{ rules.currency }}' AS currency,
    CAST(d.standard_hours AS DECIMAL(14, 2)) AS standard_hours,
    CAST(100 * d.standard_hours / nullif(d.rated_minutes / 60, 0) AS DECIMAL(12, 2)) AS efficiency_pct,
    d.attendance_status,
    d.scheduled_hours,
    d.attended_hours,
    d.overtime_hours,
    d.late_minutes,
    CASE
        WHEN d.attended_hours > d.scheduled_hours THEN 0
        ELSE CAST(d.scheduled_hours - d.attended_hours AS DECIMAL(14, 2))
    END AS absence_hours,
    CAST(100 * d.booked_minutes / 60 / nullif(d.attended_hours, 0) AS DECIMAL(12, 2)) AS utilization_pct,
    d.leave_days,
    CASE
        WHEN d.leave_days = 0 THEN 0
        ELSE CAST(d.leave_days * h.weekly_hours / 5 AS DECIMAL(14, 2))
    END AS leave_hours
FROM employee_days AS d
LEFT JOIN employees AS e ON e.employee_id = d.employee_id
LEFT JOIN postgres_query('hr', $$SELECT em.employee_id, em.weekly_hours FROM employees AS em$$) AS h
    ON h.employee_id = d.employee_id
