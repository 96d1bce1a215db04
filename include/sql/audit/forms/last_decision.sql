-- The last step of an act that takes two persons, for one subject, such as source_moved for erp.
SELECT step, detail, decided_by, requested_by, decided_at
FROM approval_audit_log
WHERE source_database = 'pipeline' AND document_type = %(act)s AND document_id = %(subject)s
ORDER BY audit_sequence DESC
LIMIT 1
