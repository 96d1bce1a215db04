-- Our triggers on tables that are not listed, or no longer listed.
SELECT
    quote_ident(t.tgname) AS trigger_name,
    t.tgrelid::regclass::text AS relation
FROM pg_trigger AS t
JOIN pg_proc AS p ON p.oid = t.tgfoid
LEFT JOIN genims_audit.captured_relation AS r ON r.relation = t.tgrelid
LEFT JOIN genims_audit.captured_table AS c USING (table_name)
WHERE p.pronamespace = 'genims_audit'::regnamespace AND c.table_name IS NULL
