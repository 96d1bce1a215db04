-- The leaf of an event.
SELECT leaf_hash
FROM system_audit_log
WHERE source_database = %(source)s AND audit_sequence = %(event)s
