-- What the signed-in user may do in a source database beyond reading the listed tables and clearing delivered events.
-- listed: names of the tables in schema public that it should read.
WITH relation AS (
    SELECT c.oid, format('%%I.%%I', n.nspname, c.relname) AS name, n.nspname, c.relname
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
        AND n.nspname NOT LIKE 'pg\_toast%%' AND n.nspname NOT LIKE 'pg\_temp%%'
),
excess (found) AS (
    SELECT 'is a superuser' FROM pg_roles AS r WHERE r.rolname = current_user AND r.rolsuper
    UNION ALL
    SELECT 'has ' || a.attribute
    FROM pg_roles AS r
    CROSS JOIN LATERAL (
        VALUES ('CREATEROLE', r.rolcreaterole), ('CREATEDB', r.rolcreatedb), ('REPLICATION', r.rolreplication),
            ('BYPASSRLS', r.rolbypassrls)
    ) AS a (attribute, is_set)
    WHERE r.rolname = current_user AND a.is_set
    UNION ALL
    -- Roles that PostgreSQL itself brings, such as pg_read_all_data, which reads password verifiers.
    SELECT 'is a member of ' || r.rolname
    FROM pg_roles AS r
    WHERE r.oid < 16384 AND r.rolname LIKE 'pg\_%%' AND pg_has_role(r.oid, 'MEMBER')
    UNION ALL
    SELECT 'may SELECT from ' || name
    FROM relation
    WHERE nspname <> 'genims_audit' AND NOT (nspname = 'public' AND relname = ANY (%(listed)s))
        AND has_any_column_privilege(oid, 'SELECT')
    UNION ALL
    SELECT format('may %%s on %%s', p.privilege, name)
    FROM relation
    CROSS JOIN (VALUES ('INSERT'), ('UPDATE'), ('REFERENCES')) AS p (privilege)
    WHERE has_any_column_privilege(oid, p.privilege)
        AND NOT (p.privilege = 'UPDATE' AND name = 'genims_audit.event'
            AND NOT has_table_privilege(oid, 'UPDATE'))
    UNION ALL
    SELECT format('may %%s on %%s', p.privilege, name)
    FROM relation
    CROSS JOIN (VALUES ('DELETE'), ('TRUNCATE'), ('TRIGGER')) AS p (privilege)
    WHERE has_table_privilege(oid, p.privilege)
        AND NOT (p.privilege = 'DELETE' AND name = 'genims_audit.event')
    UNION ALL
    SELECT 'may create in schema ' || n.nspname
    FROM pg_namespace AS n
    WHERE n.nspname NOT LIKE 'pg\_temp%%' AND has_schema_privilege(n.oid, 'CREATE')
    UNION ALL
    SELECT 'may create schemas' WHERE has_database_privilege(current_database(), 'CREATE')
)
-- A superuser may do all of it.
SELECT found FROM excess WHERE found = 'is a superuser'
UNION ALL
SELECT found FROM excess WHERE NOT EXISTS (SELECT FROM excess WHERE found = 'is a superuser')
ORDER BY found
