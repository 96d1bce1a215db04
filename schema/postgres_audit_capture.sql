-- Change capture in one source database: every change of a listed table becomes rows of genims_audit.event.
-- platform_setup runs this as POSTGRES_CAPTURE_USERNAME, any number of times; audit_sync reads and clears the events.
-- The tables and the masked columns are listed in schema/audit_capture.yaml.

CREATE SCHEMA IF NOT EXISTS genims_audit;

-- What is to be captured. A listed table that is created later is captured from its creation on.
CREATE TABLE IF NOT EXISTS genims_audit.captured_table (
    table_name      text    NOT NULL PRIMARY KEY,
    operations      text[]  NOT NULL,
    masked_columns  text[]  NOT NULL
);

-- What has triggers: listed tables and their partitions. A renamed table stays captured under its listed name.
CREATE TABLE IF NOT EXISTS genims_audit.captured_relation (
    relation    oid      NOT NULL PRIMARY KEY,
    table_name  text     NOT NULL,
    version_id  integer  NOT NULL
);

-- What the images of an event hold, in order. Every change of its columns, key or masks gives a table a new version.
CREATE TABLE IF NOT EXISTS genims_audit.table_version (
    version_id      integer      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    table_name      text         NOT NULL,
    column_names    text[]       NOT NULL,
    column_types    text[]       NOT NULL,
    key_columns     text[]       NOT NULL,
    masked_columns  text[]       NOT NULL,
    since           timestamptz  NOT NULL DEFAULT clock_timestamp()
);

-- This release cannot read an outbox of an earlier one.
DO $$
BEGIN
    IF to_regclass('genims_audit.event') IS NOT NULL AND NOT EXISTS (
        SELECT
        FROM pg_attribute AS a
        WHERE a.attrelid = to_regclass('genims_audit.event') AND a.attname = 'session_user_name'
    ) THEN
        IF EXISTS (SELECT FROM genims_audit.event) THEN
            RAISE 'genims_audit.event is that of an earlier release and holds events: deliver them with that release';
        END IF;
        DROP TABLE genims_audit.event;
    END IF;
END
$$;

-- The outbox. op says what a row holds:
--   I, U, D  inserted, updated, deleted rows of one statement, up to 100 events in one row of the outbox, which costs the
--            statement far less than a row for each. before and after are arrays of these rows as composite text, in the
--            same order. The events are numbered from seq on; the first ones, as many as delivered says, are delivered.
--   T        a TRUNCATE, with the number of rows lost
--   B        a statement that touched at least 1,000 rows: one event beside those of its rows
--   S, P, X  a schema change, a permission change, an attack on the capture
-- after of B, S, P and X is JSON.
-- No column has a CHECK: PostgreSQL parses it for every statement, and one took a quarter of the time that capture adds
-- to a row. The author is in columns here: a table of transactions would cost a statement far more.
CREATE TABLE IF NOT EXISTS genims_audit.event (
    seq                bigint       GENERATED ALWAYS AS IDENTITY (INCREMENT BY 100) PRIMARY KEY,
    xid                xid8         NOT NULL,
    at                 timestamptz  NOT NULL,
    version_id         integer,
    table_name         text         NOT NULL,
    op                 "char"       NOT NULL,
    row_count          integer      NOT NULL,
    delivered          integer      NOT NULL,
    before             text[],
    after              text[],
    session_user_name  text         NOT NULL,
    app_user           text,
    application_name   text,
    client_address     text,
    request_id         text,
    reason             text
)
-- Filled and emptied all day, so its size does not tell when to vacuum it.
WITH (
    autovacuum_vacuum_scale_factor = 0,
    autovacuum_vacuum_threshold = 20000,
    autovacuum_vacuum_insert_scale_factor = 0,
    autovacuum_vacuum_insert_threshold = 100000
);
CREATE INDEX IF NOT EXISTS event_xid ON genims_audit.event (xid);
-- Rows live for a moment: compressing them would cost the statement more than it saves.
ALTER TABLE genims_audit.event
    ALTER before SET STORAGE EXTERNAL,
    ALTER after SET STORAGE EXTERNAL;
