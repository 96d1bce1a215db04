-- The source databases with blocks whose counter is gone.
SELECT DISTINCT source_database
FROM audit_trail_completeness
WHERE source_database NOT IN (SELECT source_database FROM audit_sequence_manager)
