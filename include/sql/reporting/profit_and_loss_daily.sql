/* ---
description: Revenue, costs and operating profit per factory and day, from the sub-ledgers.
category: financial
reads: [erp, manufacturing, maintenance, operations, tms, wms, hr, crm, quality, service, master, financial]
grain: [pnl_date, factory_id]
load: window
lookback: 21 days
owner: finance
closes: pnl_date
checks:
  - {check: exchange_rates_hold, level: fail}
  - {check: in_range, columns: [documents_without_rate, units_at_standard_cost], min: 0, max: 0, level: warn}
  - {check: not_negative, columns: [gross_revenue, service_revenue, returns_and_allowances, labor_cost,
                                    maintenance_cost, freight_cost], level: warn}
  - {check: in_range, columns: [usd_rate_is_carried_back], min: 0, max: 0, level: warn}
  - {check: known_member, columns: [factory_id, fiscal_year], level: warn}
  - {check: row_count_near_yesterday, percent: 50, level: warn}
--- */
-- The general ledger holds almost no postings and does not balance (see trial_balance_daily), so every line is taken
-- from the sub-ledger that owns it. All amounts are in the functional currency, converted at the rate of their day.
-- * Revenue is that of macros/sales.sql: lines less discount, of their own plant, without cancelled orders and deleted
--   lines. Cancelled return orders and shipments do not count.
-- * Orders are recognised only once they are delivered or closed, about two weeks after their date: the latest days
--   show cost without revenue, order_intake tells the demand meanwhile, and the lookback covers the lag.
-- * Every factory has a row on every day up to today. Beside them, factory_id 'COMPANY' carries what belongs to no
--   plant (campaigns, warranty, service); 'UNKNOWN' what a source fails to attribute, or attributes to a factory that the
--   master data lack. The sum over factory_id is therefore the company, once.
-- * production_cost is what production cost on the day: material, labor, overhead and depreciation. Cost of goods sold is
--   by default units sold x weighted average unit cost (IAS 2.25): the cost of the product's orders over the 30 days that
--   end with the day, over all factories, and a share of overhead and depreciation by units, / units produced in them.
--   What was not produced in those days goes at standard cost (units_at_standard_cost). The rest is change of stock, so
--   that production_cost = total_cogs + change_in_stock on every row. By period_cost all production cost is the day's,
--   and stock never changes; by standard, units sold x standard cost.
-- * Margins are NULL unless net revenue is above 0.
-- * Quality, warranty and service parts cost stand beside the result, not in it: NCR cost restates scrap and rework
--   that material and labour carry already, and neither of the others has a posting rule.
-- * Payroll and depreciation accrue on every day up to today; later days hold only what the sources date ahead.
{% from "macros/currency.sql" import at_rate_of, exchange_rates with context -%}
{% from "macros/documents.sql" import is_valid -%}
{% from "macros/payroll.sql" import salaries with context -%}
{% from "macros/ratios.sql" import margin_pct -%}
{% from "macros/sales.sql" import sales_lines, producing_plants, is_recognised, revenue_date, orders_of_window,
    first_shipments with context -%}
{% from "macros/shipping.sql" import freight with context -%}
{#- Weighted average cost looks this many days back. #}
{%- set is_averaged = rules.cogs_method == "weighted_average" %}
{%- set average_from = "DATE '" ~ window.start ~ "'" ~ (" - 29" if is_averaged else "") %}
{%- macro averaged(column) -%}
({{ column }} >= {{ average_from }} AND {{ column }} < DATE '{{ window.end }}')
{%- endmacro %}
WITH {{ exchange_rates() }},

factories AS (
    SELECT f.factory_id, f.factory_name
    FROM postgres_query('master', $$ SELECT f.factory_id, f.factory_name FROM factories AS f $$) AS f
    UNION ALL
    SELECT 'COMPANY', 'Company level'
),

-- Days before the window count for average cost alone.
all_days AS (
    SELECT CAST(unnest(range({{ average_from }}, DATE '{{ window.end }}', INTERVAL 1 DAY)) AS DATE) AS pnl_date
),

calendar AS (
    SELECT d.pnl_date FROM all_days AS d WHERE {{ window("d.pnl_date") }}
),

first_fact AS (
    SELECT least(
        (
            SELECT o.first_day
            FROM postgres_query('erp', $$
                SELECT min(so.order_date) AS first_day FROM sales_orders AS so WHERE isfinite(so.order_date)
            $$) AS o
        ),
        (
            SELECT w.first_day
            FROM postgres_query('manufacturing', $$
                SELECT CAST(min(wo.actual_start_time) AS DATE) AS first_day
                FROM work_orders AS wo
                WHERE isfinite(wo.actual_start_time)
            $$) AS w
        )
    ) AS first_day
),

business_days AS (
    SELECT c.pnl_date
    FROM all_days AS c, first_fact AS f
    WHERE c.pnl_date >= f.first_day AND c.pnl_date <= DATE '{{ window.today }}'
),

spine AS (
    SELECT d.pnl_date, f.factory_id
    FROM business_days AS d, factories AS f
    WHERE f.factory_id <> 'COMPANY' AND {{ window("d.pnl_date") }}
),

{%- set lines = ["so.sales_order_id", "so.order_date", "so.requested_delivery_date", "so.order_status",
                 "so.total_net_value", "so.total_value", "sol.material_id", "sol.product_id", "sol.plant_id"] %}
order_lines AS (
    {{ sales_lines(lines, orders_of_window(), by_line=true) | indent(4) }}
),

plants AS (
    {{ producing_plants(orders_of_window()) | indent(4) }}
),

materials AS (
    SELECT m.material_id, m.product_id, m.standard_cost
    FROM postgres_query('erp', $$ SELECT m.material_id, m.product_id, m.standard_cost FROM materials AS m $$) AS m
),

first_shipments AS (
    {{ first_shipments() | indent(4) }}
),

sales AS (
    SELECT
        ol.order_date,
        {{ revenue_date("ol", "fs.first_ship_date") }} AS revenue_date,
        {{ is_recognised("ol.order_status") }} AS is_recognised,
        coalesce(ol.plant_id, p.plant_id) AS factory_id,
        coalesce(ol.product_id, m.product_id) AS product_id,
        ol.order_quantity,
        ol.net_revenue,
        CAST(
            ol.net_revenue * ((ol.total_value - ol.total_net_value) / nullif(ol.total_net_value, 0)) AS DECIMAL(28, 6)
        ) AS tax_amount,
        CAST(ol.order_quantity * m.standard_cost AS DECIMAL(18, 2)) AS standard_amount
    FROM order_lines AS ol
    LEFT JOIN plants AS p USING (sales_order_id, material_id, order_quantity)
    LEFT JOIN first_shipments AS fs USING (sales_order_id)
    LEFT JOIN materials AS m USING (material_id)
),

intake AS (
    SELECT
        sl.order_date AS pnl_date,
        sl.factory_id,
        sum(sl.net_revenue) AS order_intake,
        count(*) FILTER (WHERE sl.net_revenue IS NULL) AS documents_without_rate
    FROM sales AS sl
    WHERE {{ window("sl.order_date") }}
    GROUP BY ALL
),

recognised_sales AS (
    SELECT
        sl.revenue_date AS pnl_date,
        sl.factory_id,
        sl.product_id,
        sum(sl.net_revenue) AS gross_revenue,
        sum(sl.tax_amount) AS gst_payable,
        sum(sl.order_quantity) AS units_sold,
        sum(sl.standard_amount) AS standard_cogs
    FROM sales AS sl
    WHERE {{ window("sl.revenue_date") }} AND sl.is_recognised
    GROUP BY ALL
),

service_charges AS (
    SELECT sc.pnl_date, 'COMPANY' AS factory_id, sc.service_revenue
    FROM postgres_query('service', $$
        SELECT fsa.appointment_date AS pnl_date, CAST(sum(fsa.total_charges) AS NUMERIC(18, 2)) AS service_revenue
        FROM field_service_appointments AS fsa
        WHERE {{ window("fsa.appointment_date") }} AND fsa.appointment_status = 'completed'
        GROUP BY fsa.appointment_date
    $$) AS sc
),

warehouses AS (
    SELECT w.warehouse_id, w.plant_id
    FROM postgres_query('wms', $$ SELECT w.warehouse_id, w.plant_id FROM warehouses AS w $$) AS w
),

customer_returns AS (
    SELECT
        r.return_date AS pnl_date,
        w.plant_id AS factory_id,
        sum(r.refund_amount) AS returns_and_allowances
    FROM postgres_query('tms', $$
        SELECT CAST(ro.created_at AS DATE) AS return_date, ro.refund_amount, s.warehouse_id
        FROM return_orders AS ro
        LEFT JOIN shipments AS s ON s.shipment_id = ro.original_shipment_id
        WHERE {{ window("ro.created_at") }} AND {{ is_valid("ro.return_status") }}
    $$) AS r
    LEFT JOIN warehouses AS w ON w.warehouse_id = r.warehouse_id
    GROUP BY ALL
),

-- Production cost: booked on the day of the transaction, to the factory of the work order.
-- The only index with labour's date leads with activity_type: the recursion walks its few values, so that a short
-- window never reads the whole table.
booked_products AS (
    SELECT
        b.pnl_date,
        b.factory_id,
        b.product_id,
        sum(b.amount) FILTER (WHERE b.cost_type = 'issue') AS material_issue_cost,
        sum(b.amount) FILTER (WHERE b.cost_type = 'return') AS material_return_cost,
        sum(b.amount) FILTER (WHERE b.cost_type = 'labor') AS labor_cost
    FROM postgres_query('manufacturing', $$
        WITH RECURSIVE activities AS (
            SELECT min(lt.activity_type) AS activity_type FROM labor_transactions AS lt
            UNION ALL
            SELECT (SELECT min(lt.activity_type) FROM labor_transactions AS lt WHERE lt.activity_type > a.activity_type)
            FROM activities AS a
            WHERE a.activity_type IS NOT NULL
        ),
        bookings AS (
            SELECT mt.transaction_date, mt.work_order_id, mt.transaction_type AS cost_type, mt.total_cost AS amount
            FROM material_transactions AS mt
            WHERE {{ averaged("mt.transaction_date") }} AND mt.transaction_type IN ('issue', 'return')
            UNION ALL
            SELECT lt.transaction_date, lt.work_order_id, 'labor' AS cost_type, lt.labor_cost AS amount
            FROM labor_transactions AS lt
            WHERE {{ averaged("lt.transaction_date") }}
                AND (lt.activity_type IS NULL OR lt.activity_type = ANY (ARRAY(SELECT activity_type FROM activities)))
        )
        SELECT
            CAST(b.transaction_date AS DATE) AS pnl_date,
            wo.factory_id,
            wo.product_id,
            b.cost_type,
            CAST(sum(b.amount) AS NUMERIC(18, 2)) AS amount
        FROM bookings AS b
        LEFT JOIN work_orders AS wo ON wo.work_order_id = b.work_order_id
        GROUP BY 1, 2, 3, 4
    $$) AS b
    GROUP BY ALL
),

booked AS (
    SELECT
        bp.pnl_date,
        bp.factory_id,
        sum(bp.material_issue_cost) AS material_issue_cost,
        sum(bp.material_return_cost) AS material_return_cost,
        sum(bp.labor_cost) AS labor_cost
    FROM booked_products AS bp
    WHERE {{ window("bp.pnl_date") }}
    GROUP BY ALL
),

maintenance_done AS (
    SELECT md.pnl_date, md.factory_id, md.maintenance_cost
    FROM postgres_query('maintenance', $$
        SELECT
            CAST(mwo.actual_end_date AS DATE) AS pnl_date,
            ma.factory_id,
            CAST(sum(mwo.actual_total_cost) AS NUMERIC(18, 2)) AS maintenance_cost
        FROM work_orders AS mwo
        LEFT JOIN maintenance_assets AS ma ON ma.asset_id = mwo.asset_id
        WHERE {{ averaged("mwo.actual_end_date") }} AND mwo.wo_status = 'completed'
        GROUP BY 1, 2
    $$) AS md
),

-- Mean load of each machine x 24 hours, as in energy_consumption_daily; nothing is read without a tariff.
energy_used AS (
    SELECT eu.pnl_date, eu.factory_id, sum(eu.kwh) * {{ rules.energy_tariff_per_kwh or 'NULL' }} AS energy_cost
    FROM postgres_query('operations', $$
        SELECT
            CAST(smd.timestamp AS DATE) AS pnl_date,
            smd.factory_id,
            smd.machine_id,
            CAST(avg(smd.power_consumption_kw) * 24 AS NUMERIC(18, 4)) AS kwh
        FROM scada_machine_data AS smd
        WHERE {{ averaged("smd.timestamp") }} AND {{ 'TRUE' if rules.energy_tariff_per_kwh else 'FALSE' }}
        GROUP BY 1, 2, 3
    $$) AS eu
    GROUP BY ALL
),

-- Straight line from the day of installation over expected life x 365 days, as in capex_tracking.
depreciation AS (
    SELECT
        d.pnl_date,
        m.factory_id,
        sum(CAST(m.asset_value_usd / nullif(m.expected_life_years * 365, 0) AS DECIMAL(18, 8))) AS depreciation_usd
    FROM business_days AS d
    JOIN postgres_query('master', $$
        SELECT m.factory_id, m.asset_value_usd, m.expected_life_years, m.installation_date FROM machines AS m
    $$) AS m
        ON d.pnl_date >= coalesce(m.installation_date, d.pnl_date)
        AND d.pnl_date < coalesce(m.installation_date + m.expected_life_years * 365, d.pnl_date + 1)
    GROUP BY ALL
),

-- Operating expenses
shipping AS (
    {{ freight(window("s.ship_date")) | indent(4) }}
),

freight AS (
    SELECT
        f.ship_date AS pnl_date,
        w.plant_id AS factory_id,
        sum(f.freight_cost) AS freight_cost,
        sum(f.documents_without_rate) AS documents_without_rate
    FROM shipping AS f
    LEFT JOIN warehouses AS w ON w.warehouse_id = f.warehouse_id
    GROUP BY ALL
),

-- Spread evenly over the campaign's days, by cumulative rounding, so that the days add up to the cost to the cent.
-- A campaign without a usable end is booked on its first day.
campaigns AS (
    SELECT
        ca.start_date,
        CASE WHEN isfinite(ca.end_date) THEN greatest(ca.start_date, ca.end_date) ELSE ca.start_date END AS last_date,
        last_date - ca.start_date + 1 AS days,
        ca.actual_cost
    FROM postgres_query('crm', $$
        SELECT ca.start_date, ca.end_date, ca.actual_cost
        FROM campaigns AS ca
        WHERE ca.start_date < DATE '{{ window.end }}' AND isfinite(ca.start_date)
    $$) AS ca
),

marketing AS (
    SELECT
        c.pnl_date,
        'COMPANY' AS factory_id,
        sum(
            CAST(ca.actual_cost * (c.pnl_date - ca.start_date + 1) / ca.days AS DECIMAL(18, 2))
            - CAST(ca.actual_cost * (c.pnl_date - ca.start_date) / ca.days AS DECIMAL(18, 2))
        ) AS marketing_cost
    FROM calendar AS c
    JOIN campaigns AS ca ON c.pnl_date BETWEEN ca.start_date AND ca.last_date
    GROUP BY ALL
),

window_days AS (
    SELECT d.pnl_date FROM business_days AS d WHERE {{ window("d.pnl_date") }}
),

payroll AS (
    SELECT
        sa.pnl_date,
        sa.primary_factory_id AS factory_id,
        sum(CAST(sa.annual_salary / 365 AS DECIMAL(18, 8))) AS administrative_expenses
    FROM (
        {{ salaries("window_days", "pnl_date") | indent(8) }}
    ) AS sa
    GROUP BY ALL
),

-- Beside the result
nonconformances AS (
    SELECT n.pnl_date, n.factory_id, n.quality_cost
    FROM postgres_query('quality', $$
        SELECT
            n.detected_date AS pnl_date,
            n.detection_location AS factory_id,
            CAST(sum(n.total_cost) AS NUMERIC(18, 2)) AS quality_cost
        FROM ncr_headers AS n
        WHERE {{ window("n.detected_date") }}
        GROUP BY 1, 2
    $$) AS n
),

warranty AS (
    SELECT w.pnl_date, 'COMPANY' AS factory_id, w.warranty_cost
    FROM postgres_query('service', $$
        SELECT
            coalesce(wc.approved_date, wc.claim_date) AS pnl_date,
            CAST(sum(wc.warranty_coverage) AS NUMERIC(18, 2)) AS warranty_cost
        FROM warranty_claims AS wc
        WHERE {{ window("coalesce(wc.approved_date, wc.claim_date)") }} AND wc.approved
        GROUP BY 1
    $$) AS w
),

service_parts AS (
    SELECT sp.pnl_date, 'COMPANY' AS factory_id, sp.service_parts_cost
    FROM postgres_query('service', $$
        SELECT
            spu.usage_date AS pnl_date,
            CAST(sum(spu.quantity_used * spu.unit_cost) AS NUMERIC(38, 8)) AS service_parts_cost
        FROM service_parts_usage AS spu
        WHERE {{ window("spu.usage_date") }}
        GROUP BY spu.usage_date
    $$) AS sp
),

rates AS (
    SELECT d.pnl_date, r.rate AS usd_rate, coalesce(d.pnl_date < r.quoted_on, FALSE) AS is_carried_back
    FROM (SELECT d.pnl_date, 'USD' AS currency FROM all_days AS d) AS d
    {{ at_rate_of("d.currency", "d.pnl_date") | indent(4) }}
),

-- What production cost and made, day by day: of each product, and of none (overhead, depreciation).
production AS (
    SELECT
        bp.pnl_date,
        bp.product_id,
        coalesce(bp.labor_cost, 0) + coalesce(bp.material_issue_cost, 0)
        {%- if rules.material_cost == "net" %} - coalesce(bp.material_return_cost, 0){% endif %} AS cost
    FROM booked_products AS bp
    UNION ALL BY NAME
    SELECT md.pnl_date, md.maintenance_cost AS overhead FROM maintenance_done AS md
    UNION ALL BY NAME
    SELECT eu.pnl_date, eu.energy_cost AS overhead FROM energy_used AS eu
    UNION ALL BY NAME
    SELECT d.pnl_date, d.depreciation_usd * r.usd_rate AS overhead
    FROM depreciation AS d
    JOIN rates AS r ON r.pnl_date = d.pnl_date
    UNION ALL BY NAME
    SELECT o.pnl_date, o.product_id, o.units
    FROM postgres_query('manufacturing', $$
        SELECT
            CAST(wo.actual_end_time AS DATE) AS pnl_date,
            wo.product_id,
            CAST(sum(wo.produced_quantity) AS numeric(18, 4)) AS units
        FROM work_orders AS wo
        WHERE {{ averaged("wo.actual_end_time") }}
            AND wo.status IN ('completed', 'closed')
            AND {{ "TRUE" if is_averaged else "FALSE" }}
        GROUP BY 1, 2
    $$) AS o
),

product_days AS (
    SELECT p.pnl_date, p.product_id, CAST(sum(p.cost) AS DOUBLE) AS cost, CAST(sum(p.units) AS DOUBLE) AS units
    FROM production AS p
    WHERE p.product_id IS NOT NULL
    GROUP BY ALL
),

company_days AS (
    SELECT
        d.pnl_date,
        CAST(sum(p.overhead) AS DOUBLE) AS overhead,
        CAST(sum(p.cost) FILTER (WHERE p.product_id IS NULL) AS DOUBLE) AS cost,
        CAST(sum(p.units) AS DECIMAL(18, 4)) AS units
    FROM all_days AS d
    LEFT JOIN production AS p ON p.pnl_date = d.pnl_date
    GROUP BY ALL
),

overhead_per_unit AS (
    SELECT
        c.pnl_date,
        (coalesce(sum(c.overhead) OVER last_30_days, 0) + coalesce(sum(c.cost) OVER last_30_days, 0))
            / CASE WHEN sum(c.units) OVER last_30_days > 0 THEN sum(c.units) OVER last_30_days END AS overhead
    FROM company_days AS c
    WINDOW last_30_days AS (ORDER BY c.pnl_date RANGE BETWEEN INTERVAL 29 DAYS PRECEDING AND CURRENT ROW)
),

unit_costs AS (
    SELECT
        sold.pnl_date,
        sold.product_id,
        -- Less than nothing made, or so little that its cost fits no column, says nothing of a unit.
        TRY_CAST(
            sum(pd.cost) / CASE WHEN sum(pd.units) > 0 THEN sum(pd.units) END + any_value(o.overhead) AS DECIMAL(18, 6)
        ) AS unit_cost
    FROM (SELECT DISTINCT rs.pnl_date, rs.product_id FROM recognised_sales AS rs) AS sold
    JOIN overhead_per_unit AS o ON o.pnl_date = sold.pnl_date
    JOIN product_days AS pd
        ON pd.product_id = sold.product_id AND pd.pnl_date BETWEEN sold.pnl_date - 29 AND sold.pnl_date
    GROUP BY ALL
),

goods_sold AS (
    SELECT
        rs.pnl_date,
        rs.factory_id,
        sum(CASE WHEN u.unit_cost IS NULL THEN rs.standard_cogs ELSE rs.units_sold * u.unit_cost END)
            AS weighted_average_cogs,
        sum(rs.units_sold) FILTER (WHERE u.unit_cost IS NULL) AS units_at_standard_cost
    FROM recognised_sales AS rs
    LEFT JOIN unit_costs AS u ON u.pnl_date = rs.pnl_date AND u.product_id = rs.product_id
    WHERE {{ "TRUE" if is_averaged else "FALSE" }}
    GROUP BY ALL
),

facts AS (
    SELECT * FROM spine
    UNION ALL BY NAME SELECT * FROM intake
    UNION ALL BY NAME SELECT * FROM recognised_sales
    UNION ALL BY NAME SELECT * FROM service_charges
    UNION ALL BY NAME SELECT * FROM customer_returns
    UNION ALL BY NAME SELECT * FROM goods_sold
    UNION ALL BY NAME SELECT * FROM booked
    UNION ALL BY NAME SELECT * FROM maintenance_done
    UNION ALL BY NAME SELECT * FROM energy_used
    UNION ALL BY NAME SELECT * FROM depreciation
    UNION ALL BY NAME SELECT * FROM freight
    UNION ALL BY NAME SELECT * FROM marketing
    UNION ALL BY NAME SELECT * FROM payroll
    UNION ALL BY NAME SELECT * FROM nonconformances
    UNION ALL BY NAME SELECT * FROM warranty
    UNION ALL BY NAME SELECT * FROM service_parts
),

periods AS (
    SELECT
        c.pnl_date,
        arg_min(fp.fiscal_year, fp.period_id) AS fiscal_year,
        arg_min(fp.period_number, fp.period_id) AS fiscal_period,
        arg_min(fp.period_status, fp.period_id) AS period_status
    FROM calendar AS c
    JOIN postgres_query('financial', $$
        SELECT fp.period_id, fp.fiscal_year, fp.period_number, fp.period_status, fp.start_date, fp.end_date
        FROM fiscal_periods AS fp
        WHERE fp.end_date >= DATE '{{ window.start }}' AND fp.start_date < DATE '{{ window.end }}'
    $$) AS fp
        ON c.pnl_date BETWEEN fp.start_date AND fp.end_date
    GROUP BY c.pnl_date
),

-- Rounded to cents before any total, so that every row adds up.
lines AS (
    SELECT
        f.pnl_date,
        coalesce(k.factory_id, 'UNKNOWN') AS factory_id,
        k.factory_name,
        CAST(coalesce(sum(f.order_intake), 0) AS DECIMAL(18, 2)) AS order_intake,
        CAST(coalesce(sum(f.gross_revenue), 0) AS DECIMAL(18, 2)) AS gross_revenue,
        CAST(coalesce(sum(f.service_revenue), 0) AS DECIMAL(18, 2)) AS service_revenue,
        CAST(coalesce(sum(f.returns_and_allowances), 0) AS DECIMAL(18, 2)) AS returns_and_allowances,
        CAST(coalesce(sum(f.material_issue_cost), 0) AS DECIMAL(18, 2)) AS material_issue_cost,
        CAST(coalesce(sum(f.material_return_cost), 0) AS DECIMAL(18, 2)) AS material_return_cost,
        CAST(coalesce(sum(f.labor_cost), 0) AS DECIMAL(18, 2)) AS labor_cost,
        CAST(coalesce(sum(f.maintenance_cost), 0) AS DECIMAL(18, 2)) AS maintenance_cost,
        CAST(sum(f.energy_cost) AS DECIMAL(18, 2)) AS energy_cost,
        CAST(coalesce(sum(f.depreciation_usd), 0) AS DECIMAL(18, 2)) AS depreciation_usd,
        CAST(
            CASE WHEN sum(f.depreciation_usd) IS NULL THEN 0 ELSE sum(f.depreciation_usd) * any_value(r.usd_rate) END
            AS DECIMAL(18, 2)
        ) AS depreciation,
        CAST(coalesce(sum(f.freight_cost), 0) AS DECIMAL(18, 2)) AS freight_cost,
        CAST(coalesce(sum(f.marketing_cost), 0) AS DECIMAL(18, 2)) AS marketing_cost,
        CAST(coalesce(sum(f.administrative_expenses), 0) AS DECIMAL(18, 2)) AS administrative_expenses,
        CAST(coalesce(sum(f.gst_payable), 0) AS DECIMAL(18, 2)) AS gst_payable,
        CAST(coalesce(sum(f.standard_cogs), 0) AS DECIMAL(18, 2)) AS standard_cogs,
        CAST(coalesce(sum(f.weighted_average_cogs), 0) AS DECIMAL(18, 2)) AS weighted_average_cogs,
        CAST(coalesce(sum(f.units_sold), 0) AS DECIMAL(18, 4)) AS units_sold,
        CAST(coalesce(sum(f.units_at_standard_cost), 0) AS DECIMAL(18, 4)) AS units_at_standard_cost,
        CAST(coalesce(sum(f.documents_without_rate), 0) AS BIGINT) AS documents_without_rate,
        CAST(coalesce(sum(f.quality_cost), 0) AS DECIMAL(18, 2)) AS quality_cost,
        CAST(coalesce(sum(f.warranty_cost), 0) AS DECIMAL(18, 2)) AS warranty_cost,
        CAST(coalesce(sum(f.service_parts_cost), 0) AS DECIMAL(18, 2)) AS service_parts_cost,
        any_value(r.usd_rate) AS usd_rate,
        any_value(r.is_carried_back) AS is_carried_back
    FROM facts AS f
    JOIN rates AS r ON r.pnl_date = f.pnl_date
    LEFT JOIN factories AS k ON k.factory_id = f.factory_id
    WHERE {{ window("f.pnl_date") }}
    GROUP BY f.pnl_date, k.factory_id, k.factory_name
),

subtotals AS (
    SELECT
        l.*,
        l.gross_revenue + l.service_revenue - l.returns_and_allowances AS net_revenue,
        CASE '{{ rules.material_cost }}'
            WHEN 'net' THEN l.material_issue_cost - l.material_return_cost
            ELSE l.material_issue_cost
        END AS material_cost,
        l.maintenance_cost + coalesce(l.energy_cost, 0) AS manufacturing_overhead,
        l.freight_cost + l.marketing_cost AS selling_expenses
    FROM lines AS l
),

results AS (
    SELECT
        s.*,
        s.material_cost + s.labor_cost + s.manufacturing_overhead + coalesce(s.depreciation, 0) AS production_cost,
        {{ {"weighted_average": "s.weighted_average_cogs", "standard": "s.standard_cogs",
            "period_cost": "production_cost"}[rules.cogs_method] }} AS total_cogs,
        s.net_revenue - total_cogs AS gross_profit,
        s.selling_expenses + s.administrative_expenses AS operating_expenses,
        gross_profit - operating_expenses AS operating_profit,
        CAST(operating_profit * {{ rules.income_tax_rate }} AS DECIMAL(18, 2)) AS tax_provision
    FROM subtotals AS s
)

SELECT
    r.pnl_date,
    r.factory_id,
    r.factory_name,
    '{{ rules.currency }}' AS currency,
    p.fiscal_year,
    p.fiscal_period,
    p.period_status,
    '{{ rules.revenue_basis }}' AS revenue_basis,
    '{{ rules.cogs_method }}' AS cogs_method,
    r.documents_without_rate,
    r.order_intake,
    r.gross_revenue,
    r.service_revenue,
    r.returns_and_allowances,
    r.net_revenue,
    r.material_issue_cost,
    r.material_return_cost,
    r.material_cost,
    r.labor_cost,
    r.maintenance_cost,
    r.energy_cost,
    r.manufacturing_overhead,
    r.depreciation_usd,
    r.usd_rate,
    CAST(r.is_carried_back AS TINYINT) AS usd_rate_is_carried_back,
    r.depreciation,
    r.production_cost,
    r.units_sold,
    r.units_at_standard_cost,
    r.standard_cogs,
    r.total_cogs,
    CAST(r.production_cost - r.total_cogs AS DECIMAL(18, 2)) AS change_in_stock,
    r.gross_profit,
    {{ margin_pct("r.gross_profit", "r.net_revenue") }} AS gross_margin_pct,
    r.freight_cost,
    r.marketing_cost,
    r.selling_expenses,
    r.administrative_expenses,
    r.operating_expenses,
    r.operating_profit,
    {{ margin_pct("r.operating_profit", "r.net_revenue") }} AS operating_margin_pct,
    r.tax_provision,
    r.operating_profit - r.tax_provision AS net_profit,
    {{ margin_pct("r.operating_profit - r.tax_provision", "r.net_revenue") }} AS net_margin_pct,
    r.gst_payable,
    r.quality_cost,
    r.warranty_cost,
    r.service_parts_cost
FROM results AS r
LEFT JOIN periods AS p ON p.pnl_date = r.pnl_date
ORDER BY r.pnl_date, r.factory_id
