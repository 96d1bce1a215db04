-- The definitions on record, oldest first: the last row of an object holds its present one, NULL once it was dropped.
SELECT object_type, object_name, statement
FROM database_changes
WHERE source_database = 'pipeline'
ORDER BY audit_sequence
