{#- Python holds the gate meanwhile, so no day is closed between these statements and those of publish.sql. -#}
{% if table.closes -%}
DELETE FROM {{ stage }}
WHERE {{ is_closed(table.closes) }};
{%- if swap %}
{%- set kept = columns + ["close_status", "closed_at", "updated_at"] %}
-- The table that is swapped in has the rows of closed days as the present one has them.
INSERT INTO {{ stage }} (
    {{ kept | join(",\n    ") }}
)
SELECT
    {{ kept | join(",\n    ") }}
FROM {{ target }}
WHERE {{ is_closed(table.closes) }};
{%- endif %}
{%- endif %}
