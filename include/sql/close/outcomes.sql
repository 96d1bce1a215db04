-- The outcomes of controls on a day, the last one of each control at the end.
SELECT control_id, outcome
FROM sox_compliance_log
WHERE source_database = %(source)s AND business_day = %(day)s AND control_id IN %(controls)s
ORDER BY audit_sequence
