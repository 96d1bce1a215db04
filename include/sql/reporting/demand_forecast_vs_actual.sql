/* ---
description: Forecast against ordered and supplied quantity per product and month, with forecast accuracy.
category: inventory
reads: [master, erp, manufacturing, crm, financial]
grain: [forecast_month, product_id]
load: window
lookback: 7 days
owner: supply_chain
checks:
  - {check: exchange_rates_hold, level: fail}
  - {check: in_range, columns: [documents_without_rate], min: 0, max: 0, level: warn}
  - {check: in_range, columns: [is_forecast_comparable], min: 1, max: 1, level: warn}
  - {check: in_range, columns: [forecast_accuracy_pct], min: 0, max: 100, level: fail}
  - {check: not_negative, columns: [forecast_quantity, ordered_quantity, supplied_quantity], level: warn}
  - {check: known_member, columns: [product_id], level: warn}
--- */
-- Forecast: the yearly volumes agreed with customers / 12; for products without any, the opportunities that close in
-- the month, weighted by their stage (every opportunity states a probability of 10 percent in every stage).
-- Agreed volumes carry no dates: the present ones are the forecast of every month. Sales forecasts of the CRM name no
-- product and hold no amounts. Accuracy = 1 - |ordered - forecast| / forecast, not below 0.
-- Opportunities are single deals, not the product's demand: such a forecast stands beside the orders with
-- is_forecast_comparable = 0, and is not judged against them (50 units of pipeline against 25,000 ordered are no error).
-- ordered_value is the net revenue of macros/sales.sql.
-- Rows: every product and month from the first order to the present month, and other months with facts, also ahead.
-- The present month compares orders to date with the whole forecast (is_month_complete = 0); later ones are not judged.
-- Elements of material planning (MRP) count once: those of the latest run that plans the material in the month.
{% from "macros/currency.sql" import exchange_rates with context -%}
{% from "macros/sales.sql" import sales_lines with context -%}
WITH {{ exchange_rates() }},

products AS (
    SELECT p.product_id, p.product_code, p.product_name, p.product_category
    FROM postgres_query('master', $$
        SELECT
            pr.product_id,
            pr.product_code,
            pr.product_name,
            pr.product_category
        FROM products AS pr
    $$) AS p
),

agreed_volumes AS (
    SELECT
        coalesce(p.product_id, 'UNKNOWN') AS product_id,
        count(DISTINCT cpm.customer_id) AS forecast_customers,
        sum(cpm.annual_volume) / 12 AS monthly_quantity
    FROM postgres_query('master', $$
        SELECT
            m.product_id,
            m.customer_id,
            m.annual_volume
        FROM customer_product_mapping AS m
        WHERE m.is_active
            AND m.annual_volume IS NOT NULL
    $$) AS cpm
    LEFT JOIN products AS p ON p.product_id = cpm.product_id
    GROUP BY ALL
),

materials AS (
    SELECT m.material_id, m.product_id
    FROM postgres_query('erp', $$SELECT ma.material_id, ma.product_id FROM materials AS ma$$) AS m
),

stage_weights (stage, weight) AS (
    VALUES
        ('prospecting', 0.10),
        ('qualification', 0.25),
        ('proposal', 0.50),
        ('negotiation', 0.75),
        ('closed_won', 1.00),
        ('closed_lost', 0.00)
),

-- Opportunities and material planning name materials. Those that the ERP knows as no product are left out.
opportunities AS (
    SELECT
        strftime(o.close_date, '%Y-%m') AS forecast_month,
        coalesce(p.product_id, 'UNKNOWN') AS product_id,
        sum(o.quantity) FILTER (WHERE o.stage IS DISTINCT FROM 'closed_lost') AS pipeline_quantity,
        sum(o.quantity * coalesce(sw.weight, 0)) AS weighted_pipeline_quantity
    FROM postgres_query('crm', $$
        SELECT
            opp.close_date,
            opp.stage,
            op.material_id,
            op.quantity
        FROM opportunities AS opp
        INNER JOIN opportunity_products AS op ON op.opportunity_id = opp.opportunity_id
        WHERE {{ window("opp.close_date") }}
    $$) AS o
    LEFT JOIN materials AS m ON m.material_id = o.material_id
    LEFT JOIN products AS p ON p.product_id = m.product_id
    LEFT JOIN stage_weights AS sw ON sw.stage = o.stage
    WHERE m.material_id IS NULL OR m.product_id IS NOT NULL
    GROUP BY ALL
),

