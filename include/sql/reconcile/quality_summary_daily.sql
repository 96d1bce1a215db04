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
        wo.rejected_quantity + wo.scrapped_quantity + wo.rework_quantity AS defect_units,
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
