-- name: departments_of_a_factory_on_a_day
SELECT
    department,
    COUNT(*) AS employees,
    SUM(booked_hours) AS booked_hours,
    SUM(attended_hours) AS attended_hours,
    SUM(absence_hours) AS absence_hours
FROM labor_efficiency_daily
WHERE labor_date = :labor_date
    AND factory_id = :factory_id
GROUP BY department
ORDER BY department;

-- name: a_factory_by_day_over_a_week
SELECT
    labor_date,
    SUM(booked_hours) AS booked_hours,
    SUM(standard_hours) AS standard_hours,
    SUM(overtime_hours) AS overtime_hours,
    SUM(labor_cost) AS labor_cost
FROM labor_efficiency_daily
WHERE labor_date > :labor_date - INTERVAL 7 DAY
    AND labor_date <= :labor_date
    AND factory_id = :factory_id
GROUP BY labor_date
ORDER BY labor_date;

-- name: an_employee_by_month_over_12_months
SELECT
    DATE_FORMAT(labor_date, '%Y-%m') AS month,
    SUM(booked_hours) AS booked_hours,
    SUM(attended_hours) AS attended_hours,
    100 * SUM(booked_hours) / SUM(attended_hours) AS utilization_pct,
    SUM(leave_days) AS leave_days
FROM labor_efficiency_daily
WHERE employee_id = :employee_id
    AND labor_date > :labor_date - INTERVAL 12 MONTH
    AND labor_date <= :labor_date
GROUP BY month
ORDER BY month;
