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

-- What the images of an event hold. A table gets a new version whenever its columns, key or masks change.
CREATE TABLE IF NOT EXISTS genims_audit.table_version (
    version_id      integer      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    table_name      text         NOT NULL,
    column_names    text[]       NOT NULL,
    column_types    text[]       NOT NULL,
    key_columns     text[]       NOT NULL,
    masked_columns  text[]       NOT NULL,
    since           timestamptz  NOT NULL DEFAULT clock_timestamp()
);

-- What has triggers: a listed table, its partitions, and the same under another name later on.
CREATE TABLE IF NOT EXISTS genims_audit.captured_relation (
    relation    regclass  NOT NULL PRIMARY KEY,
    version_id  integer   NOT NULL REFERENCES genims_audit.table_version
);

-- Who made the changes: one row for each transaction with events.
CREATE TABLE IF NOT EXISTS genims_audit.transaction (
    xid                xid8         NOT NULL PRIMARY KEY,
    started_at         timestamptz  NOT NULL,
    session_user_name  text         NOT NULL,
    app_user           text,
    application_name   text,
    client_address     text,
    request_id         text,
    reason             text
);

-- op: I insert, U update, D delete, one event a row; T truncate; B bulk, one more event for a statement of many rows;
-- S schema change; P permission change; X security event. before and after: the row as composite text, or JSON.
CREATE TABLE IF NOT EXISTS genims_audit.event (
    seq         bigint       GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xid         xid8         NOT NULL DEFAULT pg_current_xact_id(),
    at          timestamptz  NOT NULL DEFAULT clock_timestamp(),
    version_id  integer,
    table_name  text         NOT NULL,
    op          "char"       NOT NULL,
    row_count   integer      NOT NULL,
    before      text,
    after       text
);
CREATE INDEX IF NOT EXISTS event_xid ON genims_audit.event (xid);

-- Both are filled and emptied all day: vacuumed by rows, never by share of a size that has no meaning.
ALTER TABLE genims_audit.event SET (
    autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000,
    autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 100000
);
ALTER TABLE genims_audit.transaction SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);


-- The transaction's row, at its first event. Nothing is remembered in a setting, which the user could forge.
CREATE OR REPLACE FUNCTION genims_audit.note_transaction() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO genims_audit.transaction (
        xid, started_at, session_user_name, app_user, application_name, client_address, request_id, reason
    )
    VALUES (
        pg_current_xact_id(),
        transaction_timestamp(),
        session_user,
        nullif(current_setting('app.user_id', true), ''),
        nullif(current_setting('application_name'), ''),
        host(inet_client_addr()),
        nullif(current_setting('app.request_id', true), ''),
        nullif(current_setting('app.reason', true), '')
    )
    ON CONFLICT (xid) DO NOTHING;
END
$$;


