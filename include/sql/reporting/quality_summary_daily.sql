/* ---
description: Yield, PPM, defects, inspections, nonconformances, complaints and Cpk per factory, product and day.
category: performance
reads: [manufacturing, quality, erp, master]
grain: [quality_date, factory_id, product_id]
load: window
lookback: 7 days
owner: quality
checks:
  - {check: in_range, columns: [yield_pct, first_pass_yield_pct], min: 0, max: 100, level: warn}
  - {check: in_range, columns: [defect_ppm], min: 0, max: 1000000, level: warn}
  - {check: not_negative, columns: [units_produced, defect_quantity, cost_of_poor_quality], level: warn}
  - {check: known_member, columns: [factory_id, product_id], level: warn}
  - {check: not_ahead_of_today, level: warn}
  - {check: row_count_near_yesterday, percent: 50, level: warn}
--- */
-- Each fact counts on its own date: orders by actual end, defects and nonconformances (NCR) by detection, inspections
-- and complaints by their date. NCRs and complaints are often dated ahead of today, and have rows on days without
-- orders.
-- Bad units are those that the orders report. Recorded defects cover only a part of them and inspections may pass
-- everything, so rates are taken from orders alone; defects and inspections are counted.
-- An NCR names a product or a material: a finished good leads to its product, a bought material to product UNKNOWN. Its
-- total_cost is the cost of poor quality (it may differ from the sum of its parts). Complaints name no factory.
-- Control charts name neither factory nor product and have no specification limits. Cpk therefore uses their control
-- limits, min(UCL - mean, mean - LCL) / (3 sigma), over the 30 days up to the day, and stands under factory and product
-- UNKNOWN.
-- Rates are over the orders that state both figures. A defect or NCR without status is open.
{% from "macros/ratios.sql" import sum_where_known -%}
{%- set defects = "wo.rejected_quantity + wo.scrapped_quantity + wo.rework_quantity" -%}
WITH factories AS (
    FROM postgres_query('master', $$SELECT fc.factory_id, fc.factory_name FROM factories AS fc$$)
),

products AS (
    FROM postgres_query('master', $$
        SELECT pr.product_id, pr.product_name, pr.product_category, pr.target_quality_ppm FROM products AS pr
    $$)
),

finished_orders AS (
    FROM postgres_query('manufacturing', $$
        SELECT
            wo.actual_end_time::date AS quality_date,
            wo.factory_id,
            wo.product_id,
            count(*) AS orders_finished,
            sum(wo.produced_quantity) AS units_produced,
            sum(wo.good_quantity) AS good_units,
            {{ sum_where_known("wo.produced_quantity", "wo.good_quantity") }} AS judged_units,
            {{ sum_where_known("wo.good_quantity", "wo.produced_quantity") }} AS good_judged_units,
            {{ sum_where_known("wo.produced_quantity", defects) }} AS sorted_units,
            {{ sum_where_known(defects, "wo.produced_quantity") }} AS defect_sorted_units,
            sum(wo.rejected_quantity) AS rejected_units,
            sum(wo.scrapped_quantity) AS scrapped_units,
            sum(wo.rework_quantity) AS rework_units,
            sum(wo.produced_quantity) FILTER (WHERE wo.first_pass_yield_percentage IS NOT NULL) AS first_pass_units,
            sum(wo.produced_quantity * wo.first_pass_yield_percentage)::numeric(38, 2) AS first_pass_weighted
        FROM work_orders AS wo
        WHERE {{ window("wo.actual_end_time") }}
            AND wo.status IN ('completed', 'closed')
        GROUP BY 1, 2, 3
    $$)
),

