-- What was last put on record of changes in the sources of a closed day.
SELECT detail
FROM sox_compliance_log
WHERE source_database = %(source)s AND control_id = 'closed_day_unchanged' AND business_day = %(day)s
    AND subject = %(table)s
ORDER BY audit_sequence DESC
LIMIT 1
