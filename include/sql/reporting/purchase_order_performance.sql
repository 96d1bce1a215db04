/* ---
description: Purchase orders per supplier and order day, their value, price variance, lead time and punctuality.
category: inventory
reads: [erp, wms, financial]
grain: [po_date, supplier_id]
load: window
lookback: 45 days
owner: supply chain
checks:
  - {check: exchange_rates_hold, level: fail}
  - {check: in_range, columns: [documents_without_rate], min: 0, max: 0, level: warn}
  - {check: in_range, columns: [on_time_pct], min: 0, max: 100, level: fail}
  - {check: in_range, columns: [supplier_on_time_rating_pct], min: 0, max: 100, level: warn}
  - {check: in_range, columns: [supplier_quality_rating], min: 0, max: 5, level: warn}
  - {check: in_range, columns: [orders_with_value_mismatch, lines_without_standard_cost], min: 0, max: 0, level: warn}
  - {check: not_negative, columns: [ordered_quantity, order_value, received_quantity], level: warn}
  - {check: known_member, columns: [supplier_id], level: warn}
  - {check: not_ahead_of_today, level: warn}
  - {check: row_count_near_yesterday, percent: 50, level: warn}
--- */
-- Orders and their value are those of macros/purchases.sql: in functional currency, at the rate agreed for the order or
-- that of its day. Cancelled orders are counted in orders_cancelled and nowhere else.
-- Orders stay on their order day while receipts arrive for weeks, hence the long lookback.
-- An order is received when the warehouse completes its first receipt, on time when that is not later than the earliest
-- delivery date of its lines. Receipts dated before the order are not credible: they give no lead time and no
-- punctuality, they are counted instead (those of the half year before the order).
-- The received quantity of order lines is never kept; the quantities here are those of the warehouse's receipts, which
-- name an order but seldom a material that is on it: receipts_of_ordered_material says how many do.
-- Sums get back their own precision before they are rounded: rounding a DECIMAL(38, 4) takes forty times as long.
-- price_variance compares the agreed price with today's standard cost; ratings are the supplier's present ones.
{% from "macros/currency.sql" import exchange_rates, converted with context -%}
{% from "macros/documents.sql" import is_kept -%}
{% from "macros/purchases.sql" import purchase_orders with context -%}
WITH {{ exchange_rates() }},

purchase_orders AS (
    {{ purchase_orders(window("po.po_date")) | indent(4) }}
),

orders AS (
    SELECT
        po.purchase_order_id,
        po.po_date,
        po.supplier_id,
        po.po_status,
        po.is_valid,
        po.document_rate IS NULL AS is_without_rate,
        po.order_value,
        o.line_count,
        o.materials,
        o.ordered_quantity,
        {{ converted("o.line_value", "po.document_rate") }} AS line_value,
        CASE WHEN po.document_rate = 1 THEN o.valued_at_price ELSE CAST(o.valued_at_price * po.document_rate AS DECIMAL(18, 4)) END
            AS valued_at_price,
        o.valued_at_standard,
        o.lines_without_standard_cost,
        o.due_date
    FROM postgres_query('erp', $$
        SELECT
            po.purchase_order_id,
            count(pol.po_line_id) AS line_count,
            array_agg(pol.material_id) AS materials,
            CAST(coalesce(sum(pol.order_quantity), 0) AS numeric(18, 4)) AS ordered_quantity,
            CAST(coalesce(sum(round(pol.order_quantity * pol.unit_price, 2)), 0) AS numeric(18, 2)) AS line_value,
            CAST(sum(pol.order_quantity * pol.unit_price) FILTER (
                WHERE m.standard_cost IS NOT NULL
            ) AS numeric(18, 4)) AS valued_at_price,
            CAST(sum(pol.order_quantity * m.standard_cost) AS numeric(18, 4)) AS valued_at_standard,
            count(pol.po_line_id) FILTER (WHERE m.standard_cost IS NULL) AS lines_without_standard_cost,
            min(pol.delivery_date) AS due_date
        FROM purchase_orders AS po
        LEFT JOIN purchase_order_lines AS pol
            ON pol.purchase_order_id = po.purchase_order_id AND {{ is_kept("pol.deletion_indicator") }}
        LEFT JOIN materials AS m ON m.material_id = pol.material_id
        WHERE {{ window("po.po_date") }}
        GROUP BY po.purchase_order_id
    $$) AS o
    JOIN purchase_orders AS po ON po.purchase_order_id = o.purchase_order_id
),

