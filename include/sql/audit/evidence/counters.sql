-- Where each source database stands. An old backup may lack columns.
SELECT *
FROM audit_sequence_manager
