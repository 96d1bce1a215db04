{#- Rows dated ahead: they are kept under their own date, and counted here. -#}
SELECT {{ look }} AS look, count(*) AS bad_rows, min(rowid) AS first_bad, NULL AS example
FROM staged
WHERE {{ table.period_column }} > {% if table.by_month %}'{{ window.today.strftime("%Y-%m") }}'{% else %}DATE '{{ window.today }}'{% endif %}
