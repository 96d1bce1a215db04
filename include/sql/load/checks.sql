{#- One statement for all checks that a header declares, a row per check and column: which look it is, in the header's
    order, how many rows are bad, and the first of them or an example in words. -#}
{% set number = namespace(of_looks=0) -%}
{% for check in table.checks -%}
{% for column in check.columns or [""] -%}
{% set number.of_looks = number.of_looks + 1 -%}
{% set look = number.of_looks -%}
{{ "UNION ALL\n" if look > 1 -}}
-- {{ check }}{{ " of " ~ column if column }}, {{ check.level }}
{% include "checks/" ~ check.name ~ ".sql" %}
{% endfor -%}
{% endfor -%}
