/* --- source: manufacturing --- */
SELECT
    booked.production_date,
    sum(booked.units_produced) AS units_produced,
    sum(booked.good_units) AS good_units,
    sum(booked.orders_finished) AS orders_finished,
    sum(booked.labor_cost) AS labor_cost,
    sum(booked.material_issue_cost) AS material_issue_cost,
    sum(booked.material_return_cost) AS material_return_cost
FROM (
    SELECT
        date_trunc('day', wo.actual_end_time)::date AS production_date,
        wo.produced_quantity AS units_produced,
        wo.good_quantity AS good_units,
        1 AS orders_finished,
        0 AS labor_cost,
        0 AS material_issue_cost,
        0 AS material_return_cost
    FROM work_orders AS wo
    WHERE {{ window("wo.actual_end_time") }} AND wo.status = ANY (ARRAY['completed', 'closed'])
    UNION ALL
    SELECT date_trunc('day', lt.transaction_date)::date, 0, 0, 0, lt.labor_cost, 0, 0
    FROM labor_transactions AS lt
    WHERE {{ window("lt.transaction_date") }}
    UNION ALL
    SELECT
        date_trunc('day', mt.transaction_date)::date, 0, 0, 0, 0,
        CASE mt.transaction_type WHEN 'issue' THEN mt.total_cost END,
        CASE mt.transaction_type WHEN 'return' THEN mt.total_cost END
    FROM material_transactions AS mt
    WHERE {{ window("mt.transaction_date") }}
) AS booked
GROUP BY booked.production_date
/* --- source: manufacturing --- */
SELECT
    date_trunc('day', wo.actual_end_time)::date AS production_date,
    count(wo.planned_end_date) AS orders_with_due_time,
    sum(CASE WHEN wo.actual_end_time > wo.planned_end_date THEN 0 WHEN wo.planned_end_date IS NOT NULL THEN 1 END)
        AS orders_on_time,
    sum(wo.planned_quantity) AS planned_quantity,
    sum(wo.rejected_quantity) AS rejected_units,
    sum(wo.scrapped_quantity) AS scrapped_units,
    sum(wo.rework_quantity) AS rework_units,
    sum(wo.run_time_minutes) AS run_time_minutes,
    sum(wo.setup_time_minutes) AS setup_time_minutes,
    sum(wo.downtime_minutes) AS downtime_minutes,
    count(nullif(
        wo.produced_quantity - wo.good_quantity - wo.rejected_quantity - wo.scrapped_quantity - wo.rework_quantity, 0
    )) AS orders_with_quantity_mismatch
FROM work_orders AS wo
WHERE {{ window("wo.actual_end_time") }} AND wo.status = ANY (ARRAY['completed', 'closed'])
GROUP BY 1

/* --- source: manufacturing --- */
SELECT
    date_trunc('day', lt.transaction_date)::date AS production_date,
    sum(1) AS labor_transactions,
    sum(lt.duration_minutes) / 60.0 AS labor_hours,
    count(CASE WHEN abs(60 * lt.labor_cost - lt.duration_minutes * lt.hourly_rate) > 0.6 THEN 1 END)
        AS labor_cost_mismatches
FROM labor_transactions AS lt
WHERE {{ window("lt.transaction_date") }}
GROUP BY 1

/* --- source: manufacturing --- */
SELECT
    date_trunc('day', mt.transaction_date)::date AS production_date,
    sum(1) AS material_transactions,
    count(CASE WHEN mt.total_cost NOT BETWEEN mt.unit_cost * mt.quantity - 0.01 AND mt.unit_cost * mt.quantity + 0.01 THEN 1 END)
        AS material_cost_mismatches
FROM material_transactions AS mt
WHERE {{ window("mt.transaction_date") }} AND mt.transaction_type = ANY (ARRAY['issue', 'return'])
GROUP BY 1

/* --- source: operations --- */
SELECT date_trunc('day', pr.run_end_time)::date AS production_date, sum(1) AS runs_completed
FROM production_runs AS pr
WHERE {{ window("pr.run_end_time") }} AND pr.status = 'completed'
GROUP BY 1

/* --- identities --- */
SELECT
    rejected_units + scrapped_units AS scrap_units,
    material_issue_cost - material_return_cost AS material_net_cost,
    labor_cost + {{ "material_net_cost" if rules.material_cost == "net" else "material_issue_cost" }} AS actual_cost,
    actual_cost / nullif(units_produced, 0) AS cost_per_unit,
    CASE WHEN units_without_standard_cost = 0 THEN round(actual_cost - standard_cost, 2) END AS cost_variance,
    100 * orders_on_time / nullif(orders_with_due_time, 0) AS on_time_pct
