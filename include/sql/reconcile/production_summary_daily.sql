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