-- Set apart from CREATE TABLE, so that every run of platform_setup puts altered defaults right.
ALTER TABLE genims_audit.event
    ALTER xid SET DEFAULT pg_current_xact_id(),
    ALTER at SET DEFAULT clock_timestamp(),
    ALTER delivered SET DEFAULT 0,
    ALTER session_user_name SET DEFAULT session_user,
    ALTER app_user SET DEFAULT nullif(current_setting('app.user_id', true), ''),
    ALTER application_name SET DEFAULT nullif(current_setting('application_name'), ''),
    ALTER client_address SET DEFAULT host(inet_client_addr()),
    ALTER request_id SET DEFAULT nullif(current_setting('app.request_id', true), ''),
    ALTER reason SET DEFAULT nullif(current_setting('app.reason', true), '');

-- The state of our functions, triggers and privileges when platform_setup put them there. A transaction that is putting
-- them there has a row 'at work', which no other transaction ever sees.
CREATE TABLE IF NOT EXISTS genims_audit.seal (
    relation  oid   NOT NULL,
    object    text  NOT NULL,
    state     text  NOT NULL,
    PRIMARY KEY (relation, object)
);


-- Write an event that belongs to no row.
CREATE OR REPLACE FUNCTION genims_audit.note(op text, name text, details json) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO genims_audit.event (table_name, op, row_count, after)
    VALUES (left(name, 200), op::"char", 0, ARRAY[details::text]);
    PERFORM genims_audit.note_replication_role();
END
$$;


-- Note, once in a transaction, that all triggers but ours are switched off. The events of the transaction tell whether
-- this was noted: a setting of the session could be forged.
CREATE OR REPLACE FUNCTION genims_audit.note_replication_role() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF current_setting('session_replication_role') <> 'origin' AND NOT EXISTS (
        SELECT
        FROM genims_audit.event
        WHERE xid = pg_current_xact_id() AND op = 'X' AND table_name = 'session_replication_role'
    ) THEN
        PERFORM genims_audit.note('X', 'session_replication_role', json_build_object(
            'event', 'triggers switched off for the session', 'setting', current_setting('session_replication_role')
        ));
    END IF;
END
$$;


-- The columns that an image of a table holds, in order. Virtual columns are left out: they are computed at each read.
CREATE OR REPLACE FUNCTION genims_audit.columns_of(
    relation oid, OUT column_names text[], OUT column_types text[], OUT key_columns text[]
)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT
        coalesce(array_agg(a.attname::text ORDER BY a.attnum), '{}'),
        coalesce(array_agg(format_type(a.atttypid, a.atttypmod) ORDER BY a.attnum), '{}'),
        coalesce(
            array_agg(a.attname::text ORDER BY array_position(i.indkey::int2[], a.attnum))
                FILTER (WHERE a.attnum = ANY (i.indkey::int2[])),
            '{}'
        )
    FROM pg_attribute AS a
    LEFT JOIN pg_index AS i ON i.indrelid = a.attrelid AND i.indisprimary
    WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated <> 'v'
$$;


-- The version that fits the present table; it is made if none fits.
CREATE OR REPLACE FUNCTION genims_audit.current_version(relation oid, name text, masks text[])
RETURNS genims_audit.table_version
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    present record;
    masked text[];
    version genims_audit.table_version;
BEGIN
    SELECT * INTO present FROM genims_audit.columns_of(relation);
    masked := ARRAY (SELECT c FROM unnest(present.column_names) AS c WHERE c = ANY (masks));
    SELECT v.* INTO version
    FROM genims_audit.table_version AS v
    WHERE v.table_name = name
        AND (v.column_names, v.column_types) = (present.column_names, present.column_types)
        AND (v.key_columns, v.masked_columns) = (present.key_columns, masked)
    ORDER BY v.version_id DESC
    LIMIT 1;
    IF NOT FOUND THEN
        INSERT INTO genims_audit.table_version (table_name, column_names, column_types, key_columns, masked_columns)
        VALUES (name, present.column_names, present.column_types, present.key_columns, masked)
        RETURNING * INTO version;
    END IF;
    RETURN version;
