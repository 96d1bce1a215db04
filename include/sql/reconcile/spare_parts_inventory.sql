/* --- source: maintenance --- */
SELECT
    DATE '{{ window.start }}' AS snapshot_date,
    (SELECT count(*) FROM mro_parts) AS parts,
    (SELECT sum(current_stock) FROM mro_parts) AS stock_quantity,
    (
        SELECT sum(stock_group.stock_value)
        FROM (
            SELECT round(sum(current_stock * standard_cost), 2) AS stock_value
            FROM mro_parts
            GROUP BY warehouse_id, part_category, criticality
        ) AS stock_group
    ) AS stock_value,
    count(*) AS issues_30d,
    sum(issue.quantity) AS issued_quantity_30d,
    sum(issue.total_cost) AS issued_value_30d
FROM mro_parts_transactions AS issue
WHERE issue.transaction_type LIKE 'issue%'
    AND issue.transaction_date::date BETWEEN DATE '{{ window.start }}' - 29 AND DATE '{{ window.start }}'
    AND EXISTS (
        SELECT 1
        FROM mro_parts AS part
        WHERE issue.mro_part_id IN (part.mro_part_id, 'MRO-' || lpad(split_part(part.part_number, '-', 2), 6, '0'))
    )
