-- name: last_30_days
SELECT
    pipeline_date,
    requisitions,
    rfqs,
    quotations,
    purchase_orders,
    purchase_order_value
FROM procurement_pipeline_summary
WHERE pipeline_date > :pipeline_date - INTERVAL 30 DAY
    AND pipeline_date <= :pipeline_date
ORDER BY pipeline_date;

-- name: stages_of_this_month
SELECT
    SUM(requisitions) AS requisitions,
    SUM(requisitions_converted_to_rfq) AS requisitions_converted_to_rfq,
    SUM(rfqs_awarded) AS rfqs_awarded,
    SUM(quotations_late) AS quotations_late,
    SUM(purchase_orders_released) AS purchase_orders_released,
    SUM(requisitions_overdue) AS requisitions_overdue
FROM procurement_pipeline_summary
WHERE pipeline_date >= DATE_FORMAT(:pipeline_date, '%Y-%m-01')
    AND pipeline_date <= :pipeline_date;

-- name: year_to_date_by_month
SELECT
    DATE_FORMAT(pipeline_date, '%Y-%m') AS month,
    SUM(requisition_value) AS requisition_value,
    SUM(quotation_value) AS quotation_value,
    SUM(purchase_order_value) AS purchase_order_value
FROM procurement_pipeline_summary
WHERE pipeline_date >= MAKEDATE(YEAR(:pipeline_date), 1)
    AND pipeline_date <= :pipeline_date
GROUP BY month
ORDER BY month;
