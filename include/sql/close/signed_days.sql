-- The days since a day that the chained record has a version of.
SELECT DISTINCT business_day
FROM sox_compliance_log
WHERE source_database = %(source)s AND control_id = 'day_close' AND business_day >= %(first)s
ORDER BY business_day
