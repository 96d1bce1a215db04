{#- Totals per day or month against the independent query of the reconciliation, which the source server itself
    adds up in the same snapshot. -#}
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
    SELECT {{ period }}, CAST({{ column }} AS DOUBLE) AS total
    FROM postgres_query('{{ check.parameters.source }}', $$
{% include "reconcile/" ~ table.name ~ ".sql" %}
    $$)
) AS there ON there.{{ period }} = here.{{ period }}
WHERE abs(coalesce(here.total, 0) - coalesce(there.total, 0)) > 0.005
