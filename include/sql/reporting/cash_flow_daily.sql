/* ---
description: Expected receipts and payments, open receivables and payables, DSO and DPO per day.
category: financial
reads: [erp, supplier, tms, hr, crm, financial, master]
after: [receivables_payables_aging]
grain: [cash_flow_date]
load: window
lookback: 21 days
owner: treasury
closes: cash_flow_date
checks:
  - {check: exchange_rates_hold, level: fail}
  - {check: in_range, columns: [documents_without_rate], min: 0, max: 0, level: warn}
  - {check: not_negative, columns: [customer_receipts, supplier_payments, freight_payments, payroll_payments,
                                    marketing_payments], level: warn}
  - {check: in_range, columns: [contradicting_invoices], min: 0, max: 0, level: warn}
  - {check: row_count_near_yesterday, percent: 50, level: warn}
--- */
-- The sources record no receipts and hardly a payment, so this is expected cash, on the day it falls due:
-- * Receipts: delivered and closed orders with tax, at order date + the customer's payment terms (none: at once).
--   Terms of more than a year are not expected.
-- * Suppliers: invoices at their due date, or on the day paid where that is recorded (then actual, not expected).
--   payment_status says whether an invoice is paid; where invoice_status says otherwise, the invoice is counted as
--   contradicting.
-- * Freight 30 days after shipment, payroll at month end up to the present month, campaigns day by day as they run.
-- * Every day has a row from the first sale up to today, and later ones where something falls due.
-- * Not in here: tax collected and owed, refunds, capital expenditure. None of them has a payment date.
-- Receivables and payables are the open items of receivables_payables_aging on the day. They are NULL on days
-- without a snapshot: no source keeps past open items. From them, here and in financial_ratios:
-- DSO = receivables / sales of the last 90 days x 90, DPO = payables / purchases of the last 90 days x 90 (fewer days
-- where the first sale or purchase is younger), with tax, and only up to today.
-- All amounts are in functional currency, at the rate of the document's day or the one that an invoice states.
{% from "macros/currency.sql" import exchange_rates with context -%}
{% from "macros/open_items.sql" import billed_orders, supplier_invoices with context -%}
{% from "macros/payroll.sql" import salaries with context -%}
{% from "macros/shipping.sql" import freight with context -%}
{%- set orders -%}
so.order_date >= DATE '{{ window.start }}' - 366 AND so.order_date < DATE '{{ window.end }}'
{%- endset %}
{%- set invoices -%}
(
    si.due_date >= DATE '{{ window.start }}'
    OR si.paid_date >= DATE '{{ window.start }}'
    OR si.invoice_date >= DATE '{{ window.start }}' - 90
)
{%- endset %}
{%- set shipped -%}
s.ship_date >= DATE '{{ window.start }}' - 30 AND s.ship_date < DATE '{{ window.end }}' - 30
{%- endset -%}
WITH {{ exchange_rates() }},

first_facts AS (
    SELECT
        (
            SELECT o.first_day
            FROM postgres_query('erp', $$
                SELECT min(so.order_date) AS first_day FROM sales_orders AS so WHERE isfinite(so.order_date)
            $$) AS o
        ) AS first_sale,
        (
            SELECT i.first_day
            FROM postgres_query('supplier', $$
                SELECT min(si.invoice_date) AS first_day FROM supplier_invoices AS si WHERE isfinite(si.invoice_date)
            $$) AS i
        ) AS first_purchase
),

calendar AS (
    SELECT CAST(unnest(range(DATE '{{ window.start }}', DATE '{{ window.end }}', INTERVAL 1 DAY)) AS DATE)
        AS cash_flow_date
),

spine AS (
    SELECT c.cash_flow_date
    FROM calendar AS c, first_facts AS f
    WHERE c.cash_flow_date >= f.first_sale AND c.cash_flow_date <= DATE '{{ window.today }}'
),

orders AS (
    {{ billed_orders(orders) | indent(4) }}
),

