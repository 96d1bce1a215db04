-- One block of a source database.
SELECT *
FROM audit_trail_completeness
WHERE source_database = %(source)s AND block_number = %(block)s
