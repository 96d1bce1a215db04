-- Every step of every legal hold, oldest first. Each row repeats what the hold covers, so its last one says all.
SELECT
    hold_id, step, matter, custodian, scope_database, scope_table, scope_key, scope_from, scope_to, entered_by,
    audit_timestamp
FROM legal_hold_tracking
WHERE source_database = 'pipeline'
ORDER BY audit_sequence
