{#- One statement for all checks that a header declares: a row per check and column. -#}
{% set key %}concat_ws(', ', {% for name in table.grain %}'{{ name }}=' || {{ name }}{{ ", " if not loop.last }}{% endfor %}){% endset -%}
{% for check in table.checks -%}
{% set first_check = loop.first -%}
{% for column in check.columns or [""] -%}
{{ "" if first_check and loop.first else "UNION ALL" }}
SELECT
    '{{ check.name }}' AS check_name,
    nullif('{{ column }}', '') AS column_name,
    '{{ check.level }}' AS level,
    found.bad_rows,
    found.example,
    '{{ check }}{{ " of " ~ column if column }}' AS rule
FROM (
{% filter indent(first=True) %}{% include "checks/" ~ check.name ~ ".sql" %}{% endfilter %}
) AS found
{% endfor -%}
{% endfor -%}
