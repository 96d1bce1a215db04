-- name: all_factories_by_day_over_30_days
SELECT
    reconciliation_date,
    SUM(lines_compared) AS lines_compared,
    100 * SUM(lines_matched) / SUM(lines_compared) AS accuracy_pct,
    SUM(absolute_variance_value) AS absolute_variance_value,
    SUM(sync_errors_open) AS sync_errors_open
FROM inventory_reconciliation_summary
WHERE reconciliation_date > :reconciliation_date - INTERVAL 30 DAY
    AND reconciliation_date <= :reconciliation_date
GROUP BY reconciliation_date
ORDER BY reconciliation_date;

-- name: reasons_of_variance_per_factory_this_month
SELECT
    factory_id,
    factory_name,
    SUM(lines_with_variance) AS lines_with_variance,
    SUM(lines_count_discrepancy) AS lines_count_discrepancy,
    SUM(lines_damage) AS lines_damage,
    SUM(lines_theft) AS lines_theft,
    SUM(lines_unexplained) AS lines_unexplained
FROM inventory_reconciliation_summary
WHERE reconciliation_date >= DATE_FORMAT(:reconciliation_date, '%Y-%m-01')
    AND reconciliation_date <= :reconciliation_date
GROUP BY factory_id, factory_name
ORDER BY lines_with_variance DESC;

-- name: a_factory_by_month_over_12_months
SELECT
    DATE_FORMAT(reconciliation_date, '%Y-%m') AS month,
    100 * SUM(lines_matched) / SUM(lines_compared) AS accuracy_pct,
    SUM(variance_value) AS variance_value,
    SUM(adjustments) AS adjustments,
    SUM(cycle_counts) AS cycle_counts
FROM inventory_reconciliation_summary
WHERE factory_id = :factory_id
    AND reconciliation_date > :reconciliation_date - INTERVAL 12 MONTH
    AND reconciliation_date <= :reconciliation_date
GROUP BY month
ORDER BY month;
