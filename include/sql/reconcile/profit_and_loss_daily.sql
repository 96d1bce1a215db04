/* --- source: erp --- */
-- Orders are valued one by one, without their plants: what is lost or doubled by the attribution to plants shows here.
{% from "macros/reconcile.sql" import line_net, unless_foreign with context %}
SELECT
    so.order_date AS pnl_date,
    sum({{ unless_foreign("lines.net_amount", "so.currency") }}) AS order_intake
FROM sales_orders AS so
CROSS JOIN LATERAL (
    SELECT sum({{ line_net("sol") }}) AS net_amount
    FROM sales_order_lines AS sol
    WHERE sol.sales_order_id = so.sales_order_id AND NOT coalesce(sol.deletion_indicator, FALSE)
) AS lines
WHERE {{ window("so.order_date") }} AND coalesce(so.order_status, '') <> 'cancelled'
GROUP BY so.order_date

{% if rules.revenue_basis != "first_shipment" -%}
/* --- source: erp --- */
-- Orders are valued one by one here, too. The first shipment alone is known to another server.
SELECT
    so.{{ rules.revenue_basis }} AS pnl_date,
    sum({{ unless_foreign("lines.net_amount", "so.currency") }}) AS gross_revenue,
    sum({{ unless_foreign("lines.net_amount * (so.total_value / nullif(so.total_net_value, 0) - 1)", "so.currency") }})
        AS gst_payable,
    sum(lines.units) AS units_sold,
    sum(lines.standard_amount) AS standard_cogs
FROM sales_orders AS so
CROSS JOIN LATERAL (
    SELECT
        sum({{ line_net("sol") }}) AS net_amount,
        sum(sol.order_quantity) AS units,
        sum(round(
            sol.order_quantity * (SELECT m.standard_cost FROM materials AS m WHERE m.material_id = sol.material_id), 2
        )) AS standard_amount
    FROM sales_order_lines AS sol
    WHERE sol.sales_order_id = so.sales_order_id AND NOT coalesce(sol.deletion_indicator, FALSE)
) AS lines
WHERE {{ window("so." ~ rules.revenue_basis) }} AND so.order_status = ANY ('{delivered,closed}')
GROUP BY so.{{ rules.revenue_basis }}

{% endif -%}
/* --- source: service --- */
SELECT charge.day AS pnl_date, sum(charge.service) AS service_revenue, sum(charge.warranty) AS warranty_cost
FROM (
    SELECT fsa.appointment_date AS day, fsa.total_charges AS service, 0 AS warranty
    FROM field_service_appointments AS fsa
    WHERE fsa.appointment_status = ANY ('{completed}')
    UNION ALL
    SELECT CASE WHEN wc.approved_date IS NULL THEN wc.claim_date ELSE wc.approved_date END, 0, wc.warranty_coverage
    FROM warranty_claims AS wc
    WHERE wc.approved IS TRUE
) AS charge
WHERE {{ window("charge.day") }}
GROUP BY charge.day

/* --- source: service --- */
SELECT spu.usage_date AS pnl_date, sum(spu.unit_cost * spu.quantity_used) AS service_parts_cost
FROM service_parts_usage AS spu
WHERE {{ window("spu.usage_date") }}
GROUP BY spu.usage_date

/* --- source: tms --- */
SELECT outlay.day AS pnl_date, sum(outlay.refund) AS returns_and_allowances, sum(outlay.freight) AS freight_cost
FROM (
    SELECT ro.created_at::date AS day, ro.refund_amount AS refund, 0 AS freight
    FROM return_orders AS ro
    WHERE {{ window("ro.created_at") }} AND coalesce(ro.return_status, '') <> 'cancelled'
    UNION ALL
    SELECT sh.ship_date, 0, {{ unless_foreign("sh.total_cost", "sh.currency") }}
    FROM shipments AS sh
    WHERE {{ window("sh.ship_date") }} AND coalesce(sh.shipment_status, '') <> 'cancelled'
) AS outlay
GROUP BY outlay.day

/* --- source: manufacturing --- */
SELECT
    date_trunc('day', booking.booked_at)::date AS pnl_date,
    sum(booking.issued) AS material_issue_cost,
    sum(booking.returned) AS material_return_cost,
    sum(booking.labor) AS labor_cost
FROM (
    SELECT
        mt.transaction_date AS booked_at,
        CASE mt.transaction_type WHEN 'issue' THEN mt.total_cost END AS issued,
        CASE mt.transaction_type WHEN 'return' THEN mt.total_cost END AS returned,
        NULL::numeric AS labor
    FROM material_transactions AS mt
    UNION ALL
    SELECT lt.transaction_date, NULL, NULL, lt.labor_cost
    FROM labor_transactions AS lt
) AS booking
WHERE {{ window("booking.booked_at") }}
GROUP BY 1

/* --- source: maintenance --- */
SELECT mwo.actual_end_date::date AS pnl_date, sum(mwo.actual_total_cost) AS maintenance_cost
FROM work_orders AS mwo
WHERE {{ window("mwo.actual_end_date") }} AND mwo.wo_status LIKE 'completed'
GROUP BY 1

/* --- source: quality --- */
SELECT n.detected_date AS pnl_date, sum(n.total_cost) AS quality_cost
FROM ncr_headers AS n
WHERE {{ window("n.detected_date") }}
GROUP BY 1

/* --- identities --- */
SELECT
    gross_revenue + service_revenue - returns_and_allowances AS net_revenue,
    material_issue_cost{{ " - material_return_cost" if rules.material_cost == "net" }} AS material_cost,
    maintenance_cost + coalesce(energy_cost, 0) AS manufacturing_overhead,
    material_cost + labor_cost + manufacturing_overhead + coalesce(depreciation, 0) AS production_cost,
    {% if rules.cogs_method == "standard" -%}
    standard_cogs AS total_cogs,
    {% elif rules.cogs_method == "period_cost" -%}
    production_cost AS total_cogs,
    {% endif -%}
    production_cost - total_cogs AS change_in_stock,
    net_revenue - total_cogs AS gross_profit,
    freight_cost + marketing_cost AS selling_expenses,
    selling_expenses + administrative_expenses AS operating_expenses,
    gross_profit - operating_expenses AS operating_profit,
    round(operating_profit * {{ rules.income_tax_rate }}, 2) AS tax_provision,
    operating_profit - tax_provision AS net_profit,
    CASE WHEN net_revenue > 0 THEN 100 * gross_profit / net_revenue END AS gross_margin_pct,
    CASE WHEN net_revenue > 0 THEN 100 * operating_profit / net_revenue END AS operating_margin_pct,
    CASE WHEN net_revenue > 0 THEN 100 * net_profit / net_revenue END AS net_margin_pct
