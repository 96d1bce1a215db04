-- Who may do what in one source database, and who owns what: privileges by object and grantee, as a JSON array.
WITH object (catalog, name, owner, privileges) AS (
    SELECT 'pg_database', d.datname::text, d.datdba, coalesce(d.datacl, acldefault('d', d.datdba))
    FROM pg_database AS d
    WHERE d.datname = current_database()
    UNION ALL
    SELECT 'pg_namespace', n.nspname::text, n.nspowner, coalesce(n.nspacl, acldefault('n', n.nspowner))
    FROM pg_namespace AS n
    WHERE n.nspname !~ '^pg_(temp|toast)'
    UNION ALL
    SELECT 'pg_class', format('%I.%I', n.nspname, c.relname), c.relowner, coalesce(c.relacl, acldefault('r', c.relowner))
    FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^(pg_|information_schema$)'
    UNION ALL
    SELECT 'pg_attribute', format('%I.%I.%I', n.nspname, c.relname, a.attname), c.relowner, a.attacl
    FROM pg_attribute AS a
    JOIN pg_class AS c ON c.oid = a.attrelid
    JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE a.attacl IS NOT NULL AND n.nspname !~ '^(pg_|information_schema$)'
)
SELECT
    o.catalog,
    o.name,
    CASE p.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(p.grantee)::text END,
    jsonb_agg(
        DISTINCT p.privilege_type || CASE WHEN p.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END
    )
FROM object AS o
CROSS JOIN LATERAL aclexplode(o.privileges) AS p
WHERE p.grantee <> o.owner
GROUP BY o.catalog, o.name, p.grantee
UNION ALL
SELECT o.catalog, o.name, pg_get_userbyid(o.owner)::text, '["OWNER"]'::jsonb
FROM object AS o
WHERE o.catalog <> 'pg_attribute'
