/* ---
description: Open receivables per customer and payables per supplier by days overdue, as they stand today.
category: financial
reads: [erp, supplier, financial, master]
grain: [as_of_date, side, party_id]
load: snapshot
owner: treasury
closes: as_of_date
checks:
  - {check: exchange_rates_hold, level: fail}
  - {check: in_range, columns: [documents_without_rate], min: 0, max: 0, level: warn}
  - {check: in_range, columns: [overdue_pct], min: 0, max: 100, level: warn}
  - {check: in_range, columns: [contradicting_items], min: 0, max: 0, level: warn}
  - {check: not_negative, columns: [open_amount, not_due_amount, overdue_amount], level: warn}
  - {check: known_member, columns: [party_id], level: warn}
  - {check: row_count_near_yesterday, percent: 50, level: warn}
--- */
-- No source records a receipt, so what is open follows from the status alone:
-- * Receivable: orders delivered, with tax; closed orders are taken as settled. Due at order date + the customer's
--   payment terms, at once without terms.
-- * Payable: supplier invoices that payment_status does not call paid or cancelled, less what was paid on them. Invoices
--   that invoice_status calls paid are still payable, but counted as contradicting.
-- * Documents in a foreign currency are converted at the rate of their day, or the one that an invoice states.
-- cash_flow_daily and financial_ratios take their receivables, payables, DSO and DPO from here.
{% from "macros/currency.sql" import exchange_rates with context -%}
{% from "macros/open_items.sql" import billed_orders, supplier_invoices with context -%}
{%- set delivered %}
-- The index leads with customer_id: the array walks the customers, so that settled orders are not read.
so.order_status = 'delivered'
AND so.customer_id = ANY (ARRAY(
    WITH RECURSIVE parties AS (
        SELECT min(o.customer_id) AS customer_id FROM sales_orders AS o
        UNION ALL
        SELECT (SELECT min(o.customer_id) FROM sales_orders AS o WHERE o.customer_id > p.customer_id)
        FROM parties AS p
        WHERE p.customer_id IS NOT NULL
    )
    SELECT customer_id FROM parties
))
{%- endset -%}
WITH {{ exchange_rates() }},

open_orders AS (
    {{ billed_orders(delivered) | indent(4) }}
),

open_invoices AS (
    {{ supplier_invoices("coalesce(si.payment_status NOT IN ('paid', 'cancelled'), TRUE)") | indent(4) }}
),

open_items AS (
    SELECT
        'receivable' AS side,
        coalesce(c.customer_id, 'UNKNOWN') AS party_id,
        c.customer_name AS party_name,
        oo.order_date + coalesce(c.payment_terms_days, 0) AS due_date,
        oo.items,
        0 AS contradicting_items,
        CASE WHEN oo.has_rate THEN 0 ELSE oo.items END AS documents_without_rate,
        oo.amount
    FROM open_orders AS oo
    LEFT JOIN postgres_query('master', $$
        SELECT c.customer_id, c.customer_name, c.payment_terms_days FROM customers AS c
    $$) AS c
        ON c.customer_id = oo.customer_id

    UNION ALL

    SELECT
        'payable' AS side,
        coalesce(s.supplier_id, 'UNKNOWN') AS party_id,
        s.supplier_name AS party_name,
        si.due_date,
        1 AS items,
        CAST(coalesce(si.invoice_status = 'paid', FALSE) AS INTEGER) AS contradicting_items,
        CASE WHEN si.document_rate IS NULL THEN 1 ELSE 0 END AS documents_without_rate,
        si.open_amount AS amount
    FROM open_invoices AS si
    LEFT JOIN postgres_query('erp', $$
        SELECT s.supplier_id, s.supplier_name FROM suppliers AS s
    $$) AS s
        ON s.supplier_id = si.supplier_id
),

aged AS (
    SELECT
        i.*,
        CASE WHEN isfinite(i.due_date) THEN DATE '{{ window.start }}' - i.due_date END AS days_overdue
    FROM open_items AS i
),

parties AS (
    SELECT
        a.side,
        a.party_id,
        a.party_name,
        sum(a.items) AS open_items,
        sum(a.contradicting_items) AS contradicting_items,
        sum(a.documents_without_rate) AS documents_without_rate,
        coalesce(sum(a.amount), 0) AS open_amount,
        coalesce(sum(a.amount) FILTER (WHERE coalesce(a.days_overdue, 0) <= 0), 0) AS not_due_amount,
        coalesce(sum(a.amount) FILTER (WHERE a.days_overdue BETWEEN 1 AND 30), 0) AS overdue_1_30_amount,
        coalesce(sum(a.amount) FILTER (WHERE a.days_overdue BETWEEN 31 AND 60), 0) AS overdue_31_60_amount,
        coalesce(sum(a.amount) FILTER (WHERE a.days_overdue BETWEEN 61 AND 90), 0) AS overdue_61_90_amount,
        coalesce(sum(a.amount) FILTER (WHERE a.days_overdue > 90), 0) AS overdue_over_90_amount,
        min(a.due_date) FILTER (WHERE isfinite(a.due_date)) AS oldest_due_date,
        sum(a.amount * a.days_overdue) FILTER (WHERE a.days_overdue > 0) AS overdue_amount_days
    FROM aged AS a
    GROUP BY a.side, a.party_id, a.party_name
)

SELECT
    DATE '{{ window.start }}' AS as_of_date,
    p.side,
    p.party_id,
    p.party_name,
    '{{ rules.currency }}' AS currency,
    CAST(p.open_items AS BIGINT) AS open_items,
    CAST(p.contradicting_items AS BIGINT) AS contradicting_items,
    CAST(p.documents_without_rate AS BIGINT) AS documents_without_rate,
    CAST(p.open_amount AS DECIMAL(18, 2)) AS open_amount,
    CAST(CASE p.side WHEN 'receivable' THEN p.open_amount ELSE 0 END AS DECIMAL(18, 2)) AS receivable_amount,
    CAST(CASE p.side WHEN 'payable' THEN p.open_amount ELSE 0 END AS DECIMAL(18, 2)) AS payable_amount,
    CAST(p.not_due_amount AS DECIMAL(18, 2)) AS not_due_amount,
    CAST(p.overdue_1_30_amount AS DECIMAL(18, 2)) AS overdue_1_30_amount,
    CAST(p.overdue_31_60_amount AS DECIMAL(18, 2)) AS overdue_31_60_amount,
    CAST(p.overdue_61_90_amount AS DECIMAL(18, 2)) AS overdue_61_90_amount,
    CAST(p.overdue_over_90_amount AS DECIMAL(18, 2)) AS overdue_over_90_amount,
    CAST(p.open_amount - p.not_due_amount AS DECIMAL(18, 2)) AS overdue_amount,
    CAST(
        CASE WHEN p.open_amount > 0 THEN 100 * (p.open_amount - p.not_due_amount) / p.open_amount END AS DECIMAL(18, 2)
    ) AS overdue_pct,
    p.oldest_due_date,
    CAST(p.overdue_amount_days / nullif(p.open_amount - p.not_due_amount, 0) AS DECIMAL(14, 2)) AS avg_days_overdue
FROM parties AS p
ORDER BY p.side, p.party_id
