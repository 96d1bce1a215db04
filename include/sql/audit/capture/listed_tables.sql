-- The tables that are to be captured, each with its oid (NULL while the database has no such table) and whether this
-- user may put triggers on it.
SELECT
    t.table_name,
    c.oid,
    pg_has_role(c.relowner, 'USAGE') AS is_owned
FROM genims_audit.captured_table AS t
LEFT JOIN pg_class AS c
    ON c.relname = t.table_name AND c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
ORDER BY t.table_name
