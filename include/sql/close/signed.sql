-- The last version of a day on the chained record.
SELECT subject, detail
FROM sox_compliance_log
WHERE source_database = %(source)s AND control_id = 'day_close' AND business_day = %(day)s
ORDER BY audit_sequence DESC
LIMIT 1
