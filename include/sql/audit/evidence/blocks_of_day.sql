-- The blocks of a source database that were closed on a day (UTC).
SELECT *
FROM audit_trail_completeness
WHERE source_database = %(source)s AND audit_timestamp >= %(day)s AND audit_timestamp < %(day_after)s
ORDER BY block_number
