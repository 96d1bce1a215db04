-- The last event about a row, unless a later one is about the whole table, or could not be read.
SELECT
    e.audit_sequence,
    e.after_values
FROM system_audit_log AS e
WHERE e.table_name = %(table)s AND e.row_key = %(key)s AND e.source_database = %(source)s
    AND e.operation IN ('INSERT', 'UPDATE', 'DELETE')
    AND NOT EXISTS (
        SELECT 1
        FROM system_audit_log AS t
        WHERE t.table_name = %(table)s AND t.row_key IS NULL AND t.source_database = %(source)s
            AND t.operation IN ('TRUNCATE', 'QUARANTINE') AND t.audit_sequence > e.audit_sequence
    )
ORDER BY e.audit_sequence DESC
LIMIT 1
