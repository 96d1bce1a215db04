/* ---
title: The profit and loss statement adds up
proves: On the day every total of the P&L is the sum of its lines, for each factory, and there is a P&L at all.
standard: SOX 404, financial reporting
level: block
materiality: 0.01
todo: Trigger reporting_load for profit_and_loss_daily with the day; if it deviates again, its query is at fault.
reads: [reporting.profit_and_loss_daily]
--- */
{% set totals = [
    ("net_revenue", "p.gross_revenue + p.service_revenue - p.returns_and_allowances"),
    ("gross_profit", "p.net_revenue - p.total_cogs"),
    ("selling_expenses", "p.freight_cost + p.marketing_cost"),
    ("operating_expenses", "p.selling_expenses + p.administrative_expenses"),
    ("operating_profit", "p.gross_profit - p.operating_expenses"),
    ("net_profit", "p.operating_profit - p.tax_provision"),
] -%}
{% for total, parts in totals %}
SELECT
    p.factory_id AS document,
    '{{ total }}' AS account,
    NULL AS company,
    p.currency,
    p.{{ total }} - ({{ parts }}) AS amount,
    CONCAT('{{ total }} is ', p.{{ total }}, ', its lines add up to ', {{ parts }}) AS detail,
    p.{{ total }} <> {{ parts }} AS broken
FROM profit_and_loss_daily AS p
WHERE p.pnl_date = DATE '{{ day }}'
UNION ALL
{% endfor %}
SELECT NULL, NULL, NULL, NULL, NULL, 'profit_and_loss_daily has no row of the day', COUNT(*) = 0
FROM profit_and_loss_daily AS p
WHERE p.pnl_date = DATE '{{ day }}'
