{#- For MySQL: how far the lines of a day's P&L are from what they are compared with. -#}

{% set LINES = ["net_revenue", "material_cost", "labor_cost", "manufacturing_overhead", "depreciation", "total_cogs",
    "selling_expenses", "administrative_expenses", "operating_profit"] -%}
{#- A line that changes by less than this share is as usual. -#}
{% set SHARE = "0.5" -%}

{#- Every line of the P&L of all factories as a row: pnl_line, amount. An average, over the days that have a P&L.

    days: which days, a condition on p. -#}
{% macro lines(days) -%}
{% for line in LINES %}
    SELECT
        '{{ line }}' AS pnl_line,
        COUNT(DISTINCT p.pnl_date) AS days,
        MIN(p.currency) AS currency,
        CAST(COALESCE(SUM(p.{{ line }}), 0) / GREATEST(COUNT(DISTINCT p.pnl_date), 1) AS DECIMAL(38, 2)) AS amount
    FROM profit_and_loss_daily AS p
    WHERE {{ days }}
    {{- " UNION ALL" if not loop.last }}
{% endfor %}
{%- endmacro %}

{#- A row for every line, broken where it differs by more than SHARE of what is usual.

    usual: in words; days: which days are usual, a condition on p. -#}
{% macro compared(usual, days) -%}
SELECT
    NULL AS document,
    d.pnl_line AS account,
    NULL AS company,
    d.currency,
    d.amount - u.amount AS amount,
    CONCAT(d.amount, ' on the day, {{ usual }} ', u.amount) AS detail,
    ABS(d.amount - u.amount) > {{ SHARE }} * ABS(u.amount) AS broken
FROM ({{ lines("p.pnl_date = DATE '" ~ day ~ "'") }}) AS d
JOIN ({{ lines(days) }}) AS u USING (pnl_line)
WHERE d.days > 0 AND u.days > 0
{%- endmacro %}
