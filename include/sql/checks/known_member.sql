-- Rows whose key leads nowhere in the sources: such a key is NULL, or UNKNOWN where it is part of the grain.
SELECT count(*) AS bad_rows, min({{ key }}) AS example
FROM staged
WHERE coalesce({{ column }}, 'UNKNOWN') = 'UNKNOWN'