-- Defects and inspections in one query, so that PostgreSQL reads their orders once.
findings AS (
    FROM postgres_query('manufacturing', $$
        WITH found AS (
            SELECT
                d.detected_date::date AS quality_date,
                d.work_order_id,
                d.product_id,
                d.defect_id,
                d.status,
                d.defect_severity,
                d.defect_category,
                d.quantity_affected,
                NULL AS inspection_id,
                NULL AS inspection_type,
                NULL AS inspection_result
            FROM defects AS d
            WHERE {{ window("d.detected_date") }}
            UNION ALL
            SELECT
                qi.inspection_date::date,
                qi.work_order_id,
                qi.product_id,
                NULL,
                NULL,
                NULL,
                NULL,
                NULL,
                qi.inspection_id,
                qi.inspection_type,
                qi.inspection_result
            FROM quality_inspections AS qi
            WHERE {{ window("qi.inspection_date") }}
        )

        SELECT
            f.quality_date,
            wo.factory_id,
            coalesce(f.product_id, wo.product_id) AS product_id,
            count(f.defect_id) AS defects,
            count(f.defect_id) FILTER (WHERE coalesce(f.status, 'open') = 'open') AS open_defects,
            count(*) FILTER (WHERE f.defect_severity = 'critical') AS critical_defects,
            count(*) FILTER (WHERE f.defect_severity = 'major') AS major_defects,
            count(*) FILTER (WHERE f.defect_severity = 'minor') AS minor_defects,
            count(*) FILTER (WHERE f.defect_category = 'assembly') AS assembly_defects,
            count(*) FILTER (WHERE f.defect_category = 'dimensional') AS dimensional_defects,
            count(*) FILTER (WHERE f.defect_category = 'functional') AS functional_defects,
            count(*) FILTER (WHERE f.defect_category = 'material') AS material_defects,
            count(*) FILTER (WHERE f.defect_category = 'visual') AS visual_defects,
            sum(f.quantity_affected) AS defect_quantity,
            count(f.inspection_id) AS inspections,
            count(*) FILTER (WHERE f.inspection_type = 'incoming') AS incoming_inspections,
            count(*) FILTER (WHERE f.inspection_type = 'in_process') AS in_process_inspections,
            count(*) FILTER (WHERE f.inspection_type = 'final') AS final_inspections,
            count(*) FILTER (WHERE f.inspection_result = 'pass') AS inspections_passed
        FROM found AS f
        LEFT JOIN work_orders AS wo ON wo.work_order_id = f.work_order_id
        GROUP BY 1, 2, 3
    $$)
),

nonconformances AS (
    SELECT
        n.detected_date AS quality_date,
        n.detection_location AS factory_id,
        CASE
            WHEN starts_with(coalesce(n.product_id, n.material_id), 'PROD-') THEN coalesce(n.product_id, n.material_id)
            ELSE m.product_id
        END AS product_id,
        count(*) AS ncrs,
        count(*) FILTER (WHERE n.ncr_status IS DISTINCT FROM 'closed') AS open_ncrs,
        count(*) FILTER (WHERE n.defect_severity = 'critical') AS critical_ncrs,
        count(*) FILTER (WHERE n.defect_severity = 'major') AS major_ncrs,
        count(*) FILTER (WHERE n.defect_severity = 'minor') AS minor_ncrs,
        count(*) FILTER (WHERE n.disposition = 'scrap') AS scrap_ncrs,
        count(*) FILTER (WHERE n.disposition = 'rework') AS rework_ncrs,
        count(*) FILTER (WHERE n.disposition = 'use_as_is') AS use_as_is_ncrs,
        sum(n.quantity_defective) AS ncr_quantity_defective,
        sum(n.total_cost) AS cost_of_poor_quality
    FROM postgres_query('quality', $$
        SELECT
            ncr.detected_date,
            ncr.detection_location,
            ncr.product_id,
            ncr.material_id,
            ncr.ncr_status,
            ncr.defect_severity,
            ncr.disposition,
            ncr.quantity_defective,
            ncr.total_cost
        FROM ncr_headers AS ncr
        WHERE {{ window("ncr.detected_date") }}
    $$) AS n
    LEFT JOIN postgres_query('erp', $$SELECT ma.material_id, ma.product_id FROM materials AS ma$$) AS m
        ON m.material_id = coalesce(n.material_id, n.product_id)
    GROUP BY ALL
),

complaints AS (
    FROM postgres_query('quality', $$
        SELECT
            c.complaint_date AS quality_date,
            c.product_id,
            count(*) AS complaints,
            count(*) FILTER (WHERE c.severity = 'critical') AS critical_complaints,
            count(*) FILTER (WHERE c.safety_issue) AS safety_complaints,
            sum(c.quantity_affected)::numeric(18, 4) AS complaint_quantity
        FROM customer_complaints AS c
        WHERE {{ window("c.complaint_date") }}
        GROUP BY 1, 2
    $$)
),

chart_days AS (
    FROM postgres_query('quality', $$
        SELECT
            dp.chart_id,
            dp.measurement_timestamp::date AS quality_date,
            cc.upper_control_limit,
            cc.lower_control_limit,
            count(*) AS spc_points,
            count(*) FILTER (
                WHERE dp.measurement_value NOT BETWEEN cc.lower_control_limit AND cc.upper_control_limit
            ) AS spc_points_outside,
            sum(dp.measurement_value)::numeric(38, 6) AS value_sum,
            sum(dp.measurement_value * dp.measurement_value)::numeric(38, 12) AS square_sum
        FROM spc_data_points AS dp
        LEFT JOIN spc_control_charts AS cc ON cc.chart_id = dp.chart_id
        WHERE dp.measurement_timestamp >= DATE '{{ window.start }}' - 29
            AND dp.measurement_timestamp < DATE '{{ window.end }}'
        GROUP BY 1, 2, 3, 4
    $$)
),

