/* ---
title: A rate for every foreign currency
proves: Every currency in which something was ordered, billed or posted on the day has a spot rate of that day or before.
standard: IAS 21.21; SOX 404
level: block
materiality: 0
todo: Have treasury enter the spot rate of the currency for the day in exchange_rates; then clear the close.
reads: [erp.sales_orders, erp.purchase_orders, erp.general_ledger, financial.exchange_rates, financial.journal_entry_headers, financial.journal_entry_lines, supplier.supplier_invoices]
--- */
{% from "macros/currency.sql" import exchange_rates, is_foreign with context -%}
{% from "macros/ledger.sql" import document_of with context -%}
WITH {{ exchange_rates() }}

SELECT
    d.document,
    d.account,
    d.company,
    d.currency,
    d.amount,
    CASE
        WHEN r.rate IS NULL OR r.quoted_on > DATE '{{ day }}' THEN 'no spot rate of {{ day }} or before'
        ELSE 'rate ' || r.rate || ' of ' || r.quoted_on
    END AS detail,
    r.rate IS NULL OR r.quoted_on > DATE '{{ day }}' AS broken
FROM (
    SELECT billed.*, DATE '{{ day }}' AS day
    FROM (
    FROM postgres_query('erp', $$
        SELECT so.sales_order_id AS document, NULL AS account, NULL AS company, so.currency, so.total_value AS amount
        FROM sales_orders AS so
        WHERE {{ window("so.order_date") }} AND {{ is_foreign("so.currency") }}
        UNION ALL
        SELECT po.purchase_order_id, NULL, NULL, po.currency, po.total_value
        FROM purchase_orders AS po
        WHERE {{ window("po.po_date") }} AND {{ is_foreign("po.currency") }}
        UNION ALL
        SELECT
            {{ document_of("gl") }},
            gl.gl_account,
            gl.company_code,
            gl.currency,
            CAST(coalesce(gl.debit_amount, 0) - coalesce(gl.credit_amount, 0) AS numeric(15, 2))
        FROM general_ledger AS gl
        WHERE {{ window("gl.posting_date") }} AND {{ is_foreign("gl.currency") }}
    $$)
    UNION ALL
    FROM postgres_query('supplier', $$
        SELECT
            si.invoice_number AS document,
            NULL AS account,
            NULL AS company,
            si.currency_code AS currency,
            si.total_amount AS amount
        FROM supplier_invoices AS si
        WHERE {{ window("si.invoice_date") }} AND {{ is_foreign("si.currency_code") }}
    $$)
    UNION ALL
    FROM postgres_query('financial', $$
        SELECT
            jeh.journal_number AS document,
            jel.account_id AS account,
            NULL AS company,
            jel.currency_code AS currency,
            CAST(coalesce(jel.debit_amount, 0) - coalesce(jel.credit_amount, 0) AS numeric(15, 2)) AS amount
        FROM journal_entry_headers AS jeh
        JOIN journal_entry_lines AS jel ON jel.journal_entry_id = jeh.journal_entry_id
        WHERE {{ window("jeh.posting_date") }} AND jeh.posted AND {{ is_foreign("jel.currency_code") }}
    $$)
) AS billed
) AS d
ASOF LEFT JOIN exchange_rates AS r ON r.currency = d.currency AND d.day >= r.valid_from
