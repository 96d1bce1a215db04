-- name: ten_worst_forecasts_of_a_month
SELECT
    product_id,
    product_name,
    forecast_quantity,
    ordered_quantity,
    variance_pct,
    forecast_accuracy_pct
FROM demand_forecast_vs_actual
WHERE forecast_month = :forecast_month
ORDER BY absolute_error_quantity DESC
LIMIT 10;

-- name: categories_in_a_month
SELECT
    product_category,
    SUM(forecast_quantity) AS forecast_quantity,
    SUM(ordered_quantity) AS ordered_quantity,
    SUM(supplied_quantity) AS supplied_quantity,
    100 * SUM(absolute_error_quantity) / SUM(forecast_quantity) AS weighted_error_pct
FROM demand_forecast_vs_actual
WHERE forecast_month = :forecast_month
GROUP BY product_category
ORDER BY product_category;

-- name: a_product_over_12_months
SELECT
    forecast_month,
    forecast_quantity,
    ordered_quantity,
    supplied_quantity,
    forecast_accuracy_pct
FROM demand_forecast_vs_actual
WHERE product_id = :product_id
    AND forecast_month > DATE_FORMAT(CONCAT(:forecast_month, '-01') - INTERVAL 12 MONTH, '%Y-%m')
    AND forecast_month <= :forecast_month
ORDER BY forecast_month;
