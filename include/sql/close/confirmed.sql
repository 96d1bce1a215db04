-- Whether a run of the form restate has entered the confirmation of a second person.
SELECT 1
FROM approval_audit_log AS a
JOIN system_audit_log AS s USING (source_database, audit_sequence, audit_timestamp)
WHERE a.source_database = %(source)s AND a.document_type = 'restate' AND a.step = 'confirmed'
    AND s.request_id = %(run)s
LIMIT 1
