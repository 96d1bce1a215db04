/* ---
description: Units, scrap, labour, material and cost per line and day.
category: performance
reads: [manufacturing, operations, erp, master]
grain: [production_date, factory_id, line_id]
load: window
lookback: 7 days
owner: operations
checks:
  - {check: in_range, columns: [on_time_pct], min: 0, max: 100, level: fail}
  - {check: in_range, columns: [yield_pct, scrap_pct, run_oee_pct], min: 0, max: 100, level: warn}
  - {check: in_range, columns: [orders_with_quantity_mismatch, units_without_standard_cost],
      min: 0, max: 0, level: warn}
  - {check: not_negative, columns: [units_produced, good_units, labor_hours, labor_cost, material_issue_cost],
      level: warn}
  - {check: known_member, columns: [factory_id, line_id], level: warn}
  - {check: not_ahead_of_today, level: warn}
  - {check: row_count_near_yesterday, percent: 50, level: warn}
--- */
-- Output counts on the day its order ended, labour and material on the day they were booked. Orders run for days, so
-- cost_per_unit is meaningful over longer periods only: sum cost and units first, then divide. Orders may be
-- dated to end ahead of today, and have their rows there.
-- Costs are the amounts booked on the transactions: orders carry none. A booking may differ from rate x hours or from
-- quantity x price; the booked amount is taken, the differences are counted. The sources name no currency.
-- actual_cost takes material gross (issues) or net (issues less returns), as the setting material_cost says; returns
-- may exceed issues.
-- Run times of orders overlap on a line: never read run_time_minutes as line utilisation. run_oee_pct is the OEE that
-- the line's production runs report (ISO 22400-2: availability x performance x quality), also for days without SCADA.
-- Yield, scrap and attainment are over the orders that state both figures.
{% from "macros/ratios.sql" import sum_where_known -%}
WITH finished_orders AS (
    FROM postgres_query('manufacturing', $$
        SELECT
            wo.actual_end_time::date AS production_date,
            wo.factory_id,
            wo.line_id,
            wo.product_id,
            wo.planned_quantity,
            wo.produced_quantity,
            wo.good_quantity,
            wo.rejected_quantity,
            wo.scrapped_quantity,
            wo.rework_quantity,
            wo.run_time_minutes,
            wo.setup_time_minutes,
            wo.downtime_minutes,
            wo.actual_end_time <= wo.planned_end_date AS on_time
        FROM work_orders AS wo
        WHERE {{ window("wo.actual_end_time") }}
            AND wo.status IN ('completed', 'closed')
    $$)
),

standard_costs AS (
    SELECT m.product_id, min(m.standard_cost) AS standard_cost
    FROM postgres_query('erp', $$
        SELECT ma.product_id, ma.standard_cost FROM materials AS ma WHERE ma.product_id IS NOT NULL
    $$) AS m
    GROUP BY m.product_id
),

output AS (
    SELECT
        o.production_date,
        o.factory_id,
        o.line_id,
        count(*) AS orders_finished,
        count(o.on_time) AS orders_with_due_time,
        count(*) FILTER (WHERE o.on_time) AS orders_on_time,
        sum(o.planned_quantity) AS planned_quantity,
        sum(o.produced_quantity) AS units_produced,
        {{ sum_where_known("o.planned_quantity", "o.produced_quantity") }} AS produced_units_planned,
        {{ sum_where_known("o.produced_quantity", "o.good_quantity") }} AS judged_units,
        {{ sum_where_known("o.good_quantity", "o.produced_quantity") }} AS good_judged_units,
        {{ sum_where_known("o.produced_quantity", "o.rejected_quantity + o.scrapped_quantity") }} AS sorted_units,
        {{ sum_where_known("o.rejected_quantity + o.scrapped_quantity", "o.produced_quantity") }} AS scrap_sorted_units,
        sum(o.good_quantity) AS good_units,
        sum(o.rejected_quantity) AS rejected_units,
        sum(o.scrapped_quantity) AS scrapped_units,
        sum(o.rework_quantity) AS rework_units,
        sum(o.run_time_minutes) AS run_time_minutes,
        sum(o.setup_time_minutes) AS setup_time_minutes,
        sum(o.downtime_minutes) AS downtime_minutes,
        sum(o.produced_quantity * s.standard_cost) AS standard_cost,
        sum(o.produced_quantity) FILTER (WHERE s.standard_cost IS NULL) AS units_without_standard_cost,
        count(*) FILTER (
            WHERE o.produced_quantity
                <> o.good_quantity + o.rejected_quantity + o.scrapped_quantity + o.rework_quantity
        ) AS orders_with_quantity_mismatch
    FROM finished_orders AS o
    LEFT JOIN standard_costs AS s ON s.product_id = o.product_id
    GROUP BY ALL
),