receipts AS (
    SELECT
        o.purchase_order_id,
        CAST(rt.completed_at AS DATE) AS received_on,
        rt.expected_quantity,
        rt.received_quantity,
        CAST(rt.completed_at AS DATE) >= o.po_date AS is_credible,
        list_contains(o.materials, rt.material_id) AS is_ordered_material
    FROM postgres_query('wms', $$
        SELECT
            t.purchase_order_id,
            t.material_id,
            t.completed_at,
            t.expected_quantity,
            t.received_quantity
        FROM receiving_tasks AS t
        WHERE t.completed_at >= DATE '{{ window.start }}' - 180
    $$) AS rt
    JOIN orders AS o ON o.purchase_order_id = rt.purchase_order_id AND o.is_valid
    WHERE CAST(rt.completed_at AS DATE) >= o.po_date - 180
),

receipts_per_order AS (
    SELECT
        r.purchase_order_id,
        min(r.received_on) FILTER (WHERE r.is_credible) AS first_received_on,
        count(*) FILTER (WHERE r.is_credible) AS receipts,
        count(*) FILTER (WHERE NOT r.is_credible) AS receipts_before_order,
        count(*) FILTER (WHERE r.is_credible AND r.is_ordered_material) AS receipts_of_ordered_material,
        sum(r.expected_quantity) FILTER (WHERE r.is_credible) AS expected_quantity,
        sum(r.received_quantity) FILTER (WHERE r.is_credible) AS received_quantity,
        sum(r.expected_quantity) FILTER (WHERE r.is_credible AND r.received_quantity IS NOT NULL) AS compared_expected,
        sum(r.received_quantity) FILTER (WHERE r.is_credible AND r.expected_quantity IS NOT NULL) AS compared_received
    FROM receipts AS r
    GROUP BY r.purchase_order_id
),

judged AS (
    SELECT
        o.* REPLACE (
            CASE WHEN o.is_valid THEN o.line_count ELSE 0 END AS line_count,
            CASE WHEN o.is_valid THEN o.ordered_quantity ELSE 0 END AS ordered_quantity,
            CASE WHEN o.is_valid THEN o.line_value END AS line_value,
            CASE WHEN o.is_valid THEN o.valued_at_price END AS valued_at_price,
            CASE WHEN o.is_valid THEN o.valued_at_standard END AS valued_at_standard,
            CASE WHEN o.is_valid THEN o.lines_without_standard_cost ELSE 0 END AS lines_without_standard_cost,
            CASE WHEN o.is_valid THEN o.due_date END AS due_date
        ),
        r.first_received_on,
        coalesce(r.receipts, 0) AS receipts,
        coalesce(r.receipts_before_order, 0) AS receipts_before_order,
        coalesce(r.receipts_of_ordered_material, 0) AS receipts_of_ordered_material,
        coalesce(r.expected_quantity, 0) AS expected_quantity,
        coalesce(r.received_quantity, 0) AS received_quantity,
        r.compared_expected,
        r.compared_received,
        r.first_received_on - o.po_date AS lead_time_days,
        CASE WHEN o.is_valid THEN o.due_date - o.po_date END AS promised_days,
        r.first_received_on - o.due_date AS days_late
    FROM orders AS o
    LEFT JOIN receipts_per_order AS r ON r.purchase_order_id = o.purchase_order_id
),