billed_orders AS (
    SELECT
        o.order_date,
        o.order_date + coalesce(cu.payment_terms_days, 0) AS due_date,
        o.amount,
        CASE WHEN NOT o.has_rate THEN o.items END AS documents_without_rate
    FROM orders AS o
    LEFT JOIN postgres_query('master', $$
        SELECT c.customer_id, c.payment_terms_days FROM customers AS c
    $$) AS cu
        ON cu.customer_id = o.customer_id
),

supplier_invoices AS (
    {{ supplier_invoices(invoices) | indent(4) }}
),

invoices AS (
    SELECT
        si.invoice_date,
        coalesce(si.paid_date, si.due_date) AS cash_date,
        si.paid_date IS NOT NULL AS is_recorded,
        coalesce(si.payment_status = 'paid', FALSE) AS is_paid,
        coalesce(
            CASE
                WHEN si.payment_status = 'paid' THEN si.invoice_status NOT IN ('approved', 'paid')
                ELSE si.invoice_status = 'paid'
            END,
            FALSE
        ) AS is_contradicting,
        si.amount,
        coalesce(si.paid_amount, si.amount) AS cash,
        CASE WHEN si.amount IS NULL THEN 1 END AS documents_without_rate
    FROM supplier_invoices AS si
    WHERE si.payment_status IS DISTINCT FROM 'cancelled'
),

shipping AS (
    {{ freight(shipped) | indent(4) }}
),

freight AS (
    SELECT
        f.ship_date + 30 AS cash_flow_date,
        f.freight_cost AS freight_payments,
        f.documents_without_rate
    FROM shipping AS f
),

month_ends AS (
    SELECT DISTINCT last_day(c.cash_flow_date) AS cash_flow_date
    FROM calendar AS c, first_facts AS f
    WHERE {{ window("last_day(c.cash_flow_date)") }}
        AND last_day(c.cash_flow_date) BETWEEN f.first_sale AND last_day(DATE '{{ window.today }}')
),

payroll AS (
    SELECT sa.cash_flow_date, sum(CAST(sa.annual_salary / 12 AS DECIMAL(18, 6))) AS payroll_payments
    FROM (
        {{ salaries("month_ends", "cash_flow_date") | indent(8) }}
    ) AS sa
    GROUP BY sa.cash_flow_date
),

-- Spread by cumulative rounding, as in profit_and_loss_daily.
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
        c.cash_flow_date,
        sum(
            CAST(ca.actual_cost * (c.cash_flow_date - ca.start_date + 1) / ca.days AS DECIMAL(18, 2))
            - CAST(ca.actual_cost * (c.cash_flow_date - ca.start_date) / ca.days AS DECIMAL(18, 2))
        ) AS marketing_payments
    FROM calendar AS c
    JOIN campaigns AS ca ON c.cash_flow_date BETWEEN ca.start_date AND ca.last_date
    GROUP BY c.cash_flow_date
),

events AS (
    SELECT s.cash_flow_date FROM spine AS s
    UNION ALL BY NAME
    SELECT b.order_date AS cash_flow_date, b.amount AS billed_amount, b.documents_without_rate FROM billed_orders AS b
    UNION ALL BY NAME SELECT b.due_date AS cash_flow_date, b.amount AS customer_receipts FROM billed_orders AS b
    UNION ALL BY NAME
    SELECT i.invoice_date AS cash_flow_date, i.amount AS purchased_amount, i.documents_without_rate FROM invoices AS i
    UNION ALL BY NAME
    SELECT
        i.cash_date AS cash_flow_date,
        i.cash AS supplier_payments,
        CASE WHEN i.is_recorded THEN i.cash END AS supplier_payments_recorded,
        CASE WHEN i.is_paid THEN i.cash END AS supplier_payments_marked_paid,
        CAST(i.is_contradicting AS INTEGER) AS contradicting_invoices
    FROM invoices AS i
    UNION ALL BY NAME SELECT * FROM freight
    UNION ALL BY NAME SELECT * FROM payroll
    UNION ALL BY NAME SELECT * FROM marketing
),

