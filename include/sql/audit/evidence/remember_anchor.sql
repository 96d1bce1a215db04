-- Remember the newest anchor line about a source database.
UPDATE audit_sequence_manager
SET
    anchored_block = NULLIF(GREATEST(COALESCE(anchored_block, 0), COALESCE(%(block)s, 0)), 0),
    anchor_line = %(line)s,
    anchor_hash = %(hash)s
WHERE source_database = %(source)s
