{% if swap -%}
-- Both renames are one atomic statement: a reader sees the old table or the new one.
RENAME TABLE {{ target }} TO {{ stage }}__old, {{ stage }} TO {{ target }};
DROP TABLE {{ stage }}__old;
{%- else -%}
-- The same window bounds this DELETE and the SELECT on the sources: {{ window }}.
DELETE FROM {{ target }}
WHERE {{ window(table.period_column) }}{{ "\n    AND NOT " ~ is_closed(table.closes) if table.closes }};
INSERT INTO {{ target }} (
    {{ columns | join(",\n    ") }}
)
SELECT
    {{ columns | join(",\n    ") }}
FROM {{ stage }}
ORDER BY stage_row;
{%- endif %}
