/* ---
description: Budget, actual and variance per account and fiscal period.
category: financial
reads: [financial, erp, manufacturing, maintenance, tms, hr, crm]
grain: [period_month, fiscal_year, fiscal_period, account_code]
load: window
lookback: 31 days
owner: finance
closes: period_month
checks:
  - {check: exchange_rates_hold, level: fail}
  - {check: not_negative, columns: [budget_amount, revenue_target], level: warn}
  - {check: known_member, columns: [account_name], level: warn}
--- */
-- period_month is the month in which the fiscal period begins. Amounts are positive on the account's own side.
-- * Actuals come from the sub-ledgers by the same rules (macros) as profit_and_loss_daily, in functional currency: the
--   ledger has no usable postings. 4110 recognised net revenue of order lines less returns, 5110 direct material, 5120
--   direct labor, 5210 payroll (a twelfth of the annual salary per period, by days), 5240 completed maintenance, 5250
--   freight. Other accounts have no source: their actual is NULL, as is that of a period without any fact.
-- * Summary accounts show the sum of the accounts below them; what is budgeted on a summary account itself stands in
--   direct_budget_amount and is not added. So add up rows with is_summary = 0, or read the summary rows, never both.
-- * A budget on an account that the chart lacks stands under account UNKNOWN. Actuals keep the codes of the rules
--   above, even where the chart lacks one: these are no keys of a source, and revenue must not be added to cost.
-- * Of several budgets of a year and type, the highest active version counts. Cost centers are added up.
-- * Sales quotas stand in for a revenue target, a third of the quarter's quotas per period: the only target there is
--   while revenue budgets are 0.
{% from "macros/currency.sql" import exchange_rates with context -%}
{% from "macros/documents.sql" import is_valid -%}
{% from "macros/payroll.sql" import salaries with context -%}
{% from "macros/sales.sql" import sales_lines, is_recognised, revenue_date, orders_of_window, first_shipments
    with context -%}
{% from "macros/shipping.sql" import freight with context -%}
WITH RECURSIVE {{ exchange_rates() }},

chart_of_accounts AS (
    SELECT *
    FROM postgres_query('financial', $$
        SELECT
            coa.account_id, coa.account_code, coa.account_name, coa.account_type, coa.account_level,
            coa.parent_account_id
        FROM chart_of_accounts AS coa
    $$)
),

lineage AS (
    SELECT coa.account_id, coa.account_id AS ancestor_id, coa.parent_account_id AS next_id, 0 AS distance
    FROM chart_of_accounts AS coa
    UNION ALL
    SELECT l.account_id, coa.account_id, coa.parent_account_id, l.distance + 1
    FROM lineage AS l
    JOIN chart_of_accounts AS coa ON coa.account_id = l.next_id
    WHERE l.distance < 10
),

accounts AS (
    SELECT
        coa.account_id,
        coa.account_code,
        coa.account_name,
        coa.account_type,
        coa.account_level,
        parent.account_code AS parent_account_code,
        coa.account_id IN (
            SELECT child.parent_account_id
            FROM chart_of_accounts AS child
            WHERE child.parent_account_id IS NOT NULL
        ) AS is_summary
    FROM chart_of_accounts AS coa
    LEFT JOIN chart_of_accounts AS parent ON parent.account_id = coa.parent_account_id
),

periods AS (
    SELECT
        fp.period_id,
        fp.fiscal_year,
        fp.period_number AS fiscal_period,
        fp.period_status,
        fp.start_date,
        fp.end_date,
        strftime(fp.start_date, '%Y-%m') AS period_month
    FROM postgres_query('financial', $$
        SELECT fp.period_id, fp.fiscal_year, fp.period_number, fp.period_status, fp.start_date, fp.end_date
        FROM fiscal_periods AS fp
        WHERE {{ window("fp.start_date") }}
    $$) AS fp
),

