{#- What is counted or measured from zero up. NULL is no value, and passes. -#}
SELECT {{ look }} AS look, count(*) AS bad_rows, min(rowid) AS first_bad, NULL AS example
FROM staged
WHERE {{ column }} < 0
