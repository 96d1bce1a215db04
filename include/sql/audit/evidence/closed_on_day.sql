-- What is anchored of the blocks that were closed on a day (UTC), of all source databases.
SELECT
    source_database,
    block_number,
    first_audit_sequence,
    last_audit_sequence,
    audit_timestamp,
    merkle_root,
    block_hash
FROM audit_trail_completeness
WHERE audit_timestamp >= %(day)s AND audit_timestamp < %(day_after)s
ORDER BY source_database, block_number