order_lines AS (
    {{ sales_lines(["so.order_date", "sol.product_id", "sol.material_id"], window("so.order_date")) | indent(4) }}
),

demand AS (
    SELECT
        strftime(ordered.order_date, '%Y-%m') AS forecast_month,
        coalesce(p.product_id, 'UNKNOWN') AS product_id,
        sum(ordered.order_lines) AS order_lines,
        sum(ordered.order_lines) FILTER (WHERE ordered.net_revenue IS NULL) AS documents_without_rate,
        sum(ordered.order_quantity) AS ordered_quantity,
        sum(ordered.net_revenue) AS ordered_value
    FROM order_lines AS ordered
    LEFT JOIN materials AS m ON m.material_id = ordered.material_id
    LEFT JOIN products AS p ON p.product_id = coalesce(ordered.product_id, m.product_id)
    GROUP BY ALL
),

supply AS (
    SELECT
        strftime(made.end_date, '%Y-%m') AS forecast_month,
        coalesce(p.product_id, 'UNKNOWN') AS product_id,
        sum(made.good_quantity) AS supplied_quantity
    FROM postgres_query('manufacturing', $$
        SELECT
            CAST(wo.actual_end_time AS date) AS end_date,
            wo.product_id,
            sum(wo.good_quantity) AS good_quantity
        FROM work_orders AS wo
        WHERE {{ window("wo.actual_end_time") }}
            AND wo.status IN ('completed', 'closed')
        GROUP BY 1, 2
    $$) AS made
    LEFT JOIN products AS p ON p.product_id = made.product_id
    GROUP BY ALL
),

mrp_elements AS (
    SELECT
        strftime(me.element_date, '%Y-%m') AS forecast_month,
        me.material_id,
        me.requirement_quantity,
        me.receipt_quantity
    FROM postgres_query('erp', $$
        SELECT
            e.mrp_run_id,
            e.element_date,
            e.material_id,
            e.requirement_quantity,
            e.receipt_quantity
        FROM mrp_elements AS e
        WHERE {{ window("e.element_date") }}
    $$) AS me
    QUALIFY me.mrp_run_id = max(me.mrp_run_id) OVER (PARTITION BY forecast_month, me.material_id)
),

mrp_plan AS (
    SELECT
        e.forecast_month,
        coalesce(p.product_id, 'UNKNOWN') AS product_id,
        coalesce(sum(e.requirement_quantity), 0) AS mrp_requirement_quantity,
        coalesce(sum(e.receipt_quantity), 0) AS mrp_receipt_quantity
    FROM mrp_elements AS e
    LEFT JOIN materials AS m ON m.material_id = e.material_id
    LEFT JOIN products AS p ON p.product_id = m.product_id
    WHERE m.material_id IS NULL OR m.product_id IS NOT NULL
    GROUP BY ALL
),

first_order AS (
    SELECT order_date
    FROM postgres_query('erp', $$ SELECT min(so.order_date) AS order_date FROM sales_orders AS so $$)
    WHERE order_date IS NOT NULL
),

months AS (
    SELECT
        strftime(
            unnest(range(
                greatest(DATE '{{ window.start }}', date_trunc('month', order_date)),
                least(DATE '{{ window.end }}', date_trunc('month', DATE '{{ window.today }}') + INTERVAL 1 MONTH),
                INTERVAL 1 MONTH
            )),
            '%Y-%m'
        ) AS forecast_month
    FROM first_order
),

product_months AS (
    SELECT months.forecast_month, p.product_id FROM months CROSS JOIN products AS p
    UNION
    SELECT months.forecast_month, av.product_id FROM months CROSS JOIN agreed_volumes AS av
    UNION
    SELECT forecast_month, product_id FROM opportunities
    UNION
    SELECT forecast_month, product_id FROM demand
    UNION
    SELECT forecast_month, product_id FROM supply
    UNION
    SELECT forecast_month, product_id FROM mrp_plan
),

