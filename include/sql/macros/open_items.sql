{% from "macros/currency.sql" import at_rate_of, converted, currency_of, document_rate, is_foreign, is_functional with context -%}

{#- Invoices to customers: delivered and closed orders at their total value with tax, due at the order date + the customer's
    payment terms (none: at once), in functional currency at the rate of the order's day. Open, and so a receivable, are the
    delivered ones; closed is taken as settled, as no source records receipts. Needs the CTE exchange_rates.

    orders: which orders, a condition on so. -#}
{% macro billed_orders(orders) -%}
SELECT
    b.customer_id,
    b.order_date,
    b.order_status = 'delivered' AS is_open,
    b.items,
    r.rate IS NOT NULL AS has_rate,
    {{ converted("b.total_value") }} AS amount
FROM postgres_query('erp', $$
    {{ added_orders(orders) }} AND {{ is_functional("so.currency") }}
    GROUP BY 1, 2, 3, 4
    UNION ALL
    {{ added_orders(orders) }} AND {{ is_foreign("so.currency") }}
    GROUP BY 1, 2, 3, 4, so.sales_order_id
$$) AS b
{{ at_rate_of("b.currency", "b.order_date") }}
{%- endmacro %}

{% macro added_orders(orders) -%}
SELECT
        so.customer_id,
        so.order_date,
        so.order_status,
        {{ currency_of("so.currency") }} AS currency,
        count(*) AS items,
        CAST(coalesce(sum(so.total_value), 0) AS numeric(18, 2)) AS total_value
    FROM sales_orders AS so
    WHERE {{ orders }} AND so.order_status IN ('delivered', 'closed')
{%- endmacro %}

{#- Invoices of suppliers, in functional currency at the rate that the invoice states, else at that of its day. Open, and so
    a payable, is the rest of every invoice that payment_status does not call paid or cancelled. Needs the CTE
    exchange_rates.

    invoices: which invoices, a condition on si. -#}
{% macro supplier_invoices(invoices) -%}
SELECT
    i.* EXCLUDE (currency, exchange_rate, total_amount, paid_amount),
    coalesce(i.payment_status NOT IN ('paid', 'cancelled'), TRUE) AS is_open,
    {{ document_rate("i.exchange_rate", "i.currency") }} AS document_rate,
    {{ converted("i.total_amount", "document_rate") }} AS amount,
    {{ converted("i.paid_amount", "document_rate") }} AS paid_amount,
    CASE WHEN is_open THEN {{ converted("(i.total_amount - coalesce(i.paid_amount, 0))", "document_rate") }} END AS open_amount
FROM postgres_query('supplier', $$
    SELECT
        si.supplier_id,
        si.invoice_date,
        si.due_date,
        si.paid_date,
        si.invoice_status,
        si.payment_status,
        si.matching_status,
        {{ currency_of("si.currency_code") }} AS currency,
        si.exchange_rate,
        si.total_amount,
        si.paid_amount
    FROM supplier_invoices AS si
    WHERE {{ invoices }}
$$) AS i
{{ at_rate_of("i.currency", "i.invoice_date") }}
{%- endmacro %}
