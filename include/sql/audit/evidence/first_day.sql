-- The day (UTC) on which the first block was closed.
SELECT DATE(MIN(audit_timestamp))
FROM audit_trail_completeness
