-- The last verification that is on record.
SELECT
    audit_timestamp,
    detail
FROM sox_compliance_log
WHERE source_database = 'pipeline' AND control_id = %(control)s
ORDER BY audit_sequence DESC
LIMIT 1
