{#- Totals per day or month against the first part of the independent query of the reconciliation, which the source server
    itself adds up in the same snapshot. A total that it cannot tell, NaN, is not compared. -#}
{% set query %}{% include "reconcile/" ~ table.name ~ ".sql" %}{% endset -%}
{% set period = table.period_column -%}
SELECT
    {{ look }} AS look,
    count(*) AS bad_rows,
    NULL AS first_bad,
    min(
        coalesce(here.{{ period }}, there.{{ period }}) || ': ' || coalesce(here.total, 0) || ' rather than '
        || coalesce(there.total, 0)
    ) AS example
FROM (SELECT {{ period }}, CAST(sum({{ column }}) AS DOUBLE) AS total FROM staged GROUP BY {{ period }}) AS here
FULL JOIN (
    SELECT {{ period }}, total
    FROM postgres_query('{{ check.parameters.source }}', $$
        -- As a double, for DuckDB reads a numeric NaN as 0.
        SELECT r.{{ period }}, CAST(r.{{ column }} AS double precision) AS total
        FROM (
{{ query.split("\n/* --- ")[0] }}
        ) AS r
    $$)
) AS there ON there.{{ period }} = here.{{ period }}
WHERE abs(coalesce(here.total, 0) - coalesce(there.total, 0)) > 0.005
    AND NOT isnan(coalesce(there.total, 0))
