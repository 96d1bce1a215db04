-- The number of the last closed block of each source database.
SELECT source_database, last_block_number
FROM audit_sequence_manager
