/* --- source: manufacturing --- */
SELECT
    date_trunc('day', lt.transaction_date)::date AS labor_date,
    count(lt.labor_transaction_id) AS bookings,
    sum(lt.labor_cost) AS labor_cost,
    sum(CASE WHEN lt.approved THEN 1 END) AS approved_bookings,
    count(DISTINCT (lt.employee_id, lt.work_order_id)) FILTER (WHERE lt.work_order_id IS NOT NULL) AS orders_worked_on,
    sum(lt.duration_minutes) / 60.0 AS booked_hours,
    sum(CASE lt.activity_type WHEN 'direct_labor' THEN lt.duration_minutes END) / 60.0 AS direct_labor_hours
FROM labor_transactions AS lt
WHERE {{ window("lt.transaction_date") }}
GROUP BY 1

/* --- source: hr --- */
SELECT
    ar.attendance_date AS labor_date,
    sum(ar.scheduled_hours) AS scheduled_hours,
    sum(ar.actual_hours) AS attended_hours,
    sum(ar.overtime_hours) AS overtime_hours,
    sum(ar.late_minutes) AS late_minutes
FROM attendance_records AS ar
WHERE {{ window("ar.attendance_date") }}
GROUP BY ar.attendance_date

/* --- source: hr --- */
SELECT days.day AS labor_date, sum(round(leave.per_day, 4)) AS leave_days
FROM (
    SELECT DATE '{{ window.start }}' + number AS day
    FROM generate_series(0, DATE '{{ window.end }}' - DATE '{{ window.start }}' - 1) AS n (number)
) AS days
JOIN (
    SELECT
        lr.start_date,
        lr.end_date,
        CASE WHEN lr.end_date IS NULL THEN 1 ELSE lr.total_days / (lr.end_date - lr.start_date + 1) END AS per_day
    FROM leave_requests AS lr
    WHERE lr.request_status = 'approved'
        AND NOT coalesce(lr.cancelled, FALSE)
        AND (lr.end_date IS NULL OR lr.end_date >= lr.start_date)
) AS leave ON days.day >= leave.start_date AND days.day <= coalesce(leave.end_date, days.day)
GROUP BY days.day

/* --- identities --- */
SELECT CASE WHEN attended_hours > scheduled_hours THEN 0 ELSE scheduled_hours - attended_hours END AS absence_hours
