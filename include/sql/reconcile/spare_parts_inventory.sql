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

/* --- source: maintenance --- */
-- An issue is of the part whose id it names, else of the one whose number it names.
SELECT
    DATE '{{ window.start }}' AS snapshot_date,
    sum(part.active) AS active_parts,
    sum(CASE WHEN part.stock <= 0 THEN part.active END) AS parts_out_of_stock,
    sum(CASE WHEN part.min_stock_level > part.stock THEN part.active END) AS parts_below_minimum,
    sum(CASE WHEN part.reorder_point >= part.stock THEN part.active END) AS parts_to_reorder,
    sum(CASE WHEN part.max_stock_level < part.stock THEN 1 END) AS parts_above_maximum,
    sum(CASE WHEN part.lead_time_days * part.issued_quantity > 30 * part.stock THEN part.active END) AS parts_at_risk,
    sum(CASE WHEN part.reorder_point >= part.stock THEN part.active * part.reorder_quantity END) AS reorder_quantity,
    sum(CASE WHEN part.reorder_point >= part.stock THEN part.active * part.reorder_quantity * part.cost END)
        AS reorder_value,
    sum(greatest(part.min_stock_level - part.stock, 0) * part.active * part.cost) AS shortage_value,
    sum(greatest(part.stock - part.max_stock_level, 0) * part.cost) AS excess_value,
    count(part.issues) AS parts_issued_30d,
    count(*) - count(part.issues) AS parts_not_issued_30d,
    sum(CASE WHEN part.issues IS NULL THEN part.stock * part.cost END) AS value_not_issued_30d
FROM (
    SELECT
        mp.min_stock_level,
        mp.max_stock_level,
        mp.reorder_point,
        mp.reorder_quantity,
        mp.lead_time_days,
        coalesce(mp.current_stock, 0) AS stock,
        coalesce(mp.standard_cost, 0) AS cost,
        CASE WHEN NOT mp.is_active THEN 0 ELSE 1 END AS active,
        issued.issues,
        issued.quantity AS issued_quantity
    FROM mro_parts AS mp
    LEFT JOIN (
        SELECT
            (
                SELECT named.mro_part_id
                FROM mro_parts AS named
                WHERE issue.mro_part_id IN (
                    named.mro_part_id,
                    'MRO-' || lpad(
                        split_part(named.part_number, '-', 2), greatest(6, length(split_part(named.part_number, '-', 2))), '0'
                    )
                )
                ORDER BY named.mro_part_id <> issue.mro_part_id, named.mro_part_id
                LIMIT 1
            ) AS mro_part_id,
            count(*) AS issues,
            sum(issue.quantity) AS quantity
        FROM mro_parts_transactions AS issue
        WHERE issue.transaction_type = ANY ('{issue,issued}')
            AND issue.transaction_date::date BETWEEN DATE '{{ window.start }}' - 29 AND DATE '{{ window.start }}'
        GROUP BY 1
    ) AS issued USING (mro_part_id)
) AS part

/* --- identities --- */
SELECT 30 * stock_quantity / nullif(issued_quantity_30d, 0) AS days_of_supply
