-- Present statistics, not those cached up to a day ago.
SET SESSION information_schema_stats_expiry = 0;
SELECT
    table_name AS table_name,
    data_free DIV 1048576 AS free_mb,
    (data_length + index_length) DIV 1048576 AS used_mb
FROM information_schema.tables
WHERE table_schema = '{{ settings.mysql_reporting_db }}'
    AND data_free >= {{ settings.genims_optimize_free_mb }} * 1048576
ORDER BY data_free DESC;