daily AS (
    SELECT
        e.cash_flow_date,
        CAST(coalesce(sum(e.billed_amount), 0) AS DECIMAL(18, 2)) AS billed_amount,
        CAST(coalesce(sum(e.purchased_amount), 0) AS DECIMAL(18, 2)) AS purchased_amount,
        CAST(coalesce(sum(e.customer_receipts), 0) AS DECIMAL(18, 2)) AS customer_receipts,
        CAST(coalesce(sum(e.supplier_payments), 0) AS DECIMAL(18, 2)) AS supplier_payments,
        CAST(coalesce(sum(e.supplier_payments_recorded), 0) AS DECIMAL(18, 2)) AS supplier_payments_recorded,
        CAST(coalesce(sum(e.supplier_payments_marked_paid), 0) AS DECIMAL(18, 2)) AS supplier_payments_marked_paid,
        coalesce(sum(e.contradicting_invoices), 0) AS contradicting_invoices,
        coalesce(sum(e.documents_without_rate), 0) AS documents_without_rate,
        CAST(coalesce(sum(e.freight_payments), 0) AS DECIMAL(18, 2)) AS freight_payments,
        CAST(coalesce(sum(e.payroll_payments), 0) AS DECIMAL(18, 2)) AS payroll_payments,
        CAST(coalesce(sum(e.marketing_payments), 0) AS DECIMAL(18, 2)) AS marketing_payments
    FROM events AS e
    WHERE e.cash_flow_date < DATE '{{ window.end }}' AND isfinite(e.cash_flow_date)
    GROUP BY e.cash_flow_date
),

open_items AS (
    SELECT
        rpa.as_of_date,
        CAST(sum(rpa.receivable_amount) AS DECIMAL(18, 2)) AS receivables_balance,
        CAST(sum(rpa.payable_amount) AS DECIMAL(18, 2)) AS payables_balance
    FROM reporting.receivables_payables_aging AS rpa
    WHERE {{ window("rpa.as_of_date") }} AND rpa.as_of_date <= DATE '{{ window.today }}'
    GROUP BY rpa.as_of_date
),

balances AS (
    SELECT
        d.*,
        d.supplier_payments + d.freight_payments + d.payroll_payments + d.marketing_payments AS total_outflow,
        sum(d.billed_amount) OVER last_90_days AS billed_90_days,
        sum(d.purchased_amount) OVER last_90_days AS purchased_90_days,
        least(90, d.cash_flow_date - f.first_sale + 1) AS sales_days,
        least(90, d.cash_flow_date - f.first_purchase + 1) AS purchase_days
    FROM daily AS d, first_facts AS f
    WINDOW
        last_90_days AS (ORDER BY d.cash_flow_date RANGE BETWEEN INTERVAL 89 DAYS PRECEDING AND CURRENT ROW)
)

SELECT
    b.cash_flow_date,
    '{{ rules.currency }}' AS currency,
    CAST(b.cash_flow_date <= DATE '{{ window.today }}' AS TINYINT) AS is_due,
    CAST(
        b.supplier_payments_recorded <> 0 AND b.customer_receipts = 0 AND b.total_outflow = b.supplier_payments_recorded
        AS TINYINT
    ) AS is_actual,
    b.customer_receipts,
    b.supplier_payments,
    b.supplier_payments_recorded,
    b.supplier_payments_marked_paid,
    b.freight_payments,
    b.payroll_payments,
    b.marketing_payments,
    b.customer_receipts AS total_inflow,
    CAST(b.total_outflow AS DECIMAL(18, 2)) AS total_outflow,
    CAST(b.customer_receipts - b.total_outflow AS DECIMAL(18, 2)) AS net_cash_flow,
    b.billed_amount,
    b.purchased_amount,
    o.receivables_balance,
    o.payables_balance,
    CAST(b.sales_days * o.receivables_balance / nullif(b.billed_90_days, 0) AS DECIMAL(14, 2)) AS dso_days,
    CAST(b.purchase_days * o.payables_balance / nullif(b.purchased_90_days, 0) AS DECIMAL(14, 2)) AS dpo_days,
    CAST(b.documents_without_rate AS BIGINT) AS documents_without_rate,
    CAST(b.contradicting_invoices AS BIGINT) AS contradicting_invoices
FROM balances AS b
LEFT JOIN open_items AS o ON o.as_of_date = b.cash_flow_date
WHERE {{ window("b.cash_flow_date") }}
ORDER BY b.cash_flow_date
