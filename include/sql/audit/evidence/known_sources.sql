-- The source databases with audit rows, and where each stands; without numbers where its counter is gone.
SELECT source_database, last_audit_sequence, last_block_number
FROM audit_sequence_manager
UNION ALL
SELECT DISTINCT source_database, NULL, NULL
FROM audit_trail_completeness
WHERE source_database NOT IN (SELECT source_database FROM audit_sequence_manager)
