-- How many tables of a source database the signed-in user may read.
SELECT count(*) AS readable
FROM pg_class AS c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND has_table_privilege(c.oid, 'SELECT')
