-- The platform's settings on record, oldest first: the last row of a setting holds its value, NULL once it was dropped.
SELECT row_key, new_values
FROM configuration_changes
WHERE source_database = 'pipeline' AND table_name = 'settings'
ORDER BY audit_sequence
