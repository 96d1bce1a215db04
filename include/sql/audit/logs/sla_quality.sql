/* ---
description: Defective parts per million of the products that each customer buys, per month, against what was promised.
table: sla_compliance_tracking
reads: [master, reporting]
owner: quality
--- */

-- Units are not made for one customer: all units of a product count for every customer who buys it. A month is judged
-- one month after its end.

WITH bought AS (
    SELECT DISTINCT
        m.customer_id,
        m.product_id
    FROM master.customer_product_mapping AS m
),

months AS (
    SELECT
        b.customer_id,
        date_trunc('month', q.quality_date)::DATE AS month,
        sum(q.defect_units) AS defect_units,
        sum(q.units_produced) AS units_produced
    FROM reporting.quality_summary_daily AS q
    JOIN bought AS b ON b.product_id = q.product_id
    WHERE q.quality_date <= this_moment()
    GROUP BY b.customer_id, date_trunc('month', q.quality_date)
    HAVING sum(q.units_produced) > 0
),

judged AS (
    SELECT
        m.customer_id,
        strftime(m.month, '%Y-%m') AS month,
        m.month + INTERVAL 2 MONTH AS due_at,
        c.sla_quality_ppm_max AS target,
        CASE
            WHEN m.month + INTERVAL 2 MONTH <= this_moment()
                THEN CAST(round(1000000 * m.defect_units / m.units_produced, 4) AS DECIMAL(20, 4))
        END AS actual
    FROM months AS m
    JOIN master.customers AS c ON c.customer_id = m.customer_id
    WHERE c.sla_quality_ppm_max IS NOT NULL
)

SELECT
    concat_ws('/', 'master.customers', j.customer_id, 'quality_ppm', j.month) AS entry_key,
    happened(j.due_at) AS audit_timestamp,
    'quality_ppm' AS sla_type,
    'customer' AS subject_type,
    j.customer_id || '/' || j.month AS subject_id,
    'Defective parts per million of the products bought' AS sla_name,
    'ppm' AS unit,
    j.target,
    j.actual,
    j.due_at,
    NULL AS met_at,
    CASE WHEN j.actual IS NULL THEN 'open' WHEN j.actual <= j.target THEN 'met' ELSE 'breached' END AS status
FROM judged AS j
