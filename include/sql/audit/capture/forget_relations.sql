-- Forget tables that are no longer listed, and, in a restored database, those of the database that was dumped.
DELETE FROM genims_audit.captured_relation AS r
WHERE NOT EXISTS (SELECT FROM genims_audit.captured_table AS t WHERE t.table_name = r.table_name)
    OR NOT EXISTS (SELECT FROM pg_trigger AS t WHERE t.tgrelid = r.relation AND t.tgname LIKE 'genims\_audit\_%');

-- What is settled for their columns too; a masked column is remembered, for a copy of its table may take the place.
DELETE FROM genims_audit.known_column AS k
WHERE k.state <> 'masked' AND NOT EXISTS (SELECT FROM genims_audit.captured_relation AS r WHERE r.relation = k.relation)
