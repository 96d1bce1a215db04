-- Which day was verified when, of late.
SELECT
    business_day,
    audit_timestamp
FROM sox_compliance_log
WHERE source_database = 'pipeline' AND control_id = %(control)s AND audit_timestamp >= %(since)s
