-- Our triggers on tables that are not listed, or no longer listed, table by table.
SELECT
    t.tgrelid AS relation,
    t.tgrelid::regclass::text AS name,
    array_agg(format('DROP TRIGGER %I ON %s', t.tgname, t.tgrelid::regclass) ORDER BY t.tgname) AS statements
FROM pg_trigger AS t
JOIN pg_proc AS p ON p.oid = t.tgfoid
LEFT JOIN genims_audit.captured_relation AS r ON r.relation = t.tgrelid
LEFT JOIN genims_audit.captured_table AS c USING (table_name)
WHERE p.pronamespace = 'genims_audit'::regnamespace
    AND p.proname LIKE 'capture\_%'
    AND t.tgparentid = 0
    AND c.table_name IS NULL
GROUP BY t.tgrelid
