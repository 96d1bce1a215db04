-- name: a_factory_by_day_over_30_days
SELECT
    energy_date,
    SUM(energy_kwh) AS energy_kwh,
    SUM(energy_cost) AS energy_cost,
    SUM(energy_kwh) / SUM(units_produced) AS energy_kwh_per_unit
FROM energy_consumption_daily
WHERE energy_date > :energy_date - INTERVAL 30 DAY
    AND energy_date <= :energy_date
    AND factory_id = :factory_id
GROUP BY energy_date
ORDER BY energy_date;

-- name: ten_lines_most_above_standard_on_a_day
SELECT
    factory_name,
    line_id,
    line_name,
    energy_kwh,
    standard_energy_kwh,
    energy_variance_pct
FROM energy_consumption_daily
WHERE energy_date = :energy_date
ORDER BY energy_variance_pct DESC
LIMIT 10;

-- name: a_line_by_month_over_12_months
SELECT
    DATE_FORMAT(energy_date, '%Y-%m') AS month,
    SUM(energy_kwh) AS energy_kwh,
    MAX(peak_power_kw) AS peak_power_kw,
    SUM(energy_cost) AS energy_cost
FROM energy_consumption_daily
WHERE line_id = :line_id
    AND energy_date > :energy_date - INTERVAL 12 MONTH
    AND energy_date <= :energy_date
GROUP BY month
ORDER BY month;
