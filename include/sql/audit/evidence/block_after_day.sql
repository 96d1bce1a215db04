-- The first block of a source database that was closed after a day (UTC).
SELECT *
FROM audit_trail_completeness
WHERE source_database = %(source)s AND audit_timestamp >= %(day_after)s
ORDER BY audit_timestamp, block_number
LIMIT 1