chart_month AS (
    SELECT
        d.*,
        sum(d.spc_points) OVER last_30_days AS n,
        sum(d.value_sum) OVER last_30_days / n AS mean,
        sqrt(greatest(sum(d.square_sum) OVER last_30_days - n * mean * mean, 0) / nullif(n - 1, 0)) AS sigma
    FROM chart_days AS d
    WINDOW last_30_days AS (
        PARTITION BY d.chart_id ORDER BY d.quality_date
        RANGE BETWEEN INTERVAL 29 DAYS PRECEDING AND CURRENT ROW
    )
),

chart_capability AS (
    SELECT
        c.quality_date,
        c.spc_points,
        c.spc_points_outside,
        CAST(
            CASE
                WHEN c.upper_control_limit - c.mean < c.mean - c.lower_control_limit
                    THEN c.upper_control_limit - c.mean
                ELSE c.mean - c.lower_control_limit
            END / nullif(3 * c.sigma, 0) AS DECIMAL(12, 4)
        ) AS cpk
    FROM chart_month AS c
    WHERE c.quality_date >= DATE '{{ window.start }}'
),

capability AS (
    SELECT
        c.quality_date,
        count(*) AS spc_charts,
        sum(c.spc_points) AS spc_points,
        sum(c.spc_points_outside) AS spc_points_outside,
        min(c.cpk) AS cpk_worst,
        sum(c.cpk) / count(c.cpk) AS cpk_mean
    FROM chart_capability AS c
    GROUP BY ALL
),

all_sources AS (
    FROM finished_orders
    UNION ALL BY NAME FROM findings
    UNION ALL BY NAME FROM nonconformances
    UNION ALL BY NAME FROM complaints
    UNION ALL BY NAME FROM capability
),

product_days AS (
    SELECT
        a.quality_date,
        f.factory_id,
        p.product_id,
        coalesce(sum(a.orders_finished), 0) AS orders_finished,
        coalesce(sum(a.units_produced), 0) AS units_produced,
        coalesce(sum(a.good_units), 0) AS good_units,
        sum(a.judged_units) AS judged_units,
        sum(a.good_judged_units) AS good_judged_units,
        sum(a.sorted_units) AS sorted_units,
        sum(a.defect_sorted_units) AS defect_sorted_units,
        coalesce(sum(a.rejected_units), 0) AS rejected_units,
        coalesce(sum(a.scrapped_units), 0) AS scrapped_units,
        coalesce(sum(a.rework_units), 0) AS rework_units,
        sum(a.first_pass_weighted) / nullif(sum(a.first_pass_units), 0) AS first_pass_yield_pct,
        coalesce(sum(a.defects), 0) AS defects,
        coalesce(sum(a.open_defects), 0) AS open_defects,
        coalesce(sum(a.critical_defects), 0) AS critical_defects,
        coalesce(sum(a.major_defects), 0) AS major_defects,
        coalesce(sum(a.minor_defects), 0) AS minor_defects,
        coalesce(sum(a.assembly_defects), 0) AS assembly_defects,
        coalesce(sum(a.dimensional_defects), 0) AS dimensional_defects,
        coalesce(sum(a.functional_defects), 0) AS functional_defects,
        coalesce(sum(a.material_defects), 0) AS material_defects,
        coalesce(sum(a.visual_defects), 0) AS visual_defects,
        coalesce(sum(a.defect_quantity), 0) AS defect_quantity,
        coalesce(sum(a.inspections), 0) AS inspections,
        coalesce(sum(a.incoming_inspections), 0) AS incoming_inspections,
        coalesce(sum(a.in_process_inspections), 0) AS in_process_inspections,
        coalesce(sum(a.final_inspections), 0) AS final_inspections,
        coalesce(sum(a.inspections_passed), 0) AS inspections_passed,
        coalesce(sum(a.ncrs), 0) AS ncrs,
        coalesce(sum(a.open_ncrs), 0) AS open_ncrs,
        coalesce(sum(a.critical_ncrs), 0) AS critical_ncrs,
        coalesce(sum(a.major_ncrs), 0) AS major_ncrs,
        coalesce(sum(a.minor_ncrs), 0) AS minor_ncrs,
        coalesce(sum(a.scrap_ncrs), 0) AS scrap_ncrs,
        coalesce(sum(a.rework_ncrs), 0) AS rework_ncrs,
        coalesce(sum(a.use_as_is_ncrs), 0) AS use_as_is_ncrs,
        coalesce(sum(a.ncr_quantity_defective), 0) AS ncr_quantity_defective,
        coalesce(sum(a.cost_of_poor_quality), 0) AS cost_of_poor_quality,
        coalesce(sum(a.complaints), 0) AS complaints,
        coalesce(sum(a.critical_complaints), 0) AS critical_complaints,
        coalesce(sum(a.safety_complaints), 0) AS safety_complaints,
        coalesce(sum(a.complaint_quantity), 0) AS complaint_quantity,
        coalesce(sum(a.spc_charts), 0) AS spc_charts,
        coalesce(sum(a.spc_points), 0) AS spc_points,
        coalesce(sum(a.spc_points_outside), 0) AS spc_points_outside,
        min(a.cpk_worst) AS cpk_worst,
        min(a.cpk_mean) AS cpk_mean
    FROM all_sources AS a
    LEFT JOIN factories AS f ON f.factory_id = a.factory_id
    LEFT JOIN products AS p ON p.product_id = a.product_id
    GROUP BY ALL
),