-- Every day belongs to one period, also where an adjusting period repeats the days of the last one.
calendar AS (
    SELECT
        d.day,
        arg_min(p.period_id, p.fiscal_year * 100 + p.fiscal_period) AS period_id,
        arg_min(p.end_date - p.start_date + 1, p.fiscal_year * 100 + p.fiscal_period) AS days_in_period
    FROM (
        SELECT CAST(unnest(range(DATE '{{ window.start }}', DATE '{{ window.end }}', INTERVAL 1 DAY)) AS DATE) AS day
    ) AS d
    JOIN periods AS p ON d.day BETWEEN p.start_date AND p.end_date
    GROUP BY d.day
),

-- Budget
budget_amounts AS (
    SELECT
        b.fiscal_year,
        b.account_id,
        b.cost_center_id,
        unnest(range(1, 13)) AS fiscal_period,
        unnest([
            b.period_01, b.period_02, b.period_03, b.period_04, b.period_05, b.period_06,
            b.period_07, b.period_08, b.period_09, b.period_10, b.period_11, b.period_12
        ]) AS amount
    FROM postgres_query('financial', $$
        SELECT
            bh.fiscal_year, bl.account_id, bl.cost_center_id,
            bl.period_01, bl.period_02, bl.period_03, bl.period_04, bl.period_05, bl.period_06,
            bl.period_07, bl.period_08, bl.period_09, bl.period_10, bl.period_11, bl.period_12
        FROM (
            SELECT
                bh.budget_id,
                bh.fiscal_year,
                rank() OVER (
                    PARTITION BY bh.fiscal_year, bh.budget_type
                    ORDER BY bh.budget_version DESC NULLS LAST
                ) AS version_rank
            FROM budget_headers AS bh
            WHERE bh.budget_status = 'active'
        ) AS bh
        JOIN budget_lines AS bl ON bl.budget_id = bh.budget_id
        WHERE bh.version_rank = 1
    $$) AS b
),

budgeted AS (
    SELECT
        p.period_id,
        coalesce(a.account_code, 'UNKNOWN') AS account_code,
        count(*) AS budget_lines,
        count(DISTINCT ba.cost_center_id) AS cost_centers,
        sum(ba.amount) AS direct_budget_amount
    FROM budget_amounts AS ba
    JOIN periods AS p ON p.fiscal_year = ba.fiscal_year AND p.fiscal_period = ba.fiscal_period
    LEFT JOIN accounts AS a ON a.account_id = ba.account_id
    GROUP BY ALL
),

-- Actuals per day
first_shipments AS (
    {{ first_shipments() | indent(4) }}
),

{%- set orders = ["so.order_date"] %}
{%- if rules.revenue_basis != "order_date" %}
{%- set orders = ["so.sales_order_id", "so.order_date", "so.requested_delivery_date"] %}
{%- endif %}
order_lines AS (
    {{ sales_lines(orders, orders_of_window() ~ " AND " ~ is_recognised("so.order_status")) | indent(4) }}
),

sales AS (
    SELECT {{ revenue_date("ol", "fs.first_ship_date") }} AS day, '4110' AS account_code, ol.net_revenue AS amount
    FROM order_lines AS ol
    {%- if rules.revenue_basis == "first_shipment" %}
    LEFT JOIN first_shipments AS fs ON fs.sales_order_id = ol.sales_order_id
    {%- endif %}
),

customer_returns AS (
    SELECT r.day, '4110' AS account_code, -r.refund_amount AS amount
    FROM postgres_query('tms', $$
        SELECT CAST(ro.created_at AS DATE) AS day, ro.refund_amount
        FROM return_orders AS ro
        WHERE {{ window("ro.created_at") }} AND {{ is_valid("ro.return_status") }}
    $$) AS r
),

