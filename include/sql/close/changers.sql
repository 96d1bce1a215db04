-- Who changed journals of a month, as captured: events of the ledgers that name the month, and all of journal lines, which
-- carry no date.
SELECT DISTINCT COALESCE(s.app_user, s.session_user_name) AS person
FROM system_audit_log AS s
WHERE s.audit_timestamp >= %(since)s
    AND (
        s.table_name = 'journal_entry_lines'
        OR (
            s.table_name IN ('general_ledger', 'journal_entry_headers')
            AND CONCAT_WS(' ', s.before_values, s.after_values) LIKE CONCAT('%%', %(month)s, '-%%')
        )
    )
