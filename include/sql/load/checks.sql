{#- One statement for all checks that a header declares, a row per check and column: how many rows are bad, which is
    the first of them, or an example in words. -#}
{% for check in table.checks -%}
{% set first_check = loop.first -%}
{% for column in check.columns or [""] -%}
{{ "" if first_check and loop.first else "UNION ALL" }}
-- {{ check }}{{ " of " ~ column if column }}, {{ check.level }}
{% include "checks/" ~ check.name ~ ".sql" %}
{% endfor -%}
{% endfor -%}
