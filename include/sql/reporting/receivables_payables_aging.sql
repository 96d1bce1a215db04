/* ---
description: Open receivables per customer and payables per supplier by days overdue, as they stand today.
category: financial
reads: [erp, supplier, master]
grain: [as_of_date, side, party_id]
load: snapshot
owner: treasury
checks:
  - {check: in_range, columns: [overdue_pct], min: 0, max: 100, level: warn}
  - {check: in_range, columns: [contradicting_items], min: 0, max: 0, level: warn}
  - {check: not_negative, columns: [open_amount, not_due_amount, overdue_amount], level: warn}
  - {check: known_member, columns: [party_id], level: warn}
  - {check: row_count_near_yesterday, percent: 50, level: warn}
  - {check: sum_matches_source, columns: [receivable_amount], source: erp, level: fail}
--- */
-- No source records a receipt, so what is open follows from the status alone:
-- * Receivable: orders delivered, with tax; closed orders are taken as settled. Due at order date + the customer's
--   payment terms, at once without terms.
-- * Payable: supplier invoices with payment_status pending, less what was paid on them. Invoices that invoice_status
--   calls paid are still payable, but counted as contradicting.
-- cash_flow_daily expects closed orders to be paid at their due date as well, and so shows more receivables.
WITH open_orders AS (
    SELECT o.customer_id, o.order_date, o.items, o.amount
    FROM postgres_query('erp', $$
        -- The index leads with customer_id: the recursion walks the customers, so that settled orders are not read.
        WITH RECURSIVE parties AS (
            SELECT min(so.customer_id) AS customer_id FROM sales_orders AS so
            UNION ALL
            SELECT (SELECT min(so.customer_id) FROM sales_orders AS so WHERE so.customer_id > p.customer_id)
            FROM parties AS p
            WHERE p.customer_id IS NOT NULL
        )
        SELECT
            so.customer_id,
            so.order_date,
            count(*) AS items,
            CAST(coalesce(sum(so.total_value), 0) AS NUMERIC(18, 2)) AS amount
        FROM sales_orders AS so
        WHERE so.order_status = 'delivered' AND so.customer_id = ANY (ARRAY(SELECT customer_id FROM parties))
        GROUP BY so.customer_id, so.order_date
    $$) AS o
),

open_items AS (
    SELECT
        'receivable' AS side,
        coalesce(c.customer_id, 'UNKNOWN') AS party_id,
        c.customer_name AS party_name,
        oo.order_date + coalesce(c.payment_terms_days, 0) AS due_date,
        oo.items,
        0 AS contradicting_items,
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
        CAST(
            CAST(si.total_amount - coalesce(si.paid_amount, 0) AS DECIMAL(38, 2)) * coalesce(si.exchange_rate, 1)
            AS DECIMAL(18, 2)
        ) AS amount
    FROM postgres_query('supplier', $$
        SELECT
            si.supplier_id, si.due_date, si.invoice_status, si.total_amount, si.paid_amount, si.exchange_rate
        FROM supplier_invoices AS si
        WHERE si.payment_status = 'pending'
    $$) AS si
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
        sum(a.amount) AS open_amount,
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
    CAST(p.open_amount AS DECIMAL(18, 2)) AS open_amount,
    CAST(CASE p.side WHEN 'receivable' THEN p.open_amount ELSE 0 END AS DECIMAL(18, 2)) AS receivable_amount,
    CAST(CASE p.side WHEN 'payable' THEN p.open_amount ELSE 0 END AS DECIMAL(18, 2)) AS payable_amount,
    CAST(p.not_due_amount AS DECIMAL(18, 2)) AS not_due_amount,
    CAST(p.overdue_1_30_amount AS DECIMAL(18, 2)) AS overdue_1_30_amount,
    CAST(p.overdue_31_60_amount AS DECIMAL(18, 2)) AS overdue_31_60_amount,
    CAST(p.overdue_61_90_amount AS DECIMAL(18, 2)) AS overdue_61_90_amount,
    CAST(p.overdue_over_90_amount AS DECIMAL(18, 2)) AS overdue_over_90_amount,
    CAST(p.open_amount - p.not_due_amount AS DECIMAL(18, 2)) AS overdue_amount,
    CAST(100 * (p.open_amount - p.not_due_amount) / nullif(p.open_amount, 0) AS DECIMAL(18, 2)) AS overdue_pct,
    p.oldest_due_date,
    CAST(p.overdue_amount_days / nullif(p.open_amount - p.not_due_amount, 0) AS DECIMAL(14, 2)) AS avg_days_overdue
FROM parties AS p
ORDER BY p.side, p.party_id
