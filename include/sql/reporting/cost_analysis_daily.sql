/* ---
description: Actual, allocated and standard cost of finished work orders per product, factory and day.
category: financial
reads: [manufacturing, maintenance, operations, erp, master]
grain: [cost_date, factory_id, product_id]
load: window
lookback: 7 days
owner: finance
closes: cost_date
checks:
  - {check: not_negative, columns: [units_produced, material_issue_cost, labor_hours, labor_cost, overhead_cost],
      level: warn}
  - {check: in_range, columns: [orders_without_bookings], min: 0, max: 0, level: warn}
  - {check: known_member, columns: [factory_id, product_id], level: warn}
  - {check: not_ahead_of_today, level: warn}
  - {check: row_count_near_yesterday, percent: 50, level: warn}
--- */
-- Order costing: all material and labour ever booked on an order counts on the day the order ended, so that cost and
-- output of a row belong together (production_summary_daily counts bookings on their own day instead). Orders dated to
-- end ahead of today have their rows there.
-- * Orders carry no cost of their own; the amounts booked on their transactions are taken as they stand.
-- * actual_cost takes material gross (issues) or net (issues less returns), as the setting material_cost says. Returns
--   may exceed issues.
-- * overhead_cost is the line's maintenance (and energy, once a tariff is set) of the day, spread over what the line
--   finished that day by units. Overhead of a line without output is no product cost (IAS 2, 13) and stays out;
--   profit_and_loss_daily has all of it. Depreciation is not allocated.
-- * Variances are reported however large: bookings far from the standard question one of the two, they are no savings.
{% from "macros/ratios.sql" import sum_where_known -%}
WITH finished_orders AS (
    SELECT *
    FROM postgres_query('manufacturing', $$
        SELECT
            CAST(wo.actual_end_time AS DATE) AS cost_date,
            wo.factory_id,
            wo.product_id,
            wo.line_id,
            wo.produced_quantity,
            wo.good_quantity,
            material.issue_cost,
            material.return_cost,
            labor.labor_cost,
            labor.labor_minutes
        FROM work_orders AS wo
        LEFT JOIN LATERAL (
            SELECT
                CAST(sum(mt.total_cost) FILTER (WHERE mt.transaction_type = 'issue') AS NUMERIC(18, 2)) AS issue_cost,
                CAST(sum(mt.total_cost) FILTER (WHERE mt.transaction_type = 'return') AS NUMERIC(18, 2)) AS return_cost
            FROM material_transactions AS mt
            WHERE mt.work_order_id = wo.work_order_id
        ) AS material ON TRUE
        LEFT JOIN LATERAL (
            SELECT
                CAST(sum(lt.labor_cost) AS NUMERIC(18, 2)) AS labor_cost,
                sum(lt.duration_minutes) AS labor_minutes
            FROM labor_transactions AS lt
            WHERE lt.work_order_id = wo.work_order_id
        ) AS labor ON TRUE
        WHERE {{ window("wo.actual_end_time") }} AND wo.status IN ('completed', 'closed')
    $$)
),

line_maintenance AS (
    SELECT *
    FROM postgres_query('maintenance', $$
        SELECT
            CAST(mwo.actual_end_date AS DATE) AS cost_date,
            ma.line_id,
            CAST(sum(mwo.actual_total_cost) AS NUMERIC(18, 2)) AS amount
        FROM work_orders AS mwo
        JOIN maintenance_assets AS ma ON ma.asset_id = mwo.asset_id
        WHERE {{ window("mwo.actual_end_date") }} AND mwo.wo_status = 'completed'
        GROUP BY 1, 2
    $$)
),

-- Mean load of each machine x 24 hours, as in energy_consumption_daily; nothing is read without a tariff.
line_energy AS (
    SELECT e.cost_date, e.line_id, sum(e.kwh) * {{ rules.energy_tariff_per_kwh or 'NULL' }} AS amount
    FROM postgres_query('operations', $$
        SELECT
            CAST(smd.timestamp AS DATE) AS cost_date,
            smd.line_id,
            smd.machine_id,
            CAST(avg(smd.power_consumption_kw) * 24 AS NUMERIC(18, 4)) AS kwh
        FROM scada_machine_data AS smd
        WHERE {{ window("smd.timestamp") }} AND {{ 'TRUE' if rules.energy_tariff_per_kwh else 'FALSE' }}
        GROUP BY 1, 2, 3
    $$) AS e
    GROUP BY ALL
),

line_overhead AS (
    SELECT o.cost_date, o.line_id, CAST(sum(o.amount) AS DECIMAL(18, 2)) AS amount
    FROM (SELECT * FROM line_maintenance UNION ALL SELECT * FROM line_energy) AS o
    GROUP BY ALL
),

line_output AS (
    SELECT fo.cost_date, fo.line_id, sum(fo.produced_quantity) AS units
    FROM finished_orders AS fo
    GROUP BY ALL
),

