-- The last step of an act that takes two persons, for one subject, such as source_moved for erp.
SELECT decision_id, step, detail, entered_by, audit_timestamp
FROM two_person_log
WHERE source_database = 'pipeline' AND act = %(act)s AND subject = %(subject)s
ORDER BY audit_sequence DESC
LIMIT 1
