-- name: a_factory_by_day_over_30_days
SELECT
    cost_date,
    SUM(material_cost) AS material_cost,
    SUM(labor_cost) AS labor_cost,
    SUM(overhead_cost) AS overhead_cost,
    SUM(full_cost) / SUM(units_produced) AS full_cost_per_unit
FROM cost_analysis_daily
WHERE cost_date > :cost_date - INTERVAL 30 DAY
    AND cost_date <= :cost_date
    AND factory_id = :factory_id
GROUP BY cost_date
ORDER BY cost_date;

-- name: ten_products_of_a_factory_most_above_standard_this_month
SELECT
    product_id,
    product_name,
    SUM(actual_cost) AS actual_cost,
    SUM(standard_cost) AS standard_cost,
    SUM(cost_variance) AS cost_variance
FROM cost_analysis_daily
WHERE cost_date >= DATE_FORMAT(:cost_date, '%Y-%m-01')
    AND cost_date <= :cost_date
    AND factory_id = :factory_id
GROUP BY product_id, product_name
ORDER BY cost_variance DESC
LIMIT 10;

-- name: a_product_by_month_over_12_months
SELECT
    DATE_FORMAT(cost_date, '%Y-%m') AS month,
    SUM(units_produced) AS units_produced,
    SUM(actual_cost) / SUM(units_produced) AS actual_cost_per_unit,
    SUM(standard_cost) / SUM(units_produced) AS standard_cost_per_unit
FROM cost_analysis_daily
WHERE product_id = :product_id
    AND cost_date > :cost_date - INTERVAL 12 MONTH
    AND cost_date <= :cost_date
GROUP BY month
ORDER BY month;
