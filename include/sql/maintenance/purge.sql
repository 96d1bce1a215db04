-- Whole months that reporting_sync no longer keeps: all that end before {{ kept_from }}. Each DELETE is repeated, and
-- committed each time, until it finds nothing more: short locks, and safe to kill.
{% for table in dated_tables -%}
SELECT
    '{{ table.name }}' AS table_name,
    LEFT({{ table.period_column }}, 7) AS month,
    COUNT(*) AS purged_rows
FROM {{ settings.mysql_reporting_db }}.{{ table.name }}
WHERE {{ expired(table.period_column) }}
GROUP BY month
ORDER BY month;
DELETE FROM {{ settings.mysql_reporting_db }}.{{ table.name }}
WHERE {{ expired(table.period_column) }}
ORDER BY {{ table.grain | join(", ") }}
LIMIT 10000;
{% endfor %}
