-- name: ten_products_by_revenue_in_a_month
SELECT
    product_id,
    product_name,
    net_revenue,
    quantity_sold,
    standard_margin_pct,
    net_revenue_mom_pct
FROM product_sales_performance
WHERE sales_month = :sales_month
ORDER BY net_revenue DESC
LIMIT 10;

-- name: categories_in_a_quarter
SELECT
    product_category,
    SUM(net_revenue) AS net_revenue,
    SUM(standard_margin) AS standard_margin,
    SUM(return_lines) AS return_lines
FROM product_sales_performance
WHERE sales_month > DATE_FORMAT(CONCAT(:sales_month, '-01') - INTERVAL 3 MONTH, '%Y-%m')
    AND sales_month <= :sales_month
GROUP BY product_category
ORDER BY net_revenue DESC;

-- name: a_product_over_12_months
SELECT
    sales_month,
    quantity_sold,
    net_revenue,
    average_unit_price,
    standard_margin_pct,
    tickets_per_1000_units
FROM product_sales_performance
WHERE product_id = :product_id
    AND sales_month > DATE_FORMAT(CONCAT(:sales_month, '-01') - INTERVAL 12 MONTH, '%Y-%m')
    AND sales_month <= :sales_month
ORDER BY sales_month;
