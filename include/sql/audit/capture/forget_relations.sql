-- Forget tables that are no longer listed, and, in a restored database, those of the database that was dumped.
DELETE FROM genims_audit.captured_relation AS r
WHERE NOT EXISTS (SELECT FROM genims_audit.captured_table AS t WHERE t.table_name = r.table_name)
    OR NOT EXISTS (SELECT FROM pg_trigger AS t WHERE t.tgrelid = r.relation AND t.tgname LIKE 'genims\_audit\_%')
