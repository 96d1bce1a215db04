/* ---
description: Stock, value, reorder need and 30-day issues of spare parts per warehouse, category and criticality.
category: inventory
reads: [maintenance, wms, master]
grain: [snapshot_date, warehouse_id, part_category, criticality]
load: snapshot
owner: maintenance
checks:
  - {check: not_negative, columns: [stock_quantity, stock_value, issued_quantity_30d], level: warn}
  - {check: known_member, columns: [warehouse_id, part_category, criticality, factory_id], level: warn}
  - {check: row_count_near_yesterday, percent: 20, level: warn}
--- */
-- The source keeps present stock only, so history starts with the first snapshot. It never fills total_stock_value:
-- value = current_stock x standard_cost, in INR. Quantities add up different units of measure (EA, KG, L, SET).
-- Issues name their part by its id, or by its part number padded to six digits (MRO-00002 becomes MRO-000002). An id
-- that fits both ways belongs to the part that has it as its id. Issues are valued at their own cost.
-- The 30 days end with the snapshot date. Stores inventory turns (SMRP): issues over a year / stock value.
WITH parts AS (
    SELECT
        coalesce(w.warehouse_id, 'UNKNOWN') AS warehouse_id,
        w.warehouse_name,
        f.factory_id,
        coalesce(mp.part_category, 'UNKNOWN') AS part_category,
        coalesce(mp.criticality, 'UNKNOWN') AS criticality,
        mp.is_active IS DISTINCT FROM FALSE AS is_active,
        coalesce(mp.current_stock, 0) AS stock,
        coalesce(mp.standard_cost, 0) AS standard_cost,
        mp.min_stock_level,
        mp.max_stock_level,
        mp.reorder_point,
        mp.reorder_quantity,
        mp.lead_time_days,
        coalesce(mp.issues, 0) AS issues,
        coalesce(mp.issued_quantity, 0) AS issued_quantity,
        coalesce(mp.issued_value, 0) AS issued_value,
        -- Days that the stock lasts at the pace of the last 30 days, against the days that a new delivery takes.
        coalesce(mp.current_stock, 0) * 30 < mp.issued_quantity * mp.lead_time_days AS runs_out_before_delivery
    FROM postgres_query('maintenance', $$
        WITH issue_ids AS (
            SELECT
                mp.mro_part_id AS issue_id,
                mp.mro_part_id,
                1 AS preference
            FROM mro_parts AS mp
            UNION ALL
            SELECT
                'MRO-' || lpad(number.digits, greatest(6, length(number.digits)), '0'),
                mp.mro_part_id,
                2
            FROM mro_parts AS mp
            CROSS JOIN LATERAL (SELECT split_part(mp.part_number, '-', 2) AS digits) AS number
        ),

        part_of_issue AS (
            SELECT DISTINCT ON (issue_ids.issue_id)
                issue_ids.issue_id,
                issue_ids.mro_part_id
            FROM issue_ids
            ORDER BY issue_ids.issue_id, issue_ids.preference, issue_ids.mro_part_id
        ),

        issues AS (
            SELECT
                part_of_issue.mro_part_id,
                count(*) AS issues,
                CAST(sum(t.quantity) AS NUMERIC(18, 4)) AS issued_quantity,
                CAST(sum(t.total_cost) AS NUMERIC(18, 2)) AS issued_value
            FROM mro_parts_transactions AS t
            INNER JOIN part_of_issue ON part_of_issue.issue_id = t.mro_part_id
            WHERE t.transaction_date >= DATE '{{ window.start }}' - 29
                AND t.transaction_date < DATE '{{ window.start }}' + 1
                AND t.transaction_type IN ('issue', 'issued')
            GROUP BY part_of_issue.mro_part_id
        )

        SELECT
            mp.warehouse_id,
            mp.part_category,
            mp.criticality,
            mp.is_active,
            mp.current_stock,
            mp.standard_cost,
            mp.min_stock_level,
            mp.max_stock_level,
            mp.reorder_point,
            mp.reorder_quantity,
            mp.lead_time_days,
            i.issues,
            i.issued_quantity,
            i.issued_value
        FROM mro_parts AS mp
        LEFT JOIN issues AS i ON i.mro_part_id = mp.mro_part_id
    $$) AS mp
    LEFT JOIN postgres_query('wms', $$
        SELECT wh.warehouse_id, wh.warehouse_name, wh.plant_id FROM warehouses AS wh
    $$) AS w ON w.warehouse_id = mp.warehouse_id
    LEFT JOIN postgres_query('master', $$SELECT fc.factory_id FROM factories AS fc$$) AS f ON f.factory_id = w.plant_id
),