summary AS (
    SELECT
        j.po_date,
        coalesce(su.supplier_id, 'UNKNOWN') AS supplier_id,
        su.supplier_name,
        su.supplier_type,
        su.on_time_delivery_percentage,
        su.quality_rating,
        count(*) FILTER (WHERE NOT j.is_valid) AS orders_cancelled,
        count(*) FILTER (WHERE j.is_valid) AS orders,
        count(*) FILTER (WHERE j.is_without_rate AND j.is_valid) AS documents_without_rate,
        count(*) FILTER (WHERE j.po_status = 'created') AS orders_created,
        count(*) FILTER (WHERE j.po_status = 'released') AS orders_released,
        sum(j.line_count) AS order_lines,
        sum(j.ordered_quantity) AS ordered_quantity,
        coalesce(sum(j.order_value), 0) AS order_value,
        count(j.order_value) AS orders_valued,
        coalesce(sum(j.line_value), 0) AS line_value,
        count(*) FILTER (WHERE j.order_value <> j.line_value) AS orders_with_value_mismatch,
        CAST(sum(j.valued_at_standard) FILTER (WHERE j.valued_at_price IS NOT NULL) AS DECIMAL(18, 4)) AS standard_value,
        CAST(sum(j.valued_at_price - j.valued_at_standard) AS DECIMAL(18, 4)) AS price_variance,
        sum(j.lines_without_standard_cost) AS lines_without_standard_cost,
        count(j.due_date) AS orders_with_due_date,
        sum(j.promised_days) AS promised_days_total,
        count(j.first_received_on) AS orders_received,
        count(*) FILTER (WHERE j.first_received_on IS NULL AND j.is_valid) AS orders_not_received,
        count(*) FILTER (
            WHERE j.first_received_on IS NULL AND j.due_date < DATE '{{ window.today }}'
        ) AS orders_overdue,
        count(*) FILTER (WHERE j.days_late <= 0) AS orders_on_time,
        count(*) FILTER (WHERE j.days_late > 0) AS orders_late,
        sum(greatest(j.days_late, 0)) AS days_late_total,
        sum(j.lead_time_days) AS lead_time_days_total,
        min(j.lead_time_days) AS shortest_lead_time_days,
        max(j.lead_time_days) AS longest_lead_time_days,
        sum(j.receipts) AS receipts,
        sum(j.receipts_of_ordered_material) AS receipts_of_ordered_material,
        sum(j.receipts_before_order) AS receipts_before_order,
        sum(j.expected_quantity) AS expected_quantity,
        sum(j.received_quantity) AS received_quantity,
        sum(j.compared_expected) AS compared_expected,
        sum(j.compared_received) AS compared_received
    FROM judged AS j
    LEFT JOIN postgres_query('erp', $$
        SELECT
            s.supplier_id,
            s.supplier_name,
            s.supplier_type,
            s.on_time_delivery_percentage,
            s.quality_rating
        FROM suppliers AS s
    $$) AS su ON su.supplier_id = j.supplier_id
    GROUP BY ALL
)

SELECT
    s.po_date,
    s.supplier_id,
    s.supplier_name,
    s.supplier_type,
    '{{ rules.currency }}' AS currency,
    s.orders,
    s.orders_cancelled,
    s.documents_without_rate,
    s.orders_created,
    s.orders_released,
    CAST(s.order_lines AS BIGINT) AS order_lines,
    CAST(s.ordered_quantity AS DECIMAL(18, 4)) AS ordered_quantity,
    CAST(s.order_value AS DECIMAL(18, 2)) AS order_value,
    CAST(s.order_value / nullif(s.orders_valued, 0) AS DECIMAL(18, 2)) AS average_order_value,
    CAST(s.line_value AS DECIMAL(18, 2)) AS line_value,
    s.orders_with_value_mismatch,
    CAST(s.standard_value AS DECIMAL(18, 2)) AS standard_value,
    CAST(s.price_variance AS DECIMAL(18, 2)) AS price_variance,
    CAST(100 * s.price_variance / nullif(s.standard_value, 0) AS DECIMAL(12, 2)) AS price_variance_pct,
    CAST(s.lines_without_standard_cost AS BIGINT) AS lines_without_standard_cost,
    s.orders_received,
    s.orders_not_received,
    s.orders_overdue,
    s.orders_on_time,
    s.orders_late,
    CAST(100.0 * s.orders_on_time / nullif(s.orders_on_time + s.orders_late, 0) AS DECIMAL(9, 2)) AS on_time_pct,
    CAST(coalesce(s.days_late_total, 0) AS BIGINT) AS days_late_total,
    CAST(1.0 * s.days_late_total / nullif(s.orders_late, 0) AS DECIMAL(9, 2)) AS average_days_late,
    CAST(coalesce(s.lead_time_days_total, 0) AS BIGINT) AS lead_time_days_total,
    CAST(1.0 * s.lead_time_days_total / nullif(s.orders_received, 0) AS DECIMAL(9, 2)) AS average_lead_time_days,
    s.shortest_lead_time_days,
    s.longest_lead_time_days,
    CAST(1.0 * s.promised_days_total / nullif(s.orders_with_due_date, 0) AS DECIMAL(9, 2)) AS average_promised_days,
    CAST(s.receipts AS BIGINT) AS receipts,
    CAST(s.receipts_of_ordered_material AS BIGINT) AS receipts_of_ordered_material,
    CAST(s.receipts_before_order AS BIGINT) AS receipts_before_order,
    CAST(s.expected_quantity AS DECIMAL(18, 4)) AS expected_quantity,
    CAST(s.received_quantity AS DECIMAL(18, 4)) AS received_quantity,
    CAST(100 * s.compared_received / nullif(s.compared_expected, 0) AS DECIMAL(12, 2)) AS receipt_fill_pct,
    s.on_time_delivery_percentage AS supplier_on_time_rating_pct,
    s.quality_rating AS supplier_quality_rating
FROM summary AS s