material AS (
    SELECT
        m.day,
        '5110' AS account_code,
        CASE
            WHEN m.transaction_type = 'issue' THEN m.total_cost
            WHEN '{{ rules.material_cost }}' = 'net' THEN -m.total_cost
        END AS amount
    FROM postgres_query('manufacturing', $$
        SELECT
            CAST(mt.transaction_date AS DATE) AS day,
            mt.transaction_type,
            CAST(sum(mt.total_cost) AS NUMERIC(18, 2)) AS total_cost
        FROM material_transactions AS mt
        WHERE {{ window("mt.transaction_date") }} AND mt.transaction_type IN ('issue', 'return')
        GROUP BY 1, 2
    $$) AS m
),

-- The only index with the date leads with activity_type: the recursion walks its few values, so that a short window
-- never reads the whole table.
labor AS (
    SELECT l.day, '5120' AS account_code, l.amount
    FROM postgres_query('manufacturing', $$
        WITH RECURSIVE activities AS (
            SELECT min(lt.activity_type) AS activity_type FROM labor_transactions AS lt
            UNION ALL
            SELECT (SELECT min(lt.activity_type) FROM labor_transactions AS lt WHERE lt.activity_type > a.activity_type)
            FROM activities AS a
            WHERE a.activity_type IS NOT NULL
        )
        SELECT CAST(lt.transaction_date AS DATE) AS day, CAST(sum(lt.labor_cost) AS NUMERIC(18, 2)) AS amount
        FROM labor_transactions AS lt
        WHERE {{ window("lt.transaction_date") }}
            AND (lt.activity_type IS NULL OR lt.activity_type = ANY (ARRAY(SELECT activity_type FROM activities)))
        GROUP BY 1
    $$) AS l
),

paid_days AS (
    SELECT c.day, c.days_in_period
    FROM calendar AS c
    WHERE c.day <= DATE '{{ window.today }}'
        AND c.day >= (
            SELECT f.first_day
            FROM postgres_query('erp', $$
                SELECT min(so.order_date) AS first_day FROM sales_orders AS so WHERE isfinite(so.order_date)
            $$) AS f
        )
),

payroll AS (
    SELECT
        sa.day,
        '5210' AS account_code,
        sum(CAST(sa.annual_salary / 12 / sa.days_in_period AS DECIMAL(24, 8))) AS amount
    FROM (
        {{ salaries("paid_days", "day") | indent(8) }}
    ) AS sa
    GROUP BY sa.day
),

maintenance_done AS (
    SELECT m.day, '5240' AS account_code, m.amount
    FROM postgres_query('maintenance', $$
        SELECT CAST(mwo.actual_end_date AS DATE) AS day, CAST(sum(mwo.actual_total_cost) AS NUMERIC(18, 2)) AS amount
        FROM work_orders AS mwo
        WHERE {{ window("mwo.actual_end_date") }} AND mwo.wo_status = 'completed'
        GROUP BY 1
    $$) AS m
),

shipping AS (
    {{ freight(window("s.ship_date")) | indent(4) }}
),

freight AS (
    SELECT f.ship_date AS day, '5250' AS account_code, f.freight_cost AS amount FROM shipping AS f
),

actuals AS (
    SELECT c.period_id, f.account_code, CAST(sum(f.amount) AS DECIMAL(18, 2)) AS actual_amount
    FROM (
        SELECT * FROM sales
        UNION ALL SELECT * FROM customer_returns
        UNION ALL SELECT * FROM material
        UNION ALL SELECT * FROM labor
        UNION ALL SELECT * FROM payroll
        UNION ALL SELECT * FROM maintenance_done
        UNION ALL SELECT * FROM freight
    ) AS f
    JOIN calendar AS c ON c.day = f.day
    GROUP BY ALL
),

quotas AS (
    SELECT
        p.period_id,
        '4110' AS account_code,
        CAST(sum(sf.quota_amount) / 3 AS DECIMAL(18, 2)) AS revenue_target
    FROM postgres_query('crm', $$
        SELECT
            sf.forecast_year,
            sf.forecast_quarter,
            CAST(sum(sf.quota_amount) AS NUMERIC(18, 2)) AS quota_amount
        FROM sales_forecasts AS sf
        WHERE sf.forecast_period = 'quarterly'
        GROUP BY 1, 2
    $$) AS sf
    JOIN periods AS p
        ON p.fiscal_year = sf.forecast_year
        AND (p.fiscal_period + 2) // 3 = sf.forecast_quarter
    GROUP BY p.period_id
),

