-- name: a_factory_by_day_over_30_days
SELECT
    production_date,
    SUM(units_produced) AS units_produced,
    100 * SUM(good_units) / SUM(units_produced) AS yield_pct,
    100 * SUM(orders_on_time) / SUM(orders_with_due_time) AS on_time_pct,
    SUM(actual_cost) AS actual_cost
FROM production_summary_daily
WHERE production_date > :production_date - INTERVAL 30 DAY
    AND production_date <= :production_date
    AND factory_id = :factory_id
GROUP BY production_date
ORDER BY production_date;

-- name: ten_lines_of_a_factory_with_most_scrap_this_month
SELECT
    line_id,
    line_name,
    SUM(scrap_units) AS scrap_units,
    100 * SUM(scrap_units) / SUM(units_produced) AS scrap_pct
FROM production_summary_daily
WHERE production_date >= DATE_FORMAT(:production_date, '%Y-%m-01')
    AND production_date <= :production_date
    AND factory_id = :factory_id
GROUP BY line_id, line_name
ORDER BY scrap_units DESC
LIMIT 10;

-- name: a_line_by_month_over_12_months
SELECT
    DATE_FORMAT(production_date, '%Y-%m') AS month,
    SUM(units_produced) AS units_produced,
    100 * SUM(units_produced) / SUM(planned_quantity) AS plan_attainment_pct,
    SUM(labor_hours) AS labor_hours,
    SUM(actual_cost) / SUM(units_produced) AS cost_per_unit
FROM production_summary_daily
WHERE line_id = :line_id
    AND production_date > :production_date - INTERVAL 12 MONTH
    AND production_date <= :production_date
GROUP BY month
ORDER BY month;