-- Labour and material in one query, so that PostgreSQL reads their orders once.
bookings AS (
    FROM postgres_query('manufacturing', $$
        WITH booked AS (
            SELECT
                lt.transaction_date::date AS production_date,
                lt.work_order_id,
                lt.labor_transaction_id,
                lt.duration_minutes,
                lt.labor_cost,
                abs(lt.labor_cost - lt.hourly_rate * lt.duration_minutes / 60) > 0.01 AS labor_cost_mismatch,
                NULL AS material_transaction_id,
                NULL::numeric AS issue_cost,
                NULL::numeric AS return_cost,
                NULL::boolean AS material_cost_mismatch
            FROM labor_transactions AS lt
            WHERE {{ window("lt.transaction_date") }}
            UNION ALL
            SELECT
                mt.transaction_date::date,
                mt.work_order_id,
                NULL,
                NULL,
                NULL,
                NULL,
                mt.transaction_id,
                CASE WHEN mt.transaction_type = 'issue' THEN mt.total_cost END,
                CASE WHEN mt.transaction_type = 'return' THEN mt.total_cost END,
                abs(mt.total_cost - mt.quantity * mt.unit_cost) > 0.01
            FROM material_transactions AS mt
            WHERE {{ window("mt.transaction_date") }}
                AND mt.transaction_type IN ('issue', 'return')
        )

        SELECT
            b.production_date,
            wo.factory_id,
            wo.line_id,
            count(b.labor_transaction_id) AS labor_transactions,
            sum(b.duration_minutes) AS labor_minutes,
            sum(b.labor_cost)::numeric(18, 2) AS labor_cost,
            count(*) FILTER (WHERE b.labor_cost_mismatch) AS labor_cost_mismatches,
            count(b.material_transaction_id) AS material_transactions,
            sum(b.issue_cost)::numeric(18, 2) AS material_issue_cost,
            sum(b.return_cost)::numeric(18, 2) AS material_return_cost,
            count(*) FILTER (WHERE b.material_cost_mismatch) AS material_cost_mismatches
        FROM booked AS b
        LEFT JOIN work_orders AS wo ON wo.work_order_id = b.work_order_id
        GROUP BY 1, 2, 3
    $$)
),

production_runs AS (
    FROM postgres_query('operations', $$
        SELECT
            pr.run_end_time::date AS production_date,
            pr.factory_id,
            pr.line_id,
            count(*) AS runs_completed,
            sum(pr.actual_duration_minutes) FILTER (WHERE pr.oee_percentage IS NOT NULL) AS run_oee_minutes,
            sum(pr.actual_duration_minutes * pr.oee_percentage)::numeric(18, 2) AS weighted_run_oee
        FROM production_runs AS pr
        WHERE {{ window("pr.run_end_time") }}
            AND pr.status = 'completed'
        GROUP BY 1, 2, 3
    $$)
),

all_sources AS (
    FROM output
    UNION ALL BY NAME FROM bookings
    UNION ALL BY NAME FROM production_runs
),

line_days AS (
    SELECT
        a.production_date,
        coalesce(f.factory_id, 'UNKNOWN') AS factory_id,
        coalesce(l.line_id, 'UNKNOWN') AS line_id,
        f.factory_name,
        l.line_name,
        l.product_category,
        coalesce(sum(a.orders_finished), 0) AS orders_finished,
        coalesce(sum(a.orders_with_due_time), 0) AS orders_with_due_time,
        coalesce(sum(a.orders_on_time), 0) AS orders_on_time,
        coalesce(sum(a.planned_quantity), 0) AS planned_quantity,
        coalesce(sum(a.units_produced), 0) AS units_produced,
        sum(a.produced_units_planned) AS produced_units_planned,
        sum(a.judged_units) AS judged_units,
        sum(a.good_judged_units) AS good_judged_units,
        sum(a.sorted_units) AS sorted_units,
        sum(a.scrap_sorted_units) AS scrap_sorted_units,
        coalesce(sum(a.good_units), 0) AS good_units,
        coalesce(sum(a.rejected_units), 0) AS rejected_units,
        coalesce(sum(a.scrapped_units), 0) AS scrapped_units,
        coalesce(sum(a.rework_units), 0) AS rework_units,
        coalesce(sum(a.run_time_minutes), 0) AS run_time_minutes,
        coalesce(sum(a.setup_time_minutes), 0) AS setup_time_minutes,
        coalesce(sum(a.downtime_minutes), 0) AS downtime_minutes,
        coalesce(sum(a.labor_transactions), 0) AS labor_transactions,
        coalesce(sum(a.labor_minutes), 0) AS labor_minutes,
        coalesce(sum(a.labor_cost), 0) AS labor_cost,
        coalesce(sum(a.material_transactions), 0) AS material_transactions,
        coalesce(sum(a.material_issue_cost), 0) AS material_issue_cost,
        coalesce(sum(a.material_return_cost), 0) AS material_return_cost,
        coalesce(sum(a.standard_cost), 0) AS standard_cost,
        coalesce(sum(a.units_without_standard_cost), 0) AS units_without_standard_cost,
        coalesce(sum(a.orders_with_quantity_mismatch), 0) AS orders_with_quantity_mismatch,
        coalesce(sum(a.labor_cost_mismatches), 0) AS labor_cost_mismatches,
        coalesce(sum(a.material_cost_mismatches), 0) AS material_cost_mismatches,
        coalesce(sum(a.runs_completed), 0) AS runs_completed,
        sum(a.weighted_run_oee) / nullif(sum(a.run_oee_minutes), 0) AS run_oee_pct
    FROM all_sources AS a
    LEFT JOIN postgres_query('master', $$SELECT fc.factory_id, fc.factory_name FROM factories AS fc$$) AS f
        ON f.factory_id = a.factory_id
    LEFT JOIN postgres_query('master', $$
        SELECT pl.line_id, pl.line_name, pl.product_category FROM production_lines AS pl
    $$) AS l ON l.line_id = a.line_id
    GROUP BY ALL
),