product_costs AS (
    SELECT
        fo.cost_date,
        coalesce(f.factory_id, 'UNKNOWN') AS factory_id,
        coalesce(p.product_id, 'UNKNOWN') AS product_id,
        f.factory_name,
        p.product_name,
        p.product_category,
        count(*) AS orders_finished,
        count(*) FILTER (WHERE fo.issue_cost IS NULL AND fo.return_cost IS NULL AND fo.labor_cost IS NULL)
            AS orders_without_bookings,
        coalesce(sum(fo.produced_quantity), 0) AS units_produced,
        coalesce(sum(fo.good_quantity), 0) AS good_units,
        coalesce(sum(fo.issue_cost), 0) AS material_issue_cost,
        coalesce(sum(fo.return_cost), 0) AS material_return_cost,
        CASE '{{ rules.material_cost }}'
            WHEN 'net' THEN material_issue_cost - material_return_cost
            ELSE material_issue_cost
        END AS material_cost,
        -- What the orders with a known quantity cost: the numerators of cost per unit.
        coalesce({{ sum_where_known("fo.issue_cost", "fo.produced_quantity") }}, 0)
        {%- if rules.material_cost == "net" %}
            - coalesce({{ sum_where_known("fo.return_cost", "fo.produced_quantity") }}, 0)
        {%- endif %} AS counted_material_cost,
        coalesce({{ sum_where_known("fo.labor_cost", "fo.produced_quantity") }}, 0) AS counted_labor_cost,
        coalesce(sum(fo.labor_minutes), 0) AS labor_minutes,
        coalesce(sum(fo.labor_cost), 0) AS labor_cost,
        CAST(
            coalesce(sum(CAST(lo.amount * fo.produced_quantity / nullif(ou.units, 0) AS DECIMAL(24, 6))), 0)
            AS DECIMAL(18, 2)
        ) AS overhead_cost
    FROM finished_orders AS fo
    LEFT JOIN line_output AS ou ON ou.cost_date = fo.cost_date AND ou.line_id = fo.line_id
    LEFT JOIN line_overhead AS lo ON lo.cost_date = fo.cost_date AND lo.line_id = fo.line_id
    LEFT JOIN postgres_query('master', $$
        SELECT f.factory_id, f.factory_name FROM factories AS f
    $$) AS f
        ON f.factory_id = fo.factory_id
    LEFT JOIN postgres_query('master', $$
        SELECT p.product_id, p.product_name, p.product_category FROM products AS p
    $$) AS p
        ON p.product_id = fo.product_id
    GROUP BY ALL
),

standards AS (
    SELECT s.product_id, min(s.standard_cost) AS standard_cost
    FROM postgres_query('erp', $$
        SELECT m.product_id, m.standard_cost FROM materials AS m WHERE m.product_id IS NOT NULL
    $$) AS s
    GROUP BY s.product_id
),

results AS (
    SELECT
        pc.*,
        pc.material_cost + pc.labor_cost AS actual_cost,
        actual_cost + pc.overhead_cost AS full_cost,
        pc.counted_material_cost + pc.counted_labor_cost AS counted_cost,
        s.standard_cost AS standard_cost_per_unit,
        CAST(pc.units_produced * s.standard_cost AS DECIMAL(18, 2)) AS standard_cost
    FROM product_costs AS pc
    LEFT JOIN standards AS s ON s.product_id = pc.product_id
)

SELECT
    r.cost_date,
    r.factory_id,
    r.product_id,
    r.factory_name,
    r.product_name,
    r.product_category,
    '{{ rules.currency }}' AS currency,
    r.orders_finished,
    r.orders_without_bookings,
    CAST(r.units_produced AS DECIMAL(18, 4)) AS units_produced,
    CAST(r.good_units AS DECIMAL(18, 4)) AS good_units,
    CAST(r.material_issue_cost AS DECIMAL(18, 2)) AS material_issue_cost,
    CAST(r.material_return_cost AS DECIMAL(18, 2)) AS material_return_cost,
    CAST(r.material_cost AS DECIMAL(18, 2)) AS material_cost,
    CAST(r.labor_minutes / 60 AS DECIMAL(14, 2)) AS labor_hours,
    CAST(r.labor_cost AS DECIMAL(18, 2)) AS labor_cost,
    CAST(r.actual_cost AS DECIMAL(18, 2)) AS actual_cost,
    r.overhead_cost,
    CAST(r.full_cost AS DECIMAL(18, 2)) AS full_cost,
    r.standard_cost,
    CAST(r.counted_material_cost / nullif(r.units_produced, 0) AS DECIMAL(18, 4)) AS material_cost_per_unit,
    CAST(r.counted_labor_cost / nullif(r.units_produced, 0) AS DECIMAL(18, 4)) AS labor_cost_per_unit,
    CAST(r.overhead_cost / nullif(r.units_produced, 0) AS DECIMAL(18, 4)) AS overhead_cost_per_unit,
    CAST(r.counted_cost / nullif(r.units_produced, 0) AS DECIMAL(18, 4)) AS actual_cost_per_unit,
    CAST((r.counted_cost + r.overhead_cost) / nullif(r.units_produced, 0) AS DECIMAL(18, 4)) AS full_cost_per_unit,
    CAST(r.standard_cost_per_unit AS DECIMAL(18, 4)) AS standard_cost_per_unit,
    CAST(r.counted_cost - r.standard_cost AS DECIMAL(18, 2)) AS cost_variance,
    CAST(100 * (r.counted_cost - r.standard_cost) / nullif(r.standard_cost, 0) AS DECIMAL(18, 2)) AS cost_variance_pct,
    CAST(r.counted_cost + r.overhead_cost - r.standard_cost AS DECIMAL(18, 2)) AS full_cost_variance,
    CAST(100 * (r.counted_cost + r.overhead_cost - r.standard_cost) / nullif(r.standard_cost, 0) AS DECIMAL(18, 2))
        AS full_cost_variance_pct
FROM results AS r
ORDER BY r.cost_date, r.factory_id, r.product_id
