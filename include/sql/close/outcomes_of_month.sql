-- The last outcome of each control on each day of a month, with the hash of its row as evidence.
SELECT s.control_id, s.business_day, s.subject, s.outcome, s.exception_count, HEX(s.row_hash) AS row_hash
FROM sox_compliance_log AS s
JOIN (
    SELECT MAX(audit_sequence) AS audit_sequence
    FROM sox_compliance_log
    WHERE source_database = 'pipeline' AND business_day BETWEEN %(first)s AND %(last)s
        AND control_id NOT IN ('audit_trail_verified', 'period_close', 'period_pack')
    GROUP BY control_id, business_day, subject
) AS last USING (audit_sequence)
WHERE s.source_database = 'pipeline'
ORDER BY s.control_id, s.business_day, s.subject
