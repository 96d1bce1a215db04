-- The rights on record, oldest first: the last row of an object and grantee holds them as "new" in its detail, null for
-- none. Each catalog of the server is an object_type of its own, such as pg_roles, pg_class or user_privileges.
SELECT object_type, object_name, grantee, detail
FROM permission_changes
WHERE source_database = 'pipeline' AND object_type IN %(catalogs)s
ORDER BY audit_sequence
