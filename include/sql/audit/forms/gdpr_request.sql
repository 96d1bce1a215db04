-- The steps of one request, such as DSR-2026-0012, oldest first. The last one says when the answer is due.
SELECT request_type, step, subject_type, subject_id, scope, received_on, due_on
FROM gdpr_data_request_log
WHERE source_database = 'pipeline' AND request_id = %(request_id)s
ORDER BY audit_sequence
