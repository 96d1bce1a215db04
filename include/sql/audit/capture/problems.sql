-- What is wrong with the change capture of one source database, a sentence each.
-- functions: the bodies of this release's functions, by name, as JSON.
-- tables: this release's list of captured tables, as a JSON array of table_name, operations and masked_columns.
WITH RECURSIVE released (name, body) AS (
    SELECT name, body FROM jsonb_each_text(%(functions)s) AS f (name, body)
),
listed AS (
    SELECT *
    FROM jsonb_to_recordset(%(tables)s) AS t (
        table_name text, operations text[], masked_columns text[], clear_columns text[], declared_columns text[]
    )
),
should_be_captured (relation) AS (
    SELECT c.oid
    FROM listed AS l
    JOIN pg_class AS c ON c.relname = l.table_name
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
    UNION
    SELECT i.inhrelid
    FROM pg_inherits AS i
    JOIN should_be_captured AS s ON s.relation = i.inhparent
),
states (relation, object, state) AS (
    SELECT relation, object, state FROM genims_audit.object_states()
),
place (relation, name) AS (
    SELECT c.oid, ' on ' || c.oid::regclass FROM pg_class AS c
    UNION ALL
    SELECT 0, ''
),
altered_function (name, problem) AS (
    SELECT r.name, format('function genims_audit.%%s is not that of this release', r.name)
    FROM released AS r
    WHERE NOT EXISTS (
        SELECT
        FROM pg_proc AS p
        WHERE p.pronamespace = 'genims_audit'::regnamespace AND p.proname = r.name AND p.prosrc = r.body
    )
),
altered_list (problem) AS (
    SELECT format('table %%s: the list in the database is not that of this release', coalesce(l.table_name, t.table_name))
    FROM listed AS l
    FULL JOIN genims_audit.captured_table AS t USING (table_name)
    WHERE (l.operations, l.masked_columns, l.clear_columns, l.declared_columns)
        IS DISTINCT FROM (t.operations, t.masked_columns, t.clear_columns, t.declared_columns)
),
uncaptured_table (problem) AS (
    SELECT format('table %%s is listed and not captured', s.relation::regclass)
    FROM should_be_captured AS s
    LEFT JOIN genims_audit.captured_relation AS c USING (relation)
    WHERE c.relation IS NULL
),
stale_table (problem) AS (
    SELECT format('table %%s: its columns have changed, its capture has not', c.relation::regclass)
    FROM genims_audit.captured_relation AS c
    JOIN genims_audit.table_version AS v USING (version_id)
    CROSS JOIN LATERAL (
        SELECT
            array_agg(a.attname::text ORDER BY a.attnum) AS column_names,
            array_agg(format_type(a.atttypid, a.atttypmod) ORDER BY a.attnum) AS column_types
        FROM pg_attribute AS a
        WHERE a.attrelid = c.relation AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated <> 'v'
    ) AS present
    WHERE (v.column_names, v.column_types) <> (present.column_names, present.column_types)
),
-- The columns of captured tables for which something is on record, under their present names.
known (table_name, column_name, mask_name, state) AS (
    SELECT DISTINCT k.table_name, a.attname::text, k.mask_name, k.state
    FROM genims_audit.known_column AS k
    JOIN pg_attribute AS a ON a.attrelid = k.relation AND a.attnum = k.attnum AND NOT a.attisdropped
),
idle_mask (problem) AS (
    SELECT format('table %%s: the mask %%s matches no column', l.table_name, mask) || coalesce(
        (SELECT format('; that column is named %%s now', string_agg(k.column_name, ', ' ORDER BY k.column_name))
         FROM known AS k
         WHERE k.table_name = l.table_name AND k.mask_name = mask AND k.state = 'masked'),
        ''
    )
    FROM listed AS l
    CROSS JOIN unnest(l.masked_columns) AS mask
    WHERE EXISTS (SELECT FROM genims_audit.captured_relation AS c WHERE c.table_name = l.table_name)
        AND NOT EXISTS (
            SELECT
            FROM genims_audit.captured_relation AS c
            JOIN pg_attribute AS a ON a.attrelid = c.relation AND a.attname = mask AND a.attnum > 0 AND NOT a.attisdropped
            WHERE c.table_name = l.table_name
        )
),
unsettled_column (problem) AS (
    SELECT format(
        'table %%s: column %%s is masked only because nobody has settled it: add it to mask or to clear',
        k.table_name, k.column_name
    )
    FROM known AS k
    WHERE k.state = 'unknown'
    UNION ALL
    SELECT format(
        'table %%s: column %%s is masked as %%s, which the list does not say of it: add it to mask, or to clear without '
        'masking %%s',
        k.table_name, k.column_name, k.mask_name, k.mask_name
    )
    FROM known AS k
    JOIN listed AS l USING (table_name)
    WHERE k.state = 'masked' AND k.column_name <> ALL (l.masked_columns) AND (
        k.mask_name <> ALL (l.masked_columns)
        OR EXISTS (SELECT FROM known AS o WHERE (o.table_name, o.column_name) = (k.table_name, k.mask_name))
    )
),
-- Waits for platform_setup, for it takes a lock that the schema change did not hold.
wrong_way (problem) AS (
    SELECT DISTINCT format('table %%s: its inheritance has changed, its capture has not', c.relation::regclass)
    FROM genims_audit.captured_relation AS c
    JOIN pg_trigger AS t ON t.tgrelid = c.relation
    WHERE t.tgname IN ('genims_audit_insert', 'genims_audit_update', 'genims_audit_delete')
        AND (t.tgtype & 1 = 1) <> genims_audit.is_by_row(c.relation)
),
altered_object (problem) AS (
    SELECT format(
        '%%s%%s %%s', object, place.name,
        CASE
            WHEN s.state IS NULL THEN 'was not put there by platform_setup'
            WHEN o.state IS NULL THEN 'is gone'
            WHEN object LIKE '%%trigger %%' AND o.state LIKE 'D%%' THEN 'is disabled'
            WHEN object LIKE '%%trigger %%' AND o.state NOT LIKE 'A%%' THEN 'can be switched off by session_replication_role'
            ELSE 'was altered'
        END
    )
    FROM genims_audit.seal AS s
    FULL JOIN states AS o USING (relation, object)
    JOIN place USING (relation)
    WHERE s.state IS DISTINCT FROM o.state
        AND NOT EXISTS (
            SELECT FROM altered_function AS f WHERE starts_with(object, format('function genims_audit.%%s(', f.name))
        )
),
switched_off (problem) AS (
    SELECT format('triggers are switched off by %%s, set for role %%s in database %%s', setting,
        coalesce(r.rolname, 'any'), coalesce(d.datname, 'any'))
    FROM pg_db_role_setting AS s
    CROSS JOIN LATERAL unnest(s.setconfig) AS setting
    LEFT JOIN pg_roles AS r ON r.oid = s.setrole
    LEFT JOIN pg_database AS d ON d.oid = s.setdatabase
    WHERE (setting LIKE 'session_replication_role=%%' AND setting <> 'session_replication_role=origin'
            OR setting LIKE 'event_triggers=%%' AND setting NOT IN ('event_triggers=on', 'event_triggers=true'))
        AND (s.setdatabase = 0 OR d.datname = current_database())
),
-- What these roles put there, a careless session runs as its own user. The owners of the tables may do more anyway.
creator (problem) AS (
    SELECT format('%%s may create in schema public', coalesce('role ' || r.rolname, 'everybody'))
    FROM pg_namespace AS n
    CROSS JOIN LATERAL aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) AS a
    LEFT JOIN pg_roles AS r ON r.oid = a.grantee
    WHERE n.nspname = 'public' AND a.privilege_type = 'CREATE' AND a.grantee <> n.nspowner
        AND r.rolsuper IS NOT TRUE
        AND a.grantee <> (SELECT o.nspowner FROM pg_namespace AS o WHERE o.nspname = 'genims_audit')
        AND NOT EXISTS (
            SELECT FROM pg_class AS c JOIN should_be_captured AS s ON s.relation = c.oid WHERE c.relowner = a.grantee
        )
)
SELECT problem FROM altered_function
UNION ALL SELECT problem FROM altered_list
UNION ALL SELECT problem FROM uncaptured_table
UNION ALL SELECT problem FROM stale_table
UNION ALL SELECT problem FROM idle_mask
UNION ALL SELECT problem FROM unsettled_column
UNION ALL SELECT problem FROM wrong_way
UNION ALL SELECT problem FROM altered_object
UNION ALL SELECT problem FROM switched_off
UNION ALL SELECT problem FROM creator
ORDER BY problem
