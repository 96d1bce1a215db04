-- Where each source database stands, and what is anchored of it.
SELECT
    source_database,
    last_audit_sequence,
    last_block_number,
    open_events,
    anchored_block,
    anchor_line,
    anchor_hash
FROM audit_sequence_manager
