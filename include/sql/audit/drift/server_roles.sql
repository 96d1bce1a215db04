-- The roles of one PostgreSQL server with their attributes, and their members with the options, each as a JSON array.
SELECT
    'pg_roles' AS catalog,
    r.rolname::text AS object,
    r.rolname::text AS grantee,
    to_jsonb(array_remove(ARRAY[
        CASE WHEN r.rolsuper THEN 'SUPERUSER' END,
        CASE WHEN r.rolcreaterole THEN 'CREATEROLE' END,
        CASE WHEN r.rolcreatedb THEN 'CREATEDB' END,
        CASE WHEN r.rolreplication THEN 'REPLICATION' END,
        CASE WHEN r.rolbypassrls THEN 'BYPASSRLS' END,
        CASE WHEN r.rolcanlogin THEN 'LOGIN' END,
        'VALID UNTIL ' || to_char(r.rolvaliduntil AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')
    ], NULL)) AS rights
FROM pg_roles AS r
WHERE r.rolname !~ '^pg_'
UNION ALL
-- PostgreSQL's version decides which options a membership has; several grantors may have granted the same one.
SELECT
    'pg_auth_members',
    pg_get_userbyid(m.roleid)::text,
    pg_get_userbyid(m.member)::text,
    jsonb_agg(DISTINCT to_jsonb(m) - '{oid,roleid,member,grantor}'::text[])
FROM pg_auth_members AS m
WHERE pg_get_userbyid(m.member) !~ '^pg_'
GROUP BY m.roleid, m.member