-- What belongs to one account itself ...
own AS (
    SELECT
        f.period_id,
        f.account_code,
        coalesce(sum(f.budget_lines), 0) AS budget_lines,
        coalesce(sum(f.cost_centers), 0) AS cost_centers,
        coalesce(sum(f.direct_budget_amount), 0) AS direct_budget_amount,
        sum(f.actual_amount) AS actual_amount,
        sum(f.revenue_target) AS revenue_target
    FROM (
        SELECT * FROM budgeted
        UNION ALL BY NAME SELECT * FROM actuals
        UNION ALL BY NAME SELECT * FROM quotas
    ) AS f
    GROUP BY ALL
),

-- ... and to the accounts above it; an account that the chart lacks has none above it.
rolled_up AS (
    SELECT
        o.period_id,
        coalesce(ancestor.account_code, o.account_code) AS account_code,
        sum(CASE WHEN coalesce(l.distance, 0) = 0 THEN o.budget_lines ELSE 0 END) AS budget_lines,
        sum(CASE WHEN coalesce(l.distance, 0) = 0 THEN o.cost_centers ELSE 0 END) AS cost_centers,
        sum(CASE WHEN coalesce(l.distance, 0) = 0 THEN o.direct_budget_amount ELSE 0 END) AS direct_budget_amount,
        sum(CASE WHEN coalesce(a.is_summary, FALSE) THEN 0 ELSE o.direct_budget_amount END) AS budget_amount,
        sum(o.actual_amount) AS actual_amount,
        sum(o.revenue_target) AS revenue_target
    FROM own AS o
    LEFT JOIN accounts AS a ON a.account_code = o.account_code
    LEFT JOIN lineage AS l ON l.account_id = a.account_id
    LEFT JOIN accounts AS ancestor ON ancestor.account_id = l.ancestor_id
    GROUP BY ALL
)

SELECT
    p.period_month,
    p.fiscal_year,
    p.fiscal_period,
    r.account_code,
    p.period_status,
    a.account_name,
    a.account_type,
    a.account_level,
    a.parent_account_code,
    CAST(coalesce(a.is_summary, FALSE) AS TINYINT) AS is_summary,
    '{{ rules.currency }}' AS currency,
    CAST(r.budget_lines AS BIGINT) AS budget_lines,
    CAST(r.cost_centers AS BIGINT) AS cost_centers,
    CAST(r.direct_budget_amount AS DECIMAL(18, 2)) AS direct_budget_amount,
    CAST(r.budget_amount AS DECIMAL(18, 2)) AS budget_amount,
    CAST(r.actual_amount AS DECIMAL(18, 2)) AS actual_amount,
    CAST(r.actual_amount - r.budget_amount AS DECIMAL(18, 2)) AS variance_amount,
    CAST(100 * (r.actual_amount - r.budget_amount) / nullif(r.budget_amount, 0) AS DECIMAL(18, 2)) AS variance_pct,
    CAST(
        CASE
            WHEN r.budget_amount = 0 OR r.actual_amount IS NULL THEN NULL
            WHEN a.account_type = 'revenue' THEN r.actual_amount >= r.budget_amount
            WHEN a.account_type = 'expense' THEN r.actual_amount <= r.budget_amount
        END AS TINYINT
    ) AS is_favorable,
    CAST(r.revenue_target AS DECIMAL(18, 2)) AS revenue_target,
    CAST(100 * r.actual_amount / nullif(r.revenue_target, 0) AS DECIMAL(18, 2)) AS revenue_target_pct
FROM rolled_up AS r
JOIN periods AS p ON p.period_id = r.period_id
LEFT JOIN accounts AS a ON a.account_code = r.account_code
ORDER BY p.period_month, p.fiscal_year, p.fiscal_period, r.account_code
