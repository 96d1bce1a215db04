/* --- source: manufacturing --- */
SELECT
    facts.quality_date,
    sum(facts.units_produced) AS units_produced,
    sum(facts.defect_units) AS defect_units,
    sum(facts.defects) AS defects,
    sum(facts.defect_quantity) AS defect_quantity,
    sum(facts.inspections) AS inspections
FROM (
    SELECT
        date_trunc('day', wo.actual_end_time)::date AS quality_date,
        wo.produced_quantity AS units_produced,
        coalesce(wo.rejected_quantity, 0) + coalesce(wo.scrapped_quantity, 0) + coalesce(wo.rework_quantity, 0)
            AS defect_units,
        0 AS defects,
        0 AS defect_quantity,
        0 AS inspections
    FROM work_orders AS wo
    WHERE {{ window("wo.actual_end_time") }} AND wo.status = ANY (ARRAY['completed', 'closed'])
    UNION ALL
    SELECT date_trunc('day', d.detected_date)::date, 0, 0, 1, d.quantity_affected, 0
    FROM defects AS d
    WHERE {{ window("d.detected_date") }}
    UNION ALL
    SELECT date_trunc('day', qi.inspection_date)::date, 0, 0, 0, 0, 1
    FROM quality_inspections AS qi
    WHERE {{ window("qi.inspection_date") }}
) AS facts
GROUP BY facts.quality_date
/* --- source: manufacturing --- */
SELECT
    date_trunc('day', wo.actual_end_time)::date AS quality_date,
    sum(1) AS orders_finished,
    sum(wo.good_quantity) AS good_units,
    sum(wo.rejected_quantity) AS rejected_units,
    sum(wo.scrapped_quantity) AS scrapped_units,
    sum(wo.rework_quantity) AS rework_units
FROM work_orders AS wo
WHERE {{ window("wo.actual_end_time") }} AND wo.status = ANY (ARRAY['completed', 'closed'])
GROUP BY 1

/* --- source: manufacturing --- */
SELECT
    date_trunc('day', d.detected_date)::date AS quality_date,
    sum(CASE WHEN d.status IS NULL OR d.status = 'open' THEN 1 END) AS open_defects,
    sum(CASE d.defect_severity WHEN 'critical' THEN 1 END) AS critical_defects,
    sum(CASE d.defect_severity WHEN 'major' THEN 1 END) AS major_defects,
    sum(CASE d.defect_severity WHEN 'minor' THEN 1 END) AS minor_defects,
    sum(CASE d.defect_category WHEN 'assembly' THEN 1 END) AS assembly_defects,
    sum(CASE d.defect_category WHEN 'dimensional' THEN 1 END) AS dimensional_defects,
    sum(CASE d.defect_category WHEN 'functional' THEN 1 END) AS functional_defects,
    sum(CASE d.defect_category WHEN 'material' THEN 1 END) AS material_defects,
    sum(CASE d.defect_category WHEN 'visual' THEN 1 END) AS visual_defects
FROM defects AS d
WHERE {{ window("d.detected_date") }}
GROUP BY 1

/* --- source: manufacturing --- */
SELECT
    date_trunc('day', qi.inspection_date)::date AS quality_date,
    sum(CASE qi.inspection_type WHEN 'incoming' THEN 1 END) AS incoming_inspections,
    sum(CASE qi.inspection_type WHEN 'in_process' THEN 1 END) AS in_process_inspections,
    sum(CASE qi.inspection_type WHEN 'final' THEN 1 END) AS final_inspections,
    sum(CASE qi.inspection_result WHEN 'pass' THEN 1 END) AS inspections_passed
FROM quality_inspections AS qi
WHERE {{ window("qi.inspection_date") }}
GROUP BY 1

/* --- source: quality --- */
SELECT
    n.detected_date AS quality_date,
    sum(1) AS ncrs,
    sum(CASE n.ncr_status WHEN 'closed' THEN 0 ELSE 1 END) AS open_ncrs,
    sum(CASE n.defect_severity WHEN 'critical' THEN 1 END) AS critical_ncrs,
    sum(CASE n.defect_severity WHEN 'major' THEN 1 END) AS major_ncrs,
    sum(CASE n.defect_severity WHEN 'minor' THEN 1 END) AS minor_ncrs,
    sum(CASE n.disposition WHEN 'scrap' THEN 1 END) AS scrap_ncrs,
    sum(CASE n.disposition WHEN 'rework' THEN 1 END) AS rework_ncrs,
    sum(CASE n.disposition WHEN 'use_as_is' THEN 1 END) AS use_as_is_ncrs,
    sum(n.quantity_defective) AS ncr_quantity_defective,
    sum(n.total_cost) AS cost_of_poor_quality
FROM ncr_headers AS n
WHERE {{ window("n.detected_date") }}
GROUP BY n.detected_date

/* --- source: quality --- */
SELECT
    c.complaint_date AS quality_date,
    sum(1) AS complaints,
    sum(CASE c.severity WHEN 'critical' THEN 1 END) AS critical_complaints,
    count(nullif(c.safety_issue, false)) AS safety_complaints,
    sum(c.quantity_affected) AS complaint_quantity
FROM customer_complaints AS c
WHERE {{ window("c.complaint_date") }}
GROUP BY c.complaint_date

/* --- source: quality --- */
SELECT
    date_trunc('day', dp.measurement_timestamp)::date AS quality_date,
    count(DISTINCT dp.chart_id) AS spc_charts,
    sum(1) AS spc_points,
    sum(CASE
        WHEN dp.measurement_value > cc.upper_control_limit THEN 1
        WHEN dp.measurement_value < cc.lower_control_limit THEN 1
    END) AS spc_points_outside
FROM spc_data_points AS dp
LEFT JOIN spc_control_charts AS cc USING (chart_id)
WHERE {{ window("dp.measurement_timestamp") }}
GROUP BY 1

/* --- identities --- */
SELECT
    rejected_units + scrapped_units + rework_units AS defect_units,
    defect_ppm <= target_ppm AS target_ppm_met
