-- The last block of a source database that was closed before a day (UTC).
SELECT *
FROM audit_trail_completeness
WHERE source_database = %(source)s AND audit_timestamp < %(day)s
ORDER BY audit_timestamp DESC, block_number DESC
LIMIT 1
