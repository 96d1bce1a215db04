-- Counted since the server started, by statements that differ only in their values. A digest shows '?' for each value,
-- so no secret; the times are in picoseconds.
SELECT
    count_star AS times,
    ROUND(sum_timer_wait / count_star / 1e9, 1) AS average_ms,
    ROUND(quantile_95 / 1e9, 1) AS p95_ms,
    ROUND(max_timer_wait / 1e9, 1) AS max_ms,
    sum_rows_examined DIV count_star AS rows_examined,
    sum_no_index_used AS times_without_index,
    DATE_FORMAT(last_seen, '%Y-%m-%d %H:%i:%s') AS last_seen,
    digest_text AS statement
FROM performance_schema.events_statements_summary_by_digest
WHERE COALESCE(schema_name, '{{ settings.mysql_reporting_db }}')
        IN ('{{ settings.mysql_reporting_db }}', '{{ settings.mysql_audit_db }}')
    AND quantile_95 >= {{ settings.genims_slow_statement_ms }} * 1e9
    AND last_seen >= NOW() - INTERVAL 7 DAY
ORDER BY sum_timer_wait DESC
LIMIT 20;