measured AS (
    SELECT
        pm.forecast_month,
        pm.product_id,
        CASE
            WHEN av.product_id IS NOT NULL THEN 'customer_volume'
            WHEN o.product_id IS NOT NULL THEN 'opportunity_pipeline'
        END AS forecast_basis,
        CAST(coalesce(av.monthly_quantity, o.weighted_pipeline_quantity) AS DECIMAL(18, 4)) AS forecast_quantity,
        av.forecast_customers,
        coalesce(o.pipeline_quantity, 0) AS pipeline_quantity,
        coalesce(o.weighted_pipeline_quantity, 0) AS weighted_pipeline_quantity,
        coalesce(d.order_lines, 0) AS order_lines,
        coalesce(d.documents_without_rate, 0) AS documents_without_rate,
        CAST(coalesce(d.ordered_quantity, 0) AS DECIMAL(18, 4)) AS ordered_quantity,
        coalesce(d.ordered_value, 0) AS ordered_value,
        coalesce(s.supplied_quantity, 0) AS supplied_quantity,
        mp.mrp_requirement_quantity,
        mp.mrp_receipt_quantity,
        pm.forecast_month <= strftime(DATE '{{ window.today }}', '%Y-%m') AS is_judged,
        pm.forecast_month < strftime(DATE '{{ window.today }}', '%Y-%m') AS is_month_complete
    FROM product_months AS pm
    LEFT JOIN agreed_volumes AS av USING (product_id)
    LEFT JOIN opportunities AS o USING (forecast_month, product_id)
    LEFT JOIN demand AS d USING (forecast_month, product_id)
    LEFT JOIN supply AS s USING (forecast_month, product_id)
    LEFT JOIN mrp_plan AS mp USING (forecast_month, product_id)
),

compared AS (
    SELECT
        *,
        forecast_basis IS DISTINCT FROM 'opportunity_pipeline' AS is_forecast_comparable,
        CASE WHEN is_judged AND is_forecast_comparable THEN ordered_quantity - forecast_quantity END
            AS variance_quantity
    FROM measured
)

SELECT
    c.forecast_month,
    c.product_id,
    p.product_code,
    p.product_name,
    p.product_category,
    c.is_month_complete,

    c.forecast_basis,
    c.is_forecast_comparable,
    c.forecast_quantity,
    coalesce(c.forecast_customers, 0) AS forecast_customers,
    CAST(c.pipeline_quantity AS DECIMAL(18, 4)) AS pipeline_quantity,
    CAST(c.weighted_pipeline_quantity AS DECIMAL(18, 4)) AS weighted_pipeline_quantity,
    CAST(c.mrp_requirement_quantity AS DECIMAL(18, 4)) AS mrp_requirement_quantity,
    CAST(c.mrp_receipt_quantity AS DECIMAL(18, 4)) AS mrp_receipt_quantity,

    c.order_lines,
    c.documents_without_rate,
    c.ordered_quantity,
    CAST(c.ordered_value AS DECIMAL(18, 2)) AS ordered_value,
    CAST(c.supplied_quantity AS DECIMAL(18, 4)) AS supplied_quantity,

    c.variance_quantity,
    abs(c.variance_quantity) AS absolute_error_quantity,
    CAST(100 * c.variance_quantity / nullif(c.forecast_quantity, 0) AS DECIMAL(18, 2)) AS variance_pct,
    CASE
        WHEN abs(c.variance_quantity) < c.forecast_quantity
            THEN CAST(100 - 100 * abs(c.variance_quantity) / c.forecast_quantity AS DECIMAL(9, 2))
        WHEN c.variance_quantity IS NOT NULL AND c.forecast_quantity > 0 THEN 0
    END AS forecast_accuracy_pct,
    CAST(c.supplied_quantity - c.ordered_quantity AS DECIMAL(18, 4)) AS supply_gap_quantity,
    CAST(100 * c.supplied_quantity / nullif(c.ordered_quantity, 0) AS DECIMAL(18, 2)) AS supply_coverage_pct
FROM compared AS c
LEFT JOIN products AS p USING (product_id)
