/* ---
title: Every source has delivered the day
proves: No source that has records of each of the seven days before lacks them on the day.
standard: SOX 404, completeness of inputs (IPE)
level: report
materiality: 0
todo: Ask the source's owner whether the day's records are late or were lost; a holiday explains it, too.
reads: [erp.sales_orders, manufacturing.material_transactions, manufacturing.labor_transactions, tms.shipments]
--- */
{% set inputs = [
    ("erp", "sales_orders", "order_date"),
    ("manufacturing", "material_transactions", "transaction_date"),
    ("manufacturing", "labor_transactions", "transaction_date"),
    ("tms", "shipments", "ship_date"),
] -%}
SELECT
    s.document,
    CAST(NULL AS VARCHAR) AS account,
    CAST(NULL AS VARCHAR) AS company,
    CAST(NULL AS VARCHAR) AS currency,
    CAST(NULL AS DECIMAL(38, 2)) AS amount,
    s.records || ' records on the day, before it records on ' || s.days || ' of 7 days' AS detail,
    s.records = 0 AND s.days = 7 AS broken
FROM (
{%- for database, table, day_column in inputs %}
    SELECT '{{ database }}.{{ table }}' AS document, i.*
    FROM postgres_query('{{ database }}', $$
        SELECT
            count(*) FILTER (WHERE t.{{ day_column }} >= DATE '{{ day }}') AS records,
            count(DISTINCT CAST(t.{{ day_column }} AS date)) FILTER (WHERE t.{{ day_column }} < DATE '{{ day }}') AS days
        FROM {{ table }} AS t
        WHERE t.{{ day_column }} >= DATE '{{ day }}' - 7 AND t.{{ day_column }} < DATE '{{ window.end }}'
    $$) AS i
    {{- " UNION ALL" if not loop.last }}
{%- endfor %}
) AS s
