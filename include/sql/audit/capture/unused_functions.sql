-- Functions of an earlier release, whose triggers have all been replaced, and of tables that no longer exist.
-- bodies: the bodies of this release's functions.
SELECT p.oid::regprocedure::text AS function_name
FROM pg_proc AS p
WHERE p.pronamespace = 'genims_audit'::regnamespace
    AND p.prosrc <> ALL (%(bodies)s)
    AND NOT EXISTS (SELECT FROM pg_trigger AS t WHERE t.tgfoid = p.oid)