costed AS (
    SELECT
        d.*,
        d.rejected_units + d.scrapped_units AS scrap_units,
        d.material_issue_cost - d.material_return_cost AS material_net_cost,
        d.labor_cost + d.material_issue_cost - CASE
            WHEN '{{ rules.material_cost }}' = 'net' THEN d.material_return_cost ELSE 0
        END AS actual_cost
    FROM line_days AS d
)

SELECT
    c.production_date,
    c.factory_id,
    c.line_id,
    c.factory_name,
    c.line_name,
    c.product_category,
    c.orders_finished,
    c.orders_with_due_time,
    c.orders_on_time,
    CAST(100 * c.orders_on_time / nullif(c.orders_with_due_time, 0) AS DECIMAL(9, 2)) AS on_time_pct,
    CAST(c.planned_quantity AS DECIMAL(18, 4)) AS planned_quantity,
    CAST(c.units_produced AS DECIMAL(18, 4)) AS units_produced,
    CAST(c.good_units AS DECIMAL(18, 4)) AS good_units,
    CAST(c.rejected_units AS DECIMAL(18, 4)) AS rejected_units,
    CAST(c.scrapped_units AS DECIMAL(18, 4)) AS scrapped_units,
    CAST(c.scrap_units AS DECIMAL(18, 4)) AS scrap_units,
    CAST(c.rework_units AS DECIMAL(18, 4)) AS rework_units,
    CAST(100 * c.good_judged_units / nullif(c.judged_units, 0) AS DECIMAL(9, 2)) AS yield_pct,
    CAST(100 * c.scrap_sorted_units / nullif(c.sorted_units, 0) AS DECIMAL(9, 2)) AS scrap_pct,
    CAST(100 * c.units_produced / nullif(c.produced_units_planned, 0) AS DECIMAL(12, 2)) AS plan_attainment_pct,
    CAST(c.run_time_minutes AS DECIMAL(14, 2)) AS run_time_minutes,
    CAST(c.setup_time_minutes AS DECIMAL(14, 2)) AS setup_time_minutes,
    CAST(c.downtime_minutes AS DECIMAL(14, 2)) AS downtime_minutes,
    c.labor_transactions,
    CAST(c.labor_minutes / 60 AS DECIMAL(14, 2)) AS labor_hours,
    CAST(c.labor_cost AS DECIMAL(18, 2)) AS labor_cost,
    c.material_transactions,
    CAST(c.material_issue_cost AS DECIMAL(18, 2)) AS material_issue_cost,
    CAST(c.material_return_cost AS DECIMAL(18, 2)) AS material_return_cost,
    CAST(c.material_net_cost AS DECIMAL(18, 2)) AS material_net_cost,
    CAST(c.actual_cost AS DECIMAL(18, 2)) AS actual_cost,
    CAST(c.actual_cost / nullif(c.units_produced, 0) AS DECIMAL(18, 4)) AS cost_per_unit,
    CAST(c.standard_cost AS DECIMAL(18, 2)) AS standard_cost,
    CAST(c.units_without_standard_cost AS DECIMAL(18, 4)) AS units_without_standard_cost,
    CASE
        WHEN c.units_without_standard_cost = 0 THEN CAST(c.actual_cost - c.standard_cost AS DECIMAL(18, 2))
    END AS cost_variance,
    CASE
        WHEN c.units_without_standard_cost = 0
            THEN CAST(100 * (c.actual_cost - c.standard_cost) / nullif(c.standard_cost, 0) AS DECIMAL(12, 2))
    END AS cost_variance_pct,
    c.runs_completed,
    CAST(c.run_oee_pct AS DECIMAL(9, 2)) AS run_oee_pct,
    c.orders_with_quantity_mismatch,
    c.labor_cost_mismatches,
    c.material_cost_mismatches,
    '{{ rules.currency }}' AS currency
FROM costed AS c
