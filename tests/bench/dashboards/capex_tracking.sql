-- name: factories_in_a_month
SELECT
    factory_id,
    factory_name,
    COUNT(*) AS assets,
    SUM(asset_value) AS asset_value,
    SUM(book_value) AS book_value,
    SUM(depreciation) AS depreciation,
    SUM(additions_value) AS additions_value
FROM capex_tracking
WHERE period_month = :period_month
GROUP BY factory_id, factory_name
ORDER BY factory_id;

-- name: ten_assets_nearest_the_end_of_their_life
SELECT
    asset_id,
    asset_name,
    factory_name,
    asset_condition,
    remaining_life_years,
    book_value
FROM capex_tracking
WHERE period_month = :period_month
    AND is_fully_depreciated = 0
ORDER BY remaining_life_years
LIMIT 10;

-- name: an_asset_over_12_months
SELECT
    period_month,
    depreciation,
    accumulated_depreciation,
    book_value
FROM capex_tracking
WHERE asset_id = :asset_id
    AND period_month > DATE_FORMAT(CONCAT(:period_month, '-01') - INTERVAL 12 MONTH, '%Y-%m')
    AND period_month <= :period_month
ORDER BY period_month;