part_groups AS (
    SELECT
        warehouse_id,
        part_category,
        criticality,
        warehouse_name,
        factory_id,
        count(*) AS parts,
        count(*) FILTER (WHERE is_active) AS active_parts,
        sum(stock) AS stock_quantity,
        sum(stock * standard_cost) AS stock_value,
        count(*) FILTER (WHERE is_active AND stock <= 0) AS parts_out_of_stock,
        count(*) FILTER (WHERE is_active AND stock < min_stock_level) AS parts_below_minimum,
        count(*) FILTER (WHERE is_active AND stock <= reorder_point) AS parts_to_reorder,
        count(*) FILTER (WHERE stock > max_stock_level) AS parts_above_maximum,
        count(*) FILTER (WHERE is_active AND runs_out_before_delivery) AS parts_at_risk,
        coalesce(sum(reorder_quantity) FILTER (WHERE is_active AND stock <= reorder_point), 0) AS reorder_quantity,
        coalesce(sum(reorder_quantity * standard_cost) FILTER (WHERE is_active AND stock <= reorder_point), 0)
            AS reorder_value,
        coalesce(sum((min_stock_level - stock) * standard_cost) FILTER (WHERE is_active AND stock < min_stock_level), 0)
            AS shortage_value,
        coalesce(sum((stock - max_stock_level) * standard_cost) FILTER (WHERE stock > max_stock_level), 0)
            AS excess_value,
        sum(lead_time_days) / count(lead_time_days) AS lead_time_days,
        sum(issues) AS issues_30d,
        count(*) FILTER (WHERE issues > 0) AS parts_issued_30d,
        count(*) FILTER (WHERE issues = 0) AS parts_not_issued_30d,
        coalesce(sum(stock * standard_cost) FILTER (WHERE issues = 0), 0) AS value_not_issued_30d,
        sum(issued_quantity) AS issued_quantity_30d,
        sum(issued_value) AS issued_value_30d
    FROM parts
    GROUP BY ALL
)

SELECT
    DATE '{{ window.start }}' AS snapshot_date,
    pg.warehouse_id,
    pg.part_category,
    pg.criticality,
    pg.warehouse_name,
    pg.factory_id,
    pg.parts,
    pg.active_parts,
    CAST(pg.stock_quantity AS DECIMAL(18, 4)) AS stock_quantity,
    CAST(pg.stock_value AS DECIMAL(18, 2)) AS stock_value,
    pg.parts_out_of_stock,
    pg.parts_below_minimum,
    pg.parts_to_reorder,
    pg.parts_above_maximum,
    pg.parts_at_risk,
    CAST(pg.reorder_quantity AS DECIMAL(18, 4)) AS reorder_quantity,
    CAST(pg.reorder_value AS DECIMAL(18, 2)) AS reorder_value,
    CAST(pg.shortage_value AS DECIMAL(18, 2)) AS shortage_value,
    CAST(pg.excess_value AS DECIMAL(18, 2)) AS excess_value,
    CAST(pg.lead_time_days AS DECIMAL(9, 2)) AS lead_time_days,
    pg.issues_30d,
    pg.parts_issued_30d,
    pg.parts_not_issued_30d,
    CAST(pg.value_not_issued_30d AS DECIMAL(18, 2)) AS value_not_issued_30d,
    CAST(pg.issued_quantity_30d AS DECIMAL(18, 4)) AS issued_quantity_30d,
    CAST(pg.issued_value_30d AS DECIMAL(18, 2)) AS issued_value_30d,
    CAST(30 * pg.stock_quantity / nullif(pg.issued_quantity_30d, 0) AS DECIMAL(14, 2)) AS days_of_supply,
    CAST(pg.issued_value_30d * 365 / 30 / nullif(pg.stock_value, 0) AS DECIMAL(14, 2)) AS annual_turns
FROM part_groups AS pg
