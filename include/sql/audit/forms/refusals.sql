-- Whether a refusal is on record: a task that is cleared, or killed after its commit, does not repeat it.
SELECT a.audit_sequence
FROM approval_audit_log AS a
WHERE a.source_database = %(source_database)s AND a.document_type = %(document_type)s
    AND a.document_id = %(document_id)s AND a.step = %(step)s AND a.detail = %(detail)s
