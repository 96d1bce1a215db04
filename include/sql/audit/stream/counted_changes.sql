-- What PostgreSQL has counted for each table whose changes are all captured: committed is 0 again after every ANALYZE,
-- inserted and deleted hold what was rolled back too.
SELECT
    r.table_name,
    r.relation::bigint,
    pg_stat_get_mod_since_analyze(r.relation) AS committed,
    pg_stat_get_tuples_inserted(r.relation) AS inserted,
    pg_stat_get_tuples_deleted(r.relation) AS deleted
FROM genims_audit.captured_relation AS r
JOIN genims_audit.captured_table AS t USING (table_name)
WHERE t.operations @> ARRAY['insert', 'update', 'delete']
