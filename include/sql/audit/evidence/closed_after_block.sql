-- What is anchored of the blocks of a source database that follow a block.
SELECT
    source_database,
    block_number,
    first_audit_sequence,
    last_audit_sequence,
    audit_timestamp,
    merkle_root,
    block_hash,
    signature
FROM audit_trail_completeness
WHERE source_database = %(source)s AND block_number > %(block)s
ORDER BY block_number
LIMIT 20000
