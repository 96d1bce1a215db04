-- What PostgreSQL has counted for each table whose changes are all captured. Every ANALYZE sets committed back to 0;
-- inserted and deleted include what was rolled back.
SELECT
    r.table_name,
    r.relation::bigint,
    pg_stat_get_mod_since_analyze(r.relation) AS committed,
    pg_stat_get_tuples_inserted(r.relation) AS inserted,
    pg_stat_get_tuples_deleted(r.relation) AS deleted
FROM genims_audit.captured_relation AS r
JOIN genims_audit.captured_table AS t USING (table_name)
WHERE t.operations @> ARRAY['insert', 'update', 'delete']
