-- The last step of an act that takes two persons, for one subject, such as source_moved for erp; with the person and the
-- run of the form that its event names. A row without an event is none of ours.
SELECT a.*, s.request_id AS run, s.session_user_name AS person
FROM approval_audit_log AS a
JOIN system_audit_log AS s USING (source_database, audit_sequence, audit_timestamp)
WHERE a.source_database = 'pipeline' AND a.document_type = %(act)s AND a.document_id = %(subject)s
ORDER BY a.audit_sequence DESC
LIMIT 1
