-- The first rows of a table, in the order of their keys, that have events and come after a text.
SELECT DISTINCT row_key
FROM system_audit_log
WHERE table_name = %(table)s AND row_key > %(after)s AND source_database = %(source)s
    AND operation IN ('INSERT', 'UPDATE', 'DELETE')
ORDER BY row_key
LIMIT 3
