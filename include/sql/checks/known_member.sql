{#- Rows whose key leads nowhere in the sources, told by what only a known member has, such as its name. Where a
    source names no member at all, the key is UNKNOWN. -#}
SELECT {{ look }} AS look, count(*) AS bad_rows, min(rowid) AS first_bad, NULL AS example
FROM staged
WHERE {{ column }} IS NULL OR CAST({{ column }} AS VARCHAR) = 'UNKNOWN'
