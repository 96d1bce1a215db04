-- The statements that put right what is altered of our own tables, sequences and rights: genims_audit compared with
-- genims_audit_expected, which the schema file has just made beside it. What one of them puts right may bring others.
-- reader: the role that streams. The rights of the schema's owner are left alone.
WITH expected AS (
    SELECT c.* FROM pg_class AS c WHERE c.relnamespace = 'genims_audit_expected'::regnamespace AND c.relkind IN ('r', 'S')
),
present AS (
    SELECT c.*, e.oid AS expected, c.oid::regclass::text AS name
    FROM pg_class AS c
    JOIN expected AS e ON e.relname = c.relname AND e.relkind = c.relkind
    WHERE c.relnamespace = 'genims_audit'::regnamespace
),
tables AS (
    SELECT * FROM present WHERE relkind = 'r'
),
columns AS (
    SELECT
        t.name AS table_name,
        e.attname AS column_name,
        p.attname IS NULL AS is_missing,
        false AS is_extra,
        format_type(e.atttypid, e.atttypmod) AS expected_type,
        format_type(p.atttypid, p.atttypmod) AS present_type,
        e.attcollation <> p.attcollation AS is_collated,
        e.attnotnull AS expected_not_null,
        p.attnotnull AS present_not_null,
        e.attstorage AS expected_storage,
        p.attstorage AS present_storage,
        p.attcompression AS present_compression,
        e.attidentity AS expected_identity,
        p.attidentity AS present_identity,
        p.attgenerated AS present_generated,
        pg_get_expr(ed.adbin, ed.adrelid) AS expected_default,
        pg_get_expr(pd.adbin, pd.adrelid) AS present_default
    FROM tables AS t
    JOIN pg_attribute AS e ON e.attrelid = t.expected AND e.attnum > 0 AND NOT e.attisdropped
    LEFT JOIN pg_attribute AS p
        ON p.attrelid = t.oid AND p.attname = e.attname AND p.attnum > 0 AND NOT p.attisdropped
    LEFT JOIN pg_attrdef AS ed ON ed.adrelid = e.attrelid AND ed.adnum = e.attnum
    LEFT JOIN pg_attrdef AS pd ON pd.adrelid = p.attrelid AND pd.adnum = p.attnum
    UNION ALL
    SELECT t.name, a.attname, false, true, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM tables AS t
    JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE NOT EXISTS (
        SELECT FROM pg_attribute AS e WHERE e.attrelid = t.expected AND e.attname = a.attname AND NOT e.attisdropped
    )
),
indexes AS (
    SELECT
        t.name AS table_name,
        c.relname AS index_name,
        replace(pg_get_indexdef(i.indexrelid), 'genims_audit_expected.', 'genims_audit.') AS definition
    FROM tables AS t
    JOIN pg_index AS i ON i.indrelid = t.expected
    JOIN pg_class AS c ON c.oid = i.indexrelid
    WHERE NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = i.indexrelid)
),
present_indexes AS (
    SELECT
        t.name AS table_name,
        c.relname AS index_name,
        CASE WHEN i.indisvalid AND i.indisready AND i.indislive THEN pg_get_indexdef(i.indexrelid) END AS definition
    FROM tables AS t
    JOIN pg_index AS i ON i.indrelid = t.oid
    JOIN pg_class AS c ON c.oid = i.indexrelid
    WHERE NOT EXISTS (SELECT FROM pg_constraint AS k WHERE k.conindid = i.indexrelid)
),
constraints AS (
    SELECT t.name AS table_name, k.conname, pg_get_constraintdef(k.oid) AS definition
    FROM tables AS t
    JOIN pg_constraint AS k ON k.conrelid = t.expected AND k.contype <> 'n'
),
present_constraints AS (
    SELECT DISTINCT k.conrelid::regclass::text AS table_name, k.conname, pg_get_constraintdef(k.oid) AS definition
    FROM tables AS t
    JOIN pg_constraint AS k ON t.oid IN (k.conrelid, k.confrelid) AND k.contype <> 'n'
),
-- Rights that nobody is to have, of the reader those that it is to have left out.
rights AS (
    SELECT
        CASE c.relkind WHEN 'S' THEN 'SEQUENCE ' ELSE 'TABLE ' END || c.oid::regclass AS object,
        c.relowner AS owner,
        r.grantee,
        r.privilege_type || CASE WHEN r.is_grantable THEN ' *' ELSE '' END AS privilege,
        CASE WHEN c.relkind = 'r' THEN ARRAY['SELECT'] || CASE WHEN c.relname = 'event' THEN ARRAY['DELETE'] END
            WHEN c.relname = 'event_seq_seq' THEN ARRAY['SELECT'] END AS admitted,
        '' AS of_column
    FROM pg_class AS c
    CROSS JOIN LATERAL aclexplode(c.relacl) AS r
    WHERE c.relnamespace = 'genims_audit'::regnamespace AND c.relkind IN ('r', 'S', 'v', 'm', 'p', 'f')
    UNION ALL
    SELECT
        'TABLE ' || c.oid::regclass, c.relowner, r.grantee,
        r.privilege_type || CASE WHEN r.is_grantable THEN ' *' ELSE '' END,
        CASE WHEN c.relname = 'event' AND a.attname = 'delivered' THEN ARRAY['UPDATE'] END,
        format(' (%%I)', a.attname)
    FROM pg_class AS c
    JOIN pg_attribute AS a ON a.attrelid = c.oid
    CROSS JOIN LATERAL aclexplode(a.attacl) AS r
    WHERE c.relnamespace = 'genims_audit'::regnamespace
    UNION ALL
    SELECT 'SCHEMA genims_audit', n.nspowner, r.grantee,
        r.privilege_type || CASE WHEN r.is_grantable THEN ' *' ELSE '' END, ARRAY['USAGE'], ''
    FROM pg_namespace AS n
    CROSS JOIN LATERAL aclexplode(n.nspacl) AS r
    WHERE n.nspname = 'genims_audit'
    UNION ALL
    SELECT 'FUNCTION ' || p.oid::regprocedure, p.proowner, r.grantee, r.privilege_type, NULL, ''
    FROM pg_proc AS p
    CROSS JOIN LATERAL aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS r
    WHERE p.pronamespace = 'genims_audit'::regnamespace
),
granted AS (
    SELECT g.object, g.privilege
    FROM (
        SELECT 'SCHEMA genims_audit', 'USAGE', n.nspacl FROM pg_namespace AS n WHERE n.nspname = 'genims_audit'
        UNION ALL
        SELECT 'TABLE ' || t.name, 'SELECT', t.relacl FROM tables AS t
        UNION ALL
        SELECT 'TABLE ' || t.name, 'DELETE', t.relacl FROM tables AS t WHERE t.relname = 'event'
        UNION ALL
        -- Its last number tells a source that was set back.
        SELECT 'SEQUENCE ' || c.oid::regclass, 'SELECT', c.relacl
        FROM pg_class AS c
        WHERE c.relnamespace = 'genims_audit'::regnamespace AND c.relname = 'event_seq_seq'
        UNION ALL
        SELECT 'TABLE ' || t.name, 'UPDATE (delivered)', a.attacl
        FROM tables AS t
        JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attname = 'delivered'
        WHERE t.relname = 'event'
    ) AS g (object, privilege, acl)
    WHERE NOT EXISTS (
        SELECT
        FROM aclexplode(g.acl) AS r
        WHERE r.grantee = %(reader)s::regrole AND r.privilege_type = split_part(g.privilege, ' ', 1)
    )
),
repairs (place, statement) AS (
    SELECT 1, format('ALTER TABLE %%s OWNER TO CURRENT_USER', name) FROM tables WHERE relowner <> CURRENT_USER::regrole
    UNION ALL
    SELECT 1, format('ALTER FUNCTION %%s OWNER TO CURRENT_USER', p.oid::regprocedure)
    FROM pg_proc AS p
    WHERE p.pronamespace = 'genims_audit'::regnamespace AND p.proowner <> CURRENT_USER::regrole
    UNION ALL
    SELECT 1, 'ALTER SCHEMA genims_audit OWNER TO CURRENT_USER'
    FROM pg_namespace AS n
    WHERE n.nspname = 'genims_audit' AND n.nspowner <> CURRENT_USER::regrole
    UNION ALL
    SELECT 2, format('ALTER TABLE %%s DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY', name)
    FROM tables
    WHERE relrowsecurity OR relforcerowsecurity
    UNION ALL
    SELECT 2, format('DROP POLICY %%I ON %%s', p.polname, t.name) FROM tables AS t JOIN pg_policy AS p ON p.polrelid = t.oid
    UNION ALL
    SELECT 2, format('DROP RULE %%I ON %%s', r.rulename, t.name) FROM tables AS t JOIN pg_rewrite AS r ON r.ev_class = t.oid
    UNION ALL
    SELECT 2, format('DROP TRIGGER %%I ON %%s', g.tgname, t.name)
    FROM tables AS t
    JOIN pg_trigger AS g ON g.tgrelid = t.oid AND NOT g.tgisinternal
    UNION ALL
    SELECT 3, format(
        CASE WHEN c.relispartition THEN 'ALTER TABLE %%2$s DETACH PARTITION %%1$s' ELSE 'ALTER TABLE %%1$s NO INHERIT %%2$s' END,
        i.inhrelid::regclass, i.inhparent::regclass
    )
    FROM pg_inherits AS i
    JOIN pg_class AS c ON c.oid = i.inhrelid
    WHERE EXISTS (SELECT FROM tables AS t WHERE t.oid IN (i.inhrelid, i.inhparent))
    UNION ALL
    SELECT 3, format('ALTER PUBLICATION %%I DROP TABLE %%s', p.pubname, t.name)
    FROM tables AS t
    JOIN pg_publication_rel AS r ON r.prrelid = t.oid
    JOIN pg_publication AS p ON p.oid = r.prpubid
    UNION ALL
    SELECT 3, format('ALTER PUBLICATION %%I DROP TABLES IN SCHEMA genims_audit', p.pubname)
    FROM pg_publication_namespace AS r
    JOIN pg_publication AS p ON p.oid = r.pnpubid
    WHERE r.pnnspid = 'genims_audit'::regnamespace
    UNION ALL
    SELECT 4, format('ALTER TABLE %%s DROP CONSTRAINT %%I', p.table_name, p.conname)
    FROM present_constraints AS p
    WHERE NOT EXISTS (
        SELECT FROM constraints AS e WHERE (e.table_name, e.conname, e.definition) = (p.table_name, p.conname, p.definition)
    )
    UNION ALL
    SELECT 4, format('DROP INDEX genims_audit.%%I', p.index_name)
    FROM present_indexes AS p
    WHERE NOT EXISTS (
        SELECT FROM indexes AS e WHERE (e.table_name, e.index_name, e.definition) = (p.table_name, p.index_name, p.definition)
    )
    UNION ALL
    SELECT 5, format('ALTER TABLE %%s SET LOGGED', name) FROM tables WHERE relpersistence = 'u'
    UNION ALL
    SELECT 5, format('ALTER TABLE %%s SET ACCESS METHOD %%I', t.name, m.amname)
    FROM tables AS t
    JOIN pg_class AS e ON e.oid = t.expected AND e.relam <> t.relam
    JOIN pg_am AS m ON m.oid = e.relam
    UNION ALL
    SELECT 5, format('ALTER TABLE %%s REPLICA IDENTITY DEFAULT', name) FROM tables WHERE relreplident <> 'd'
    UNION ALL
    SELECT 5, format('ALTER TABLE %%s RESET (%%s)', t.name, string_agg(split_part(o.option, '=', 1), ', '))
    FROM tables AS t
    JOIN pg_class AS e ON e.oid = t.expected
    CROSS JOIN LATERAL (
        SELECT option FROM unnest(t.reloptions) AS option
        UNION ALL
        SELECT 'toast.' || option FROM pg_class AS c CROSS JOIN unnest(c.reloptions) AS option WHERE c.oid = t.reltoastrelid
    ) AS o (option)
    WHERE o.option <> ALL (coalesce(e.reloptions, '{}'))
    GROUP BY t.name
    UNION ALL
    SELECT 6, format('ALTER TABLE %%s SET (%%s)', t.name, string_agg(option, ', '))
    FROM tables AS t
    JOIN pg_class AS e ON e.oid = t.expected
    CROSS JOIN unnest(e.reloptions) AS option
    WHERE option <> ALL (coalesce(t.reloptions, '{}'))
    GROUP BY t.name
    UNION ALL
    SELECT 6, format('ALTER TABLE %%s DROP COLUMN %%I', table_name, column_name) FROM columns WHERE is_extra
    UNION ALL
    SELECT 6, concat(
        format('ALTER TABLE %%s ADD COLUMN %%I %%s', table_name, column_name, expected_type),
        ' DEFAULT ' || expected_default,
        CASE WHEN expected_identity <> '' THEN ' GENERATED ALWAYS AS IDENTITY' END,
        CASE WHEN expected_not_null THEN ' NOT NULL' END
    )
    FROM columns
    WHERE is_missing
    UNION ALL
    SELECT 6, format('ALTER TABLE %%s ALTER %%I DROP EXPRESSION', table_name, column_name)
    FROM columns
    WHERE present_generated <> ''
    UNION ALL
    SELECT 7, format(
        'ALTER TABLE %%1$s ALTER %%2$I DROP DEFAULT, ALTER %%2$I TYPE %%3$s USING %%2$I::text::%%3$s',
        table_name, column_name, expected_type
    )
    FROM columns
    WHERE expected_type <> present_type OR is_collated
    UNION ALL
    SELECT 8, format(
        'ALTER TABLE %%s ALTER %%I %%s NOT NULL', table_name, column_name, CASE WHEN expected_not_null THEN 'SET' ELSE 'DROP' END
    )
    FROM columns
    WHERE expected_not_null <> present_not_null
    UNION ALL
    SELECT 8, format(
        'ALTER TABLE %%s ALTER %%I SET STORAGE %%s', table_name, column_name,
        CASE expected_storage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END
    )
    FROM columns
    WHERE expected_storage <> present_storage
    UNION ALL
    SELECT 8, format('ALTER TABLE %%s ALTER %%I SET COMPRESSION DEFAULT', table_name, column_name)
    FROM columns
    WHERE present_compression <> ''
    UNION ALL
    SELECT 9, format(
        'ALTER TABLE %%s %%s', table_name, string_agg(format(
            CASE WHEN expected_default IS NULL THEN 'ALTER %%I DROP DEFAULT' ELSE 'ALTER %%I SET DEFAULT %%s' END,
            column_name, expected_default
        ), ', ')
    )
    FROM columns
    WHERE NOT is_missing AND NOT is_extra AND expected_default IS DISTINCT FROM present_default
        AND (expected_identity = '' AND present_identity = '')
    GROUP BY table_name
    UNION ALL
    SELECT 9, format(
        CASE WHEN expected_identity = '' THEN 'ALTER TABLE %%1$s ALTER %%2$I DROP IDENTITY'
             WHEN present_identity = '' AND present_default IS NOT NULL THEN 'ALTER TABLE %%1$s ALTER %%2$I DROP DEFAULT, '
                 'ALTER %%2$I ADD GENERATED ALWAYS AS IDENTITY'
             WHEN present_identity = '' THEN 'ALTER TABLE %%1$s ALTER %%2$I ADD GENERATED ALWAYS AS IDENTITY'
             ELSE 'ALTER TABLE %%1$s ALTER %%2$I SET GENERATED ALWAYS' END,
        table_name, column_name
    )
    FROM columns
    WHERE expected_identity <> present_identity
    UNION ALL
    SELECT 10, format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', e.table_name, e.conname, e.definition)
    FROM constraints AS e
    WHERE NOT EXISTS (
        SELECT
        FROM present_constraints AS p
        WHERE (e.table_name, e.conname, e.definition) = (p.table_name, p.conname, p.definition)
    )
    UNION ALL
    SELECT 10, e.definition
    FROM indexes AS e
    WHERE NOT EXISTS (
        SELECT
        FROM present_indexes AS p
        WHERE (e.table_name, e.index_name, e.definition) = (p.table_name, p.index_name, p.definition)
    )
    UNION ALL
    SELECT 11, format(
        'ALTER SEQUENCE %%s AS %%s INCREMENT BY %%s MINVALUE %%s MAXVALUE %%s START WITH %%s CACHE %%s %%s CYCLE',
        p.name, format_type(e.seqtypid, NULL), e.seqincrement, e.seqmin, e.seqmax, e.seqstart, e.seqcache,
        CASE WHEN e.seqcycle THEN '' ELSE 'NO' END
    )
    FROM present AS p
    JOIN pg_sequence AS s ON s.seqrelid = p.oid
    JOIN pg_sequence AS e ON e.seqrelid = p.expected
    WHERE (s.seqtypid, s.seqincrement, s.seqmin, s.seqmax, s.seqstart, s.seqcache, s.seqcycle)
        <> (e.seqtypid, e.seqincrement, e.seqmin, e.seqmax, e.seqstart, e.seqcache, e.seqcycle)
    UNION ALL
    SELECT DISTINCT 13, format(
        'REVOKE ALL%%s ON %%s FROM %%s CASCADE', of_column, object,
        CASE grantee WHEN 0 THEN 'public' ELSE grantee::regrole::text END
    )
    FROM rights
    WHERE grantee <> owner AND NOT (grantee = %(reader)s::regrole AND privilege = ANY (coalesce(admitted, '{}')))
    UNION ALL
    SELECT 13, format(
        'ALTER DEFAULT PRIVILEGES FOR ROLE %%s IN SCHEMA genims_audit REVOKE ALL ON %%s FROM %%s', d.defaclrole::regrole,
        CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS' ELSE 'TYPES' END,
        CASE r.grantee WHEN 0 THEN 'public' ELSE r.grantee::regrole::text END
    )
    FROM pg_default_acl AS d
    CROSS JOIN LATERAL aclexplode(d.defaclacl) AS r
    WHERE d.defaclnamespace = 'genims_audit'::regnamespace
    UNION ALL
    -- First: while a second role takes the reader's place, the first one may be its member.
    SELECT 12, format('GRANT %%s ON %%s TO %%s', privilege, object, %(reader)s::regrole) FROM granted
)
SELECT statement FROM repairs WHERE statement IS NOT NULL ORDER BY place, statement