rated AS (
    SELECT
        d.*,
        d.rejected_units + d.scrapped_units + d.rework_units AS defect_units,
        CAST(1000000 * d.defect_sorted_units / nullif(d.sorted_units, 0) AS DECIMAL(12, 2)) AS defect_ppm
    FROM product_days AS d
)

SELECT
    r.quality_date,
    coalesce(r.factory_id, 'UNKNOWN') AS factory_id,
    coalesce(r.product_id, 'UNKNOWN') AS product_id,
    f.factory_name,
    p.product_name,
    p.product_category,
    r.orders_finished,
    CAST(r.units_produced AS DECIMAL(18, 4)) AS units_produced,
    CAST(r.good_units AS DECIMAL(18, 4)) AS good_units,
    CAST(r.rejected_units AS DECIMAL(18, 4)) AS rejected_units,
    CAST(r.scrapped_units AS DECIMAL(18, 4)) AS scrapped_units,
    CAST(r.rework_units AS DECIMAL(18, 4)) AS rework_units,
    CAST(r.defect_units AS DECIMAL(18, 4)) AS defect_units,
    r.defect_ppm,
    p.target_quality_ppm AS target_ppm,
    CAST(r.defect_ppm <= p.target_quality_ppm AS INTEGER) AS target_ppm_met,
    CAST(100 * r.good_judged_units / nullif(r.judged_units, 0) AS DECIMAL(9, 2)) AS yield_pct,
    CAST(r.first_pass_yield_pct AS DECIMAL(9, 2)) AS first_pass_yield_pct,
    r.defects,
    r.open_defects,
    r.critical_defects,
    r.major_defects,
    r.minor_defects,
    r.assembly_defects,
    r.dimensional_defects,
    r.functional_defects,
    r.material_defects,
    r.visual_defects,
    CAST(r.defect_quantity AS DECIMAL(18, 4)) AS defect_quantity,
    r.inspections,
    r.incoming_inspections,
    r.in_process_inspections,
    r.final_inspections,
    r.inspections_passed,
    r.ncrs,
    r.open_ncrs,
    r.critical_ncrs,
    r.major_ncrs,
    r.minor_ncrs,
    r.scrap_ncrs,
    r.rework_ncrs,
    r.use_as_is_ncrs,
    CAST(r.ncr_quantity_defective AS DECIMAL(18, 4)) AS ncr_quantity_defective,
    CAST(r.cost_of_poor_quality AS DECIMAL(18, 2)) AS cost_of_poor_quality,
    '{{ rules.currency }}' AS currency,
    r.complaints,
    r.critical_complaints,
    r.safety_complaints,
    CAST(r.complaint_quantity AS DECIMAL(18, 4)) AS complaint_quantity,
    r.spc_charts,
    r.spc_points,
    r.spc_points_outside,
    r.cpk_worst,
    CAST(r.cpk_mean AS DECIMAL(12, 4)) AS cpk_mean
FROM rated AS r
LEFT JOIN factories AS f ON f.factory_id = r.factory_id
LEFT JOIN products AS p ON p.product_id = r.product_id