END
$$;


-- The query that returns the images of a statement's rows in arrays of a hundred.
CREATE OR REPLACE FUNCTION genims_audit.hundreds(rows text, image text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format(
        'SELECT number / 100 AS hundred, count(*)::integer AS row_count, array_agg(image ORDER BY number) AS images '
        'FROM (SELECT row_number() OVER () - 1 AS number, %s::text AS image FROM %s AS r) AS i GROUP BY hundred',
        image, rows
    )
$$;


-- The INSERT that makes events of a statement's rows; the trigger knows these as old_rows and new_rows.
-- is_whole: the version has every column and masks none, so the whole row is cast to text, which is faster.
-- is_single: there is one row, so no arrays need to be built.
CREATE OR REPLACE FUNCTION genims_audit.event_statement(
    version genims_audit.table_version, operation text, is_whole boolean, is_single boolean
) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH columns AS (
        SELECT
            position,
            name = ANY (version.masked_columns) AS is_masked,
            format('r.%I', name) AS name,
            format(CASE operation WHEN 'UPDATE' THEN 'o.%I' ELSE 'r.%I' END, name) AS old,
            format(CASE operation WHEN 'UPDATE' THEN 'n.%I' ELSE 'r.%I' END, name) AS new
        FROM unnest(version.column_names) WITH ORDINALITY AS c (name, position)
    ),
    lists AS (
        SELECT
            string_agg(name, ', ' ORDER BY position) AS names,
            string_agg(
                CASE WHEN is_masked THEN format('CASE WHEN %s IS NOT NULL THEN ''***'' END', old) ELSE old END,
                ', ' ORDER BY position
            ) AS before,
            string_agg(
                CASE WHEN is_masked AND operation = 'UPDATE' THEN format(
                         'CASE WHEN %1$s::text = %2$s::text THEN ''***'' WHEN %1$s IS NOT NULL THEN ''*** changed'' END',
                         new, old)
                     WHEN is_masked THEN format('CASE WHEN %s IS NOT NULL THEN ''***'' END', new)
                     ELSE new END,
                ', ' ORDER BY position
            ) AS after
        FROM columns
    )
    SELECT format(
        $statement$
        INSERT INTO genims_audit.event (version_id, table_name, op, row_count, before, after)
        SELECT %1$s, %2$L, %3$L, %4$s;$statement$,
        version.version_id,
        version.table_name,
        left(operation, 1),
        format(
            CASE
                WHEN is_single THEN
                    CASE operation
                        WHEN 'INSERT' THEN '1, NULL, ARRAY[%7$s::text] FROM new_rows AS r'
                        WHEN 'UPDATE' THEN '1, ARRAY[%6$s::text], ARRAY[%7$s::text] FROM old_rows AS o, new_rows AS n'
                        WHEN 'DELETE' THEN '1, ARRAY[%6$s::text], NULL FROM old_rows AS r'
                    END
                WHEN operation = 'INSERT' THEN 'n.row_count, NULL, n.images FROM (%2$s) AS n'
                WHEN operation = 'DELETE' THEN 'o.row_count, o.images, NULL FROM (%1$s) AS o'
                -- Both hold the rows in the same order. A full join is never made as a nested loop, which would be the
                -- plan of a session whose first statement changes one row, and never end for the next one's 100,000.
                WHEN is_whole THEN
                    'n.row_count, o.images, n.images FROM (%1$s) AS o FULL JOIN (%2$s) AS n USING (hundred)'
                ELSE
                    'count(*), array_agg(ROW(%3$s)::text ORDER BY n."genims_audit row"), '
                    'array_agg(ROW(%4$s)::text ORDER BY n."genims_audit row") '
                    'FROM (SELECT row_number() OVER () - 1 AS "genims_audit row", %5$s FROM old_rows AS r) AS o '
                    'FULL JOIN (SELECT row_number() OVER () - 1 AS "genims_audit row", %5$s FROM new_rows AS r) AS n '
                    'USING ("genims_audit row") GROUP BY n."genims_audit row" / 100'
            END,
            genims_audit.hundreds('old_rows', CASE WHEN is_whole THEN '(r.*)' ELSE format('ROW(%s)', before) END),
            genims_audit.hundreds('new_rows', CASE WHEN is_whole THEN '(r.*)' ELSE format('ROW(%s)', after) END),
            before,
            after,
            names,
            CASE WHEN NOT is_whole THEN format('ROW(%s)', before)
                 WHEN operation = 'UPDATE' THEN '(o.*)' ELSE '(r.*)' END,
            CASE WHEN NOT is_whole THEN format('ROW(%s)', after)
                 WHEN operation = 'UPDATE' THEN '(n.*)' ELSE '(r.*)' END
        )
    )
    FROM lists
$$;


-- The part of a trigger function that makes events of the rows of one operation.
CREATE OR REPLACE FUNCTION genims_audit.trigger_branch(
    version genims_audit.table_version, operation text, is_whole boolean
) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format(
        $branch$
        IF EXISTS (SELECT FROM %s OFFSET 1) THEN%s
        ELSE%s
        END IF;$branch$,
        CASE operation WHEN 'DELETE' THEN 'old_rows' ELSE 'new_rows' END,
        genims_audit.event_statement(version, operation, is_whole, is_single => false),
        genims_audit.event_statement(version, operation, is_whole, is_single => true)
    )
$$;


-- The body of the trigger function of a table or partition, for one version. Without event triggers the function looks
-- for changed columns itself, and captures the present ones, more slowly, until platform_setup runs.
CREATE OR REPLACE FUNCTION genims_audit.trigger_body(
    version genims_audit.table_version, masks text[], is_whole boolean
) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format(
        $body$
DECLARE
    changed bigint;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        EXECUTE format('SELECT count(*) FROM ONLY %%s', TG_RELID::regclass) INTO changed;
        INSERT INTO genims_audit.event (version_id, table_name, op, row_count, after)
        VALUES (%1$s, %2$L, 'T', least(changed, 2147483647), ARRAY[NULL]);
        PERFORM genims_audit.note_replication_role();
        RETURN NULL;
    END IF;
    %6$s TG_OP = 'INSERT' THEN%3$s
    ELSIF TG_OP = 'UPDATE' THEN%4$s
    ELSE%5$s
    END IF;
    GET DIAGNOSTICS changed = ROW_COUNT;
    -- Asked here, since a call would cost every statement.
    IF changed > 0 AND current_setting('session_replication_role') <> 'origin' THEN
        PERFORM genims_audit.note_replication_role();
    END IF;
    IF changed >= 10 THEN
        INSERT INTO genims_audit.event (version_id, table_name, op, row_count, after)
        SELECT %1$s, %2$L, 'B', least(sum(row_count), 2147483647), ARRAY[json_build_object('operation', TG_OP)::text]
        FROM (
            SELECT e.row_count
            FROM genims_audit.event AS e
            WHERE e.xid = pg_current_xact_id()
            ORDER BY e.seq DESC
            LIMIT changed
        ) AS hundreds
        HAVING sum(row_count) >= 1000;
    END IF;
    RETURN NULL;
END
$body$,
        version.version_id,
        version.table_name,
        genims_audit.trigger_branch(version, 'INSERT', is_whole),
        genims_audit.trigger_branch(version, 'UPDATE', is_whole),
        genims_audit.trigger_branch(version, 'DELETE', is_whole),
        CASE WHEN EXISTS (SELECT FROM pg_event_trigger WHERE evtname = 'genims_audit_ddl') THEN 'IF' ELSE format(
            $check$IF (
        SELECT array_agg(a.attname::text ORDER BY a.attnum)
        FROM pg_attribute AS a
        WHERE a.attrelid = TG_RELID AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated <> 'v'
    ) <> %L::text[] THEN
        EXECUTE genims_audit.event_statement(
            genims_audit.current_version(TG_RELID, %L, %L), TG_OP, is_whole => false, is_single => false
        );
    ELSIF$check$,
            version.column_names, version.table_name, masks
        ) END
    )
$$;


-- The SET clauses of a trigger function: every setting that changes how values are written as text gets one value. JIT
-- is off, because the planner expects far too many rows of the full join, and compiling takes longer than the statement.
CREATE OR REPLACE FUNCTION genims_audit.settings_for(column_types text[]) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT ' SET jit = off SET datestyle = ''ISO, YMD''' || CASE WHEN bool_and(
        type ~ '^(character|character varying|text|smallint|integer|bigint|numeric|boolean|uuid|jsonb?|date)\M'
        OR type ~ '^timestamp(\(\d\))? without time zone'
    ) THEN '' ELSE
        ' SET intervalstyle = ''postgres'' SET timezone = ''UTC'' SET bytea_output = ''hex'''
        ' SET extra_float_digits = 1 SET lc_monetary = ''C'''
    END
    FROM unnest(column_types) AS type
$$;


-- Put the function and the triggers on a table or partition, or restore them. They are ALWAYS triggers, which
-- session_replication_role does not switch off.
CREATE OR REPLACE FUNCTION genims_audit.put_triggers(member oid, listed genims_audit.captured_table) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    version genims_audit.table_version
        := genims_audit.current_version(member, listed.table_name, listed.masked_columns);
    function_name text := format('genims_audit.capture_%s', member);
    body text := genims_audit.trigger_body(
        version,
        listed.masked_columns,
        is_whole => version.masked_columns = '{}' AND NOT EXISTS (
            SELECT FROM pg_attribute AS a WHERE a.attrelid = member AND a.attgenerated = 'v' AND NOT a.attisdropped
        )
    );
    operation text;
    trigger_name text;
    altered text;
BEGIN
    -- A change of them that is not ours.
    FOR altered IN
        SELECT object
        FROM genims_audit.seal AS s
        LEFT JOIN genims_audit.object_states() AS o USING (relation, object)
        WHERE relation = member AND s.state IS DISTINCT FROM o.state
    LOOP
        PERFORM genims_audit.note('X', listed.table_name, json_build_object(
            'event', 'change capture was altered and is put back', 'object', altered
        ));
    END LOOP;
    INSERT INTO genims_audit.seal (relation, object, state) VALUES (member, 'at work', '');
    IF body IS DISTINCT FROM (SELECT p.prosrc FROM pg_proc AS p WHERE p.oid = to_regproc(function_name)) THEN
        EXECUTE format(
            'CREATE OR REPLACE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER '
            'SET search_path = pg_catalog, pg_temp%s AS %L',
            function_name, genims_audit.settings_for(version.column_types), body
        );
        EXECUTE format('REVOKE ALL ON FUNCTION %s() FROM public', function_name);
    END IF;
    FOREACH operation IN ARRAY ARRAY['insert', 'update', 'delete', 'truncate'] LOOP
        trigger_name := 'genims_audit_' || operation;
        CONTINUE WHEN EXISTS (
            SELECT
            FROM pg_trigger AS t
            WHERE t.tgrelid = member AND t.tgname = trigger_name AND t.tgenabled = 'A'
                AND t.tgfoid = to_regproc(function_name)
        ) = (operation = ANY (listed.operations));
        EXECUTE format('DROP TRIGGER IF EXISTS %s ON %s', trigger_name, member::regclass);
        CONTINUE WHEN operation <> ALL (listed.operations);
        EXECUTE format(
            CASE operation
                WHEN 'insert' THEN 'CREATE TRIGGER %s AFTER INSERT ON %s REFERENCING NEW TABLE AS new_rows'
                WHEN 'update' THEN 'CREATE TRIGGER %s AFTER UPDATE ON %s '
                                   'REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows'
                WHEN 'delete' THEN 'CREATE TRIGGER %s AFTER DELETE ON %s REFERENCING OLD TABLE AS old_rows'
                WHEN 'truncate' THEN 'CREATE TRIGGER %s BEFORE TRUNCATE ON %s'
            END || ' FOR EACH STATEMENT EXECUTE FUNCTION %s()',
            trigger_name, member::regclass, function_name
        );
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %s', member::regclass, trigger_name);
    END LOOP;
    INSERT INTO genims_audit.captured_relation (relation, table_name, version_id)
    VALUES (member, version.table_name, version.version_id)
    ON CONFLICT (relation) DO UPDATE SET table_name = excluded.table_name, version_id = excluded.version_id;
    DELETE FROM genims_audit.seal AS s WHERE s.relation = member;
    INSERT INTO genims_audit.seal (relation, object, state)
    SELECT o.relation, o.object, o.state FROM genims_audit.object_states() AS o WHERE o.relation = member;
END
$$;


-- Capture the present form of a listed table and of everything that inherits from it; leave alone what has it already.
CREATE OR REPLACE FUNCTION genims_audit.capture_table(captured oid, listed genims_audit.captured_table) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    member oid;
BEGIN
    FOR member IN
        WITH RECURSIVE family (relation) AS (
            SELECT captured
            UNION
            SELECT i.inhrelid FROM pg_inherits AS i JOIN family AS f ON i.inhparent = f.relation
        )
        SELECT c.oid FROM family AS f JOIN pg_class AS c ON c.oid = f.relation WHERE c.relkind IN ('r', 'p')
    LOOP
        PERFORM genims_audit.put_triggers(member, listed);
    END LOOP;
END
$$;


-- After a schema change, capture a table again if it is listed or is part of a listed table.
CREATE OR REPLACE FUNCTION genims_audit.capture_again(relation oid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    top record;
    listed genims_audit.captured_table;
BEGIN
    WITH RECURSIVE ancestors (relation, level) AS (
        SELECT capture_again.relation, 0
        UNION
        SELECT i.inhparent, a.level + 1 FROM pg_inherits AS i JOIN ancestors AS a ON i.inhrelid = a.relation
    )
    SELECT c.oid, coalesce(k.table_name, c.relname) AS table_name INTO top
    FROM ancestors AS a
    JOIN pg_class AS c ON c.oid = a.relation
    LEFT JOIN genims_audit.captured_relation AS k ON k.relation = a.relation
    WHERE k.relation IS NOT NULL OR c.relnamespace = 'public'::regnamespace
    ORDER BY a.level DESC
    LIMIT 1;
    SELECT t.* INTO listed FROM genims_audit.captured_table AS t WHERE t.table_name = top.table_name;
    IF FOUND THEN
        PERFORM genims_audit.capture_table(top.oid, listed);
    END IF;
EXCEPTION WHEN insufficient_privilege THEN
    PERFORM genims_audit.note('X', top.table_name, json_build_object(
        'event', 'change capture may not be put on this table', 'error', SQLERRM
    ));
END
$$;


-- The text of the running statement. It is NULL where the text may hold a password, and where the text is not the schema
-- change itself: a script, a function call or a block may hold values that are masked elsewhere.
CREATE OR REPLACE FUNCTION genims_audit.statement_text(command_tag text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT left(q.query, 10000)
    FROM (SELECT regexp_replace(current_query(), '^(\s|/\*.*?\*/|--[^\n]*\n)+', '')) AS q (query)
    WHERE upper(substring(q.query FROM '^\w+')) = split_part(command_tag, ' ', 1)
        AND command_tag !~ '(USER MAPPING|SUBSCRIPTION|SERVER)$'
        AND (command_tag ~ ' (FUNCTION|PROCEDURE|RULE)$' OR q.query !~ ';\s*\S')
$$;


-- Event trigger: note schema and permission changes, and capture the new form of changed tables.
CREATE OR REPLACE FUNCTION genims_audit.note_ddl() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    command record;
BEGIN
    IF EXISTS (SELECT FROM genims_audit.seal WHERE object = 'at work') THEN
        RETURN;
    END IF;
    FOR command IN
        SELECT * FROM pg_event_trigger_ddl_commands() WHERE schema_name IS DISTINCT FROM 'pg_temp' AND NOT in_extension
    LOOP
        PERFORM genims_audit.note(
            CASE WHEN command.command_tag IN ('GRANT', 'REVOKE', 'ALTER DEFAULT PRIVILEGES') THEN 'P' ELSE 'S' END,
            coalesce(command.object_identity, command.object_type),
            json_build_object(
                'command_tag', command.command_tag,
                'object_type', command.object_type,
                'object_identity', command.object_identity,
                'query', genims_audit.statement_text(command.command_tag)
            )
        );
        IF command.classid = 'pg_class'::regclass THEN
            PERFORM genims_audit.capture_again(command.objid);
        END IF;
    END LOOP;
END
$$;


-- Event trigger: note dropped objects.
CREATE OR REPLACE FUNCTION genims_audit.note_drop() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    dropped record;
BEGIN
    IF EXISTS (SELECT FROM genims_audit.seal WHERE object = 'at work') THEN
        RETURN;
    END IF;
    FOR dropped IN SELECT * FROM pg_event_trigger_dropped_objects() WHERE NOT is_temporary LOOP
        -- What an ALTER drops is noted as that.
        IF dropped.original AND TG_TAG LIKE 'DROP %' THEN
            PERFORM genims_audit.note('S', dropped.object_identity, json_build_object(
                'command_tag', TG_TAG,
                'object_type', dropped.object_type,
                'object_identity', dropped.object_identity,
                'query', genims_audit.statement_text(TG_TAG)
            ));
        END IF;
        IF dropped.object_type = 'table' THEN
            DELETE FROM genims_audit.captured_relation AS c WHERE c.relation = dropped.objid;
            DELETE FROM genims_audit.seal AS s WHERE s.relation = dropped.objid;
        END IF;
    END LOOP;
END
$$;


-- All objects of the capture but its tables, with their state. The xmin shows a trigger that was switched off and on.
CREATE OR REPLACE FUNCTION genims_audit.object_states() RETURNS TABLE (relation oid, object text, state text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT t.tgrelid, format('trigger %s', t.tgname), concat_ws(' ', t.tgenabled, t.tgfoid, t.tgtype, t.xmin)
    FROM pg_trigger AS t
    WHERE t.tgname LIKE 'genims\_audit\_%'
    UNION ALL
    SELECT
        coalesce(substring(p.proname FROM '^capture_(\d+)$')::oid, 0),
        format('function %s', p.oid::regprocedure),
        concat_ws(' ', md5(p.prosrc), p.prosecdef, p.proconfig, p.proowner, p.proacl)
    FROM pg_proc AS p
    WHERE p.pronamespace = 'genims_audit'::regnamespace
    UNION ALL
    SELECT 0, format('event trigger %s', e.evtname), concat_ws(' ', e.evtenabled, e.evtfoid, e.xmin)
    FROM pg_event_trigger AS e
    WHERE e.evtname LIKE 'genims\_audit\_%'
    UNION ALL
    SELECT 0, format('rights on %s', c.relname), concat_ws(' ', c.relowner, c.relacl, (
        SELECT array_agg(a.attname || ' ' || a.attacl::text ORDER BY a.attnum)
        FROM pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attacl IS NOT NULL
    ))
    FROM pg_class AS c
    WHERE c.relnamespace = 'genims_audit'::regnamespace AND c.relkind = 'r'
    UNION ALL
    SELECT
        0,
        'defaults of event',
        string_agg(format('%s %s', d.adnum, pg_get_expr(d.adbin, d.adrelid)), ' ' ORDER BY d.adnum)
    FROM pg_attrdef AS d
    WHERE d.adrelid = 'genims_audit.event'::regclass
    UNION ALL
    SELECT 0, 'rights on schema', concat_ws(' ', n.nspowner, n.nspacl)
    FROM pg_namespace AS n
    WHERE n.nspname = 'genims_audit'
$$;


REVOKE ALL ON ALL FUNCTIONS IN SCHEMA genims_audit FROM public;
