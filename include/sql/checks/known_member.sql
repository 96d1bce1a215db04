{#- Rows whose key names no member: the source left it empty, or named one that its owner lacks. Such facts stand under
    UNKNOWN where the key is part of the grain; elsewhere it is NULL. -#}
SELECT {{ look }} AS look, count(*) AS bad_rows, min(rowid) AS first_bad, NULL AS example
FROM staged
WHERE {{ column }} IS NULL OR CAST({{ column }} AS VARCHAR) = 'UNKNOWN'
