{#- The newest whole day (of a snapshot: today) against the last day before it that MySQL holds, among the last
    seven. A run that does not recompute that day has nothing to compare. -#}
{% set day = "DATE '" ~ window.today ~ "' - " ~ (0 if table.load == "snapshot" else 1) -%}
SELECT
    {{ look }} AS look,
    count(*) AS bad_rows,
    NULL AS first_bad,
    min({{ day }} || ': ' || present.row_count || ' rows, ' || before.day || ': ' || before.row_count) AS example
FROM (SELECT count(*) AS row_count FROM staged WHERE {{ table.period_column }} = {{ day }}) AS present
CROSS JOIN (SELECT day, row_count FROM published_counts WHERE day < {{ day }} ORDER BY day DESC LIMIT 1) AS before
WHERE {{ window(day) }}
    AND abs(present.row_count - before.row_count) > before.row_count * {{ check.parameters.percent }} / 100
