-- Totals per day or month against the independent query of the reconciliation, which the source server itself adds up
-- in the same snapshot.
{% set period = table.period_column -%}
SELECT
    count(*) AS bad_rows,
    min(coalesce(s.{{ period }}, i.{{ period }}) || ': ' || coalesce(s.total, 0) || ' rather than '
        || coalesce(i.total, 0)) AS example
FROM (
    SELECT {{ period }}, CAST(sum({{ column }}) AS DOUBLE) AS total FROM staged GROUP BY {{ period }}
) AS s
FULL JOIN (
    SELECT {{ period }}, CAST({{ column }} AS DOUBLE) AS total
    FROM postgres_query('{{ check.parameters.source }}', $$
{% include "reconcile/" ~ table.name ~ ".sql" %}
    $$)
) AS i ON i.{{ period }} = s.{{ period }}
WHERE abs(coalesce(s.total, 0) - coalesce(i.total, 0)) > 0.005
