{#- Values outside of what the column can mean. NULL is no value, and passes. -#}
SELECT {{ look }} AS look, count(*) AS bad_rows, min(rowid) AS first_bad, NULL AS example
FROM staged
WHERE {{ column }} NOT BETWEEN {{ check.parameters.min }} AND {{ check.parameters.max }}
