/* --- source: erp, rows: side = 'receivable' --- */
{% from "macros/reconcile.sql" import unless_foreign with context %}
SELECT
    DATE '{{ window.start }}' AS as_of_date,
    sum({{ unless_foreign("so.total_value", "so.currency") }}) AS receivable_amount,
    count(*) AS open_items
FROM sales_orders AS so
WHERE so.order_status = 'delivered'

/* --- source: supplier, rows: side = 'payable' --- */
SELECT
    DATE '{{ window.start }}' AS as_of_date,
    sum({{ unless_foreign("si.total_amount - coalesce(si.paid_amount, 0)", "si.currency_code") }}) AS payable_amount,
    count(*) AS open_items,
    sum(CASE si.invoice_status WHEN 'paid' THEN 1 ELSE 0 END) AS contradicting_items
FROM supplier_invoices AS si
WHERE coalesce(si.payment_status, '') <> ALL ('{paid,cancelled}')

/* --- identities --- */
SELECT
    receivable_amount + payable_amount AS open_amount,
    overdue_1_30_amount + overdue_31_60_amount + overdue_61_90_amount + overdue_over_90_amount AS overdue_amount,
    open_amount - overdue_amount AS not_due_amount,
    CASE WHEN open_amount > 0 THEN 100 * overdue_amount / open_amount END AS overdue_pct