-- The columns of a table that an image holds, in order. A virtual column is computed from the others when it is read.
CREATE OR REPLACE FUNCTION genims_audit.columns_of(
    relation regclass, OUT column_names text[], OUT column_types text[], OUT key_columns text[]
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


-- The body of the trigger function of one version of a table.
CREATE OR REPLACE FUNCTION genims_audit.trigger_body(version genims_audit.table_version) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH column_expressions AS (
        SELECT
            string_agg(format('r.%I', name), ', ' ORDER BY position) AS columns,
            string_agg(
                CASE WHEN masked THEN format('CASE WHEN o.%1$I IS NOT NULL THEN ''***'' END', name)
                     ELSE format('o.%I', name) END,
                ', ' ORDER BY position
            ) AS before,
            string_agg(
                CASE WHEN masked THEN format('CASE WHEN n.%1$I IS NOT NULL THEN ''***'' END', name)
                     ELSE format('n.%I', name) END,
                ', ' ORDER BY position
            ) AS after,
            string_agg(
                CASE WHEN masked THEN format(
                         'CASE WHEN n.%1$I::text = o.%1$I::text THEN ''***'' '
                         'WHEN n.%1$I IS NOT NULL THEN ''*** changed'' END', name)
                     ELSE format('n.%I', name) END,
                ', ' ORDER BY position
            ) AS after_update
        FROM unnest(version.column_names) WITH ORDINALITY AS c (name, position)
        CROSS JOIN LATERAL (SELECT name = ANY (version.masked_columns)) AS m (masked)
    )
    SELECT format(
        $body$
DECLARE
    changed bigint;
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO genims_audit.event (version_id, table_name, op, row_count, after)
        SELECT %1$s, %2$L, 'I', 1, ROW(%3$s)::text
        FROM new_rows AS n;
    ELSIF TG_OP = 'UPDATE' THEN
        -- Both hold the rows in the same order. A full join is never done as a nested loop, whatever size is expected.
        INSERT INTO genims_audit.event (version_id, table_name, op, row_count, before, after)
        SELECT %1$s, %2$L, 'U', 1, ROW(%4$s)::text, ROW(%5$s)::text
        FROM (SELECT row_number() OVER () AS "row number", %6$s FROM old_rows AS r) AS o
        FULL JOIN (SELECT row_number() OVER () AS "row number", %6$s FROM new_rows AS r) AS n USING ("row number");
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO genims_audit.event (version_id, table_name, op, row_count, before)
        SELECT %1$s, %2$L, 'D', 1, ROW(%4$s)::text
        FROM old_rows AS o;
    ELSE
        EXECUTE format('SELECT count(*) FROM ONLY %%s', TG_RELID::regclass) INTO changed;
        INSERT INTO genims_audit.event (version_id, table_name, op, row_count)
        VALUES (%1$s, %2$L, 'T', changed);
        PERFORM genims_audit.note_transaction();
        RETURN NULL;
    END IF;
    GET DIAGNOSTICS changed = ROW_COUNT;
    IF changed > 0 THEN
        PERFORM genims_audit.note_transaction();
    END IF;
    IF changed >= 1000 THEN
        INSERT INTO genims_audit.event (version_id, table_name, op, row_count, after)
        VALUES (%1$s, %2$L, 'B', changed, json_build_object('operation', TG_OP));
    END IF;
    RETURN NULL;
END
$body$,
        version.version_id, version.table_name, after, before, after_update, columns
    )
    FROM column_expressions
$$;


-- Capture a table as it is now, with all that inherits from it; what is captured like this already is left alone.
CREATE OR REPLACE FUNCTION genims_audit.capture_table(captured regclass, listed genims_audit.captured_table) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    present record;
    masked text[];
    version genims_audit.table_version;
    member regclass;
BEGIN
    SELECT * INTO present FROM genims_audit.columns_of(captured);
    masked := ARRAY (SELECT unnest(present.column_names) INTERSECT SELECT unnest(listed.masked_columns) ORDER BY 1);
    SELECT v.* INTO version
    FROM genims_audit.captured_relation AS c
    JOIN genims_audit.table_version AS v USING (version_id)
    WHERE c.relation = captured;
    IF (version.table_name, version.column_names, version.column_types, version.key_columns, version.masked_columns)
        IS DISTINCT FROM
        (listed.table_name, present.column_names, present.column_types, present.key_columns, masked)
    THEN
        INSERT INTO genims_audit.table_version (table_name, column_names, column_types, key_columns, masked_columns)
        VALUES (listed.table_name, present.column_names, present.column_types, present.key_columns, masked)
        RETURNING * INTO version;
    END IF;
    FOR member IN
        WITH RECURSIVE family (relation) AS (
            SELECT captured
            UNION
            SELECT i.inhrelid::regclass FROM pg_inherits AS i JOIN family AS f ON i.inhparent = f.relation
        )
        SELECT f.relation FROM family AS f JOIN pg_class AS c ON c.oid = f.relation WHERE c.relkind IN ('r', 'p')
    LOOP
        PERFORM genims_audit.put_triggers(member, version, listed.operations);
    END LOOP;
END
$$;


-- The function and the triggers of one table or partition. ALWAYS: session_replication_role does not go round them.
CREATE OR REPLACE FUNCTION genims_audit.put_triggers(
    member regclass, version genims_audit.table_version, operations text[]
) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    function_name text := format('genims_audit.capture_%s', member::oid);
    body text := genims_audit.trigger_body(version);
    operation text;
    trigger_name text;
BEGIN
    IF body IS DISTINCT FROM (SELECT p.prosrc FROM pg_proc AS p WHERE p.oid = to_regproc(function_name)) THEN
        EXECUTE format(
            'CREATE OR REPLACE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER '
            'SET search_path = pg_catalog, pg_temp SET datestyle = ''ISO, YMD'' AS %L',
            function_name, body
        );
    END IF;
    FOREACH operation IN ARRAY operations LOOP
        trigger_name := 'genims_audit_' || operation;
        CONTINUE WHEN EXISTS (
            SELECT
            FROM pg_trigger AS t
            WHERE t.tgrelid = member AND t.tgname = trigger_name AND t.tgenabled = 'A'
                AND t.tgfoid = to_regproc(function_name)
        );
        EXECUTE format(
            CASE operation
                WHEN 'insert' THEN 'CREATE OR REPLACE TRIGGER %s AFTER INSERT ON %s REFERENCING NEW TABLE AS new_rows'
                WHEN 'update' THEN 'CREATE OR REPLACE TRIGGER %s AFTER UPDATE ON %s '
                                   'REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows'
                WHEN 'delete' THEN 'CREATE OR REPLACE TRIGGER %s AFTER DELETE ON %s REFERENCING OLD TABLE AS old_rows'
                WHEN 'truncate' THEN 'CREATE OR REPLACE TRIGGER %s BEFORE TRUNCATE ON %s'
            END || ' FOR EACH STATEMENT EXECUTE FUNCTION %s()',
            trigger_name, member, function_name
        );
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %s', member, trigger_name);
    END LOOP;
    INSERT INTO genims_audit.captured_relation (relation, version_id)
    VALUES (member, version.version_id)
    ON CONFLICT (relation) DO UPDATE SET version_id = excluded.version_id;
END
$$;
