-- name: material_types_of_a_factory_on_a_day
SELECT
    material_type,
    SUM(receipt_value) AS receipt_value,
    SUM(issue_value) AS issue_value,
    SUM(adjustment_value) AS adjustment_value
FROM material_flow_daily
WHERE flow_date = :flow_date
    AND factory_id = :factory_id
GROUP BY material_type
ORDER BY material_type;

-- name: ten_materials_of_a_factory_by_issue_value_over_a_week
SELECT
    material_id,
    material_name,
    SUM(issue_quantity) AS issue_quantity,
    SUM(issue_value) AS issue_value,
    SUM(receipt_quantity) AS receipt_quantity
FROM material_flow_daily
WHERE flow_date > :flow_date - INTERVAL 7 DAY
    AND flow_date <= :flow_date
    AND factory_id = :factory_id
GROUP BY material_id, material_name
ORDER BY issue_value DESC
LIMIT 10;

-- name: a_material_by_month_over_12_months
SELECT
    DATE_FORMAT(flow_date, '%Y-%m') AS month,
    SUM(receipt_quantity) AS receipt_quantity,
    SUM(issue_quantity) AS issue_quantity,
    SUM(adjustment_quantity) AS adjustment_quantity,
    SUM(production_issue_quantity) AS production_issue_quantity
FROM material_flow_daily
WHERE material_id = :material_id
    AND flow_date > :flow_date - INTERVAL 12 MONTH
    AND flow_date <= :flow_date
GROUP BY month
ORDER BY month;
