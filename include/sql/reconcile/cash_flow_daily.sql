/* --- source: erp --- */
{% from "macros/reconcile.sql" import unless_foreign with context %}
SELECT
    so.order_date AS cash_flow_date,
    sum({{ unless_foreign("so.total_value", "so.currency") }}) AS billed_amount
FROM sales_orders AS so
WHERE {{ window("so.order_date") }} AND so.order_status = ANY ('{delivered,closed}')
GROUP BY so.order_date

/* --- source: supplier --- */
SELECT
    event.day AS cash_flow_date,
    sum(event.purchased) AS purchased_amount,
    sum(event.paid) AS supplier_payments,
    sum(event.recorded) AS supplier_payments_recorded,
    sum(event.marked_paid) AS supplier_payments_marked_paid,
    sum(event.contradicting) AS contradicting_invoices
FROM supplier_invoices AS si
CROSS JOIN LATERAL (
    SELECT
        {{ unless_foreign("si.total_amount", "si.currency_code") }} AS total,
        {{ unless_foreign("coalesce(si.paid_amount, si.total_amount)", "si.currency_code") }} AS cash
) AS amounts
CROSS JOIN LATERAL (
    VALUES
        (si.invoice_date, amounts.total, 0, 0, 0, 0),
        (
            CASE WHEN si.paid_date IS NULL THEN si.due_date ELSE si.paid_date END,
            0,
            amounts.cash,
            CASE WHEN si.paid_date IS NOT NULL THEN amounts.cash ELSE 0 END,
            CASE si.payment_status WHEN 'paid' THEN amounts.cash ELSE 0 END,
            CASE
                WHEN si.payment_status IS DISTINCT FROM 'paid' THEN (si.invoice_status IS NOT DISTINCT FROM 'paid')::int
                WHEN si.invoice_status <> ALL ('{approved,paid}') THEN 1
                ELSE 0
            END
        )
) AS event (day, purchased, paid, recorded, marked_paid, contradicting)
WHERE {{ window("event.day") }} AND coalesce(si.payment_status, '') <> 'cancelled'
GROUP BY event.day

/* --- source: tms --- */
SELECT sh.ship_date + 30 AS cash_flow_date, sum({{ unless_foreign("sh.total_cost", "sh.currency") }}) AS freight_payments
FROM shipments AS sh
WHERE {{ window("sh.ship_date + 30") }} AND coalesce(sh.shipment_status, '') <> 'cancelled'
GROUP BY sh.ship_date

/* --- identities --- */
SELECT
    customer_receipts AS total_inflow,
    supplier_payments + freight_payments + payroll_payments + marketing_payments AS total_outflow,
    total_inflow - total_outflow AS net_cash_flow,
    supplier_payments_recorded <> 0 AND customer_receipts = 0 AND total_outflow = supplier_payments_recorded AS is_actual
