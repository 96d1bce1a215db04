-- The first signed block of a source database.
SELECT block_number
FROM audit_trail_completeness
WHERE source_database = %(source)s AND signature IS NOT NULL
ORDER BY block_number
LIMIT 1
