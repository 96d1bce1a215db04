-- name: a_factory_by_day_over_30_days
SELECT
    quality_date,
    SUM(units_produced) AS units_produced,
    1000000 * SUM(defect_units) / SUM(units_produced) AS defect_ppm,
    SUM(ncrs) AS ncrs,
    SUM(cost_of_poor_quality) AS cost_of_poor_quality
FROM quality_summary_daily
WHERE quality_date > :quality_date - INTERVAL 30 DAY
    AND quality_date <= :quality_date
    AND factory_id = :factory_id
GROUP BY quality_date
ORDER BY quality_date;

-- name: ten_products_of_a_factory_with_most_defects_this_month
SELECT
    product_id,
    product_name,
    SUM(defect_units) AS defect_units,
    1000000 * SUM(defect_units) / SUM(units_produced) AS defect_ppm,
    SUM(complaints) AS complaints
FROM quality_summary_daily
WHERE quality_date >= DATE_FORMAT(:quality_date, '%Y-%m-01')
    AND quality_date <= :quality_date
    AND factory_id = :factory_id
GROUP BY product_id, product_name
ORDER BY defect_units DESC
LIMIT 10;

-- name: a_product_by_month_over_12_months
SELECT
    DATE_FORMAT(quality_date, '%Y-%m') AS month,
    1000000 * SUM(defect_units) / SUM(units_produced) AS defect_ppm,
    100 * SUM(good_units) / SUM(units_produced) AS yield_pct,
    SUM(critical_defects) AS critical_defects,
    SUM(complaints) AS complaints
FROM quality_summary_daily
WHERE product_id = :product_id
    AND quality_date > :quality_date - INTERVAL 12 MONTH
    AND quality_date <= :quality_date
GROUP BY month
ORDER BY month;
