-- Change capture in one source database: every change of a listed table becomes rows of genims_audit.event.
-- platform_setup runs this as POSTGRES_CAPTURE_USERNAME, any number of times; audit_sync reads and clears the events.
-- The tables and the masked columns are listed in schema/audit_capture.yaml.

CREATE SCHEMA IF NOT EXISTS genims_audit;

-- What is to be captured. A listed table that is created later is captured from its creation on.
-- clear_columns may be shown although they were masked once; declared_columns may be shown if they never were.
CREATE TABLE IF NOT EXISTS genims_audit.captured_table (
    table_name        text    NOT NULL PRIMARY KEY,
    operations        text[]  NOT NULL,
    masked_columns    text[]  NOT NULL,
    clear_columns     text[]  NOT NULL DEFAULT '{}',
    declared_columns  text[]  NOT NULL DEFAULT '{}'
);

-- What is settled for each column of a table with masks, by attribute, so that a mask follows its column:
-- masked, clear, derived (computed from a masked one: masked), or unknown (masked until the list is settled).
-- A masked column keeps the name under which the list masked it. Masked columns of dropped tables are remembered, for a
-- copy may take the place.
CREATE TABLE IF NOT EXISTS genims_audit.known_column (
    relation     oid       NOT NULL,
    attnum       smallint  NOT NULL,
    table_name   text      NOT NULL,
    column_name  text      NOT NULL,
    mask_name    text,
    state        text      NOT NULL,
    PRIMARY KEY (relation, attnum)
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
--   T        a TRUNCATE, with the number of rows lost; after says so where it is estimated
--   B        a statement that touched at least 1,000 rows: one event beside those of its rows
--   S, P, X  a schema change, a permission change, an attack on the capture
-- after of T, B, S, P and X is JSON.
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
-- Set apart from CREATE TABLE, so that altered defaults are put right. What a session sets is bounded by the width of the audit tables' columns.
ALTER TABLE genims_audit.event
    ALTER xid SET DEFAULT pg_current_xact_id(),
    ALTER at SET DEFAULT clock_timestamp(),
    ALTER delivered SET DEFAULT 0,
    ALTER session_user_name SET DEFAULT session_user,
    ALTER app_user SET DEFAULT nullif(left(current_setting('app.user_id', true), 255), ''),
    ALTER application_name SET DEFAULT nullif(current_setting('application_name'), ''),
    ALTER client_address SET DEFAULT host(inet_client_addr()),
    ALTER request_id SET DEFAULT nullif(left(current_setting('app.request_id', true), 255), ''),
    ALTER reason SET DEFAULT nullif(left(current_setting('app.reason', true), 10000), '');

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
    VALUES (left(name, 128), op::"char", 0, ARRAY[details::text]);
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


-- A name for the numbers of rows in statements of ours, quoted, which no column of the table has.
CREATE OR REPLACE FUNCTION genims_audit.row_name(column_names text[]) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format('"genims_audit row %s"', min(n))
    FROM generate_series(0, cardinality(column_names)) AS n
    WHERE format('genims_audit row %s', n) <> ALL (column_names)
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


-- What the columns of a table look like, to see whether they have changed.
CREATE OR REPLACE FUNCTION genims_audit.form_of(relation oid) RETURNS text[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT array_agg(format('%s %s %s', a.attnum, a.attname, a.atttypid) ORDER BY a.attnum)
    FROM pg_attribute AS a
    WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated <> 'v'
$$;


-- Whether the columns of a table look as they did when its trigger function was made. IMMUTABLE, and of a regclass: so a
-- plan keeps the answer until PostgreSQL says that the table has changed, and a statement pays nothing for the question.
CREATE OR REPLACE FUNCTION genims_audit.has_form(relation regclass, form text[]) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT genims_audit.form_of(relation) IS NOT DISTINCT FROM form
$$;


-- A table and all that are above or below it by partitioning or inheritance.
CREATE OR REPLACE FUNCTION genims_audit.lineage_of(relation oid) RETURNS SETOF oid
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE above (member) AS (
        SELECT relation UNION SELECT i.inhparent FROM pg_inherits AS i JOIN above AS a ON i.inhrelid = a.member
    ),
    below (member) AS (
        SELECT relation UNION SELECT i.inhrelid FROM pg_inherits AS i JOIN below AS b ON i.inhparent = b.member
    )
    SELECT member FROM above UNION SELECT member FROM below
$$;


-- The names that are masked in a table, and under which name the list masks each: those that the list names, and
-- those that a masked column has now, here, above, below, or in a table that had the listed name before. A column stays
-- masked, however it is renamed, until the list masks its first name no more and names the new one as clear.
CREATE OR REPLACE FUNCTION genims_audit.masks_of(relation oid, listed genims_audit.captured_table)
RETURNS TABLE (column_name text, mask_name text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT name, name FROM unnest(listed.masked_columns) AS name
    UNION ALL
    SELECT m.column_name, min(m.mask_name)
    FROM (
        SELECT coalesce(a.attname, k.column_name) AS column_name, k.mask_name
        FROM genims_audit.known_column AS k
        LEFT JOIN pg_attribute AS a ON a.attrelid = k.relation AND a.attnum = k.attnum AND NOT a.attisdropped
        WHERE k.state = 'masked'
            AND (k.table_name = listed.table_name OR k.relation IN (SELECT genims_audit.lineage_of(masks_of.relation)))
    ) AS m
    WHERE m.column_name <> ALL (listed.masked_columns)
        AND NOT (m.column_name = ANY (listed.clear_columns) AND m.mask_name <> ALL (listed.masked_columns))
    GROUP BY m.column_name
$$;


-- What is settled for each column of a table: nothing where no column of it is or was masked.
CREATE OR REPLACE FUNCTION genims_audit.column_states(relation oid, listed genims_audit.captured_table)
RETURNS TABLE (attnum smallint, column_name text, mask_name text, state text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH masks AS MATERIALIZED (
        SELECT * FROM genims_audit.masks_of(column_states.relation, listed)
    ),
    computed (attnum) AS (
        SELECT d.adnum
        FROM pg_attrdef AS d
        JOIN pg_attribute AS a ON a.attrelid = d.adrelid AND a.attnum = d.adnum AND a.attgenerated <> ''
        JOIN pg_depend AS p ON p.classid = 'pg_attrdef'::regclass AND p.objid = d.oid
            AND p.refclassid = 'pg_class'::regclass AND p.refobjid = d.adrelid AND p.refobjsubid <> d.adnum
        JOIN pg_attribute AS origin ON origin.attrelid = d.adrelid AND origin.attnum = p.refobjsubid
        LEFT JOIN masks AS m ON m.column_name = origin.attname
        LEFT JOIN genims_audit.known_column AS k ON k.relation = d.adrelid AND k.attnum = origin.attnum
        WHERE d.adrelid = column_states.relation AND EXISTS (SELECT FROM masks)
            AND (m.column_name IS NOT NULL OR origin.attname <> ALL (listed.declared_columns || listed.clear_columns)
                AND k.state IS DISTINCT FROM 'clear')
    ),
    -- A column that was computed from a masked one and is filled by hand now still holds what was computed.
    columns AS (
        SELECT
            a.attnum,
            a.attname::text AS column_name,
            coalesce(m.mask_name, CASE WHEN k.state = 'derived' AND a.attgenerated = '' THEN a.attname::text END) AS mask,
            CASE
                WHEN m.column_name IS NOT NULL OR k.state = 'derived' AND a.attgenerated = '' THEN 'masked'
                WHEN c.attnum IS NOT NULL THEN 'derived'
                WHEN k.state = 'clear' OR a.attname = ANY (listed.declared_columns || listed.clear_columns)
                    OR EXISTS (
                        SELECT
                        FROM pg_inherits AS i
                        JOIN pg_attribute AS p ON p.attrelid = i.inhparent AND p.attname = a.attname
                        JOIN genims_audit.known_column AS above
                            ON above.relation = p.attrelid AND above.attnum = p.attnum AND above.state = 'clear'
                        WHERE i.inhrelid = a.attrelid
                    ) OR NOT EXISTS (SELECT FROM masks) THEN 'clear'
                ELSE 'unknown'
            END AS state,
            k.attnum IS NOT NULL AS is_known
        FROM pg_attribute AS a
        LEFT JOIN masks AS m ON m.column_name = a.attname
        LEFT JOIN genims_audit.known_column AS k ON k.relation = a.attrelid AND k.attnum = a.attnum
        LEFT JOIN (SELECT DISTINCT computed.attnum FROM computed) AS c ON c.attnum = a.attnum
        WHERE a.attrelid = column_states.relation AND a.attnum > 0 AND NOT a.attisdropped
    )
    SELECT c.attnum, c.column_name, c.mask, c.state
    FROM columns AS c
    WHERE c.is_known OR EXISTS (SELECT FROM masks)
$$;


-- Put on record what is settled for the columns of a table; what is on record already is left alone.
CREATE OR REPLACE FUNCTION genims_audit.settle_columns(relation oid, listed genims_audit.captured_table) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    INSERT INTO genims_audit.known_column (relation, attnum, table_name, column_name, mask_name, state)
    SELECT settle_columns.relation, s.attnum, listed.table_name, s.column_name, s.mask_name, s.state
    FROM genims_audit.column_states(settle_columns.relation, listed) AS s
    LEFT JOIN genims_audit.known_column AS k ON k.relation = settle_columns.relation AND k.attnum = s.attnum
    WHERE (k.table_name, k.column_name, k.mask_name, k.state)
        IS DISTINCT FROM (listed.table_name, s.column_name, s.mask_name, s.state)
    ON CONFLICT (relation, attnum) DO UPDATE
    SET table_name = excluded.table_name, column_name = excluded.column_name,
        mask_name = excluded.mask_name, state = excluded.state
$$;


-- The version that fits the present table; it is made if none fits.
CREATE OR REPLACE FUNCTION genims_audit.current_version(relation oid, listed genims_audit.captured_table)
RETURNS genims_audit.table_version
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    present record;
    masked text[];
    version genims_audit.table_version;
BEGIN
    SELECT * INTO present FROM genims_audit.columns_of(relation);
    masked := ARRAY (
        SELECT s.column_name
        FROM genims_audit.column_states(current_version.relation, listed) AS s
        WHERE s.state <> 'clear' AND s.column_name = ANY (present.column_names)
        ORDER BY s.attnum
    );
    SELECT v.* INTO version
    FROM genims_audit.table_version AS v
    WHERE v.table_name = listed.table_name
        AND (v.column_names, v.column_types) = (present.column_names, present.column_types)
        AND (v.key_columns, v.masked_columns) = (present.key_columns, masked)
    ORDER BY v.version_id DESC
    LIMIT 1;
    IF NOT FOUND THEN
        INSERT INTO genims_audit.table_version (table_name, column_names, column_types, key_columns, masked_columns)
        VALUES (listed.table_name, present.column_names, present.column_types, present.key_columns, masked)
        RETURNING * INTO version;
    END IF;
    RETURN version;
END
$$;


-- The columns whose values can be so long that a hundred rows of the others stay below 4 MB, and how to measure each:
-- text, bytea, or other, which has to be written to be measured.
CREATE OR REPLACE FUNCTION genims_audit.long_columns(relation oid) RETURNS TABLE (column_name text, kind text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE types (attnum, name, type, modifier, depth) AS (
        SELECT a.attnum, a.attname::text, a.atttypid, a.atttypmod, 0
        FROM pg_attribute AS a
        WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated <> 'v'
        UNION ALL
        SELECT d.attnum, d.name, t.typbasetype, CASE d.modifier WHEN -1 THEN t.typtypmod ELSE d.modifier END, d.depth + 1
        FROM types AS d
        JOIN pg_type AS t ON t.oid = d.type AND t.typtype = 'd'
    ),
    columns AS (
        SELECT DISTINCT ON (d.attnum)
            d.attnum,
            d.name,
            CASE
                WHEN d.type IN ('text'::regtype, 'varchar'::regtype) THEN 'text'
                WHEN d.type = 'bpchar'::regtype AND d.depth = 0 THEN 'bpchar'
                WHEN d.type = 'bytea'::regtype THEN 'bytea'
                ELSE 'other'
            END AS kind,
            CASE
                WHEN t.typlen > 0 THEN 130
                WHEN d.type IN ('inet'::regtype, 'cidr'::regtype) THEN 50
                WHEN d.modifier < 0 THEN NULL
                WHEN d.type IN ('varchar'::regtype, 'bpchar'::regtype) THEN 4::bigint * (d.modifier - 4)
                WHEN d.type IN ('bit'::regtype, 'varbit'::regtype) THEN d.modifier
                WHEN d.type = 'numeric'::regtype THEN ((d.modifier - 4) >> 16) + CASE (d.modifier - 4) & 1024
                    WHEN 0 THEN (d.modifier - 4) & 1023 ELSE 1024 END
            END AS most_bytes
        FROM types AS d
        JOIN pg_type AS t ON t.oid = d.type
        ORDER BY d.attnum, d.depth DESC
    )
    SELECT c.name, c.kind
    FROM (SELECT *, sum(most_bytes) OVER (ORDER BY most_bytes NULLS LAST, attnum) AS bytes FROM columns) AS c
    WHERE c.most_bytes IS NULL OR c.bytes > 40000
    ORDER BY c.attnum
$$;


-- How long a row is at most when written, apart from its short columns, and cheap to tell: nothing is decompressed or
-- fetched from where PostgreSQL keeps long values. A template for the row's name; NULL: there are short columns only.
-- What is neither text nor bytea becomes up to 8 times longer by being written, and was compressed to a 500th at most.
CREATE OR REPLACE FUNCTION genims_audit.length_of(relation oid) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT '0::bigint + ' || string_agg(replace(
        CASE kind
            WHEN 'text' THEN 'coalesce(octet_length(COLUMN::text), 0)'
            WHEN 'bpchar' THEN 'coalesce(octet_length(COLUMN), 0)'
            WHEN 'bytea' THEN '2::bigint * coalesce(octet_length(COLUMN::bytea), 0)'
            ELSE 'coalesce(CASE WHEN pg_column_compression(COLUMN) IS NULL THEN 8::bigint ELSE 500 END '
                 '* pg_column_size(COLUMN), 0)'
        END,
        'COLUMN',
        '%1$s.' || replace(quote_ident(column_name), '%', '%%')
    ), ' + ')
    FROM genims_audit.long_columns(relation)
$$;


-- How much of a value is kept in an image, in bytes, so that its row stays below 4 MB: all of it where that fits.
CREATE OR REPLACE FUNCTION genims_audit.most_of(lengths bigint[]) RETURNS bigint
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(max(most), 2000)
    FROM (VALUES (2000000000), (1000000), (16000)) AS m (most)
    WHERE (SELECT sum(CASE WHEN length > most THEN least(4200, most) ELSE length END) FROM unnest(lengths) AS length)
        <= 4000000
$$;


-- A value as an image has it: whole, or an excerpt that tells how long it is and, by its digest, whether it is another.
CREATE OR REPLACE FUNCTION genims_audit.excerpt(value text, most bigint) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN octet_length(value) <= most THEN value WHEN value IS NOT NULL THEN format(
        '*** excerpt of %s bytes, sha256 %s: %s',
        octet_length(value), encode(sha256(convert_to(value, 'UTF8')), 'hex'), left(value, least(1000, most / 16)::integer)
    ) END
$$;


CREATE OR REPLACE FUNCTION genims_audit.excerpt_of_bytes(value bytea, most bigint) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE WHEN octet_length(value) <= most / 2 THEN value::text WHEN value IS NOT NULL THEN format(
        E'*** excerpt of %s bytes, sha256 %s: \\x%s',
        octet_length(value), encode(sha256(value), 'hex'),
        encode(substring(value FROM 1 FOR least(500, most / 32)::integer), 'hex')
    ) END
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


-- The statement that makes events of rows, none of them long, old and new ones in the same order.
-- is_whole: the version has every column and masks none, so a row is written as it is, which is faster.
-- is_single: it makes an event of one row, where nothing is to be put together, and none of several or of a long one, as
-- length tells. So the usual statement costs one query.
-- by_row: it is that of a trigger FOR EACH ROW.
-- Values of any type are compared by concat(): the owner of a type may have made a cast to text, which would run as us.
-- They are compared byte by byte: to a collation of the column, two different values may be the same.
CREATE OR REPLACE FUNCTION genims_audit.event_statement(
    version genims_audit.table_version, operation text, length text, is_whole boolean, is_single boolean, by_row boolean
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
                CASE WHEN is_masked THEN format('CASE WHEN %s IS DISTINCT FROM NULL THEN ''***'' END', old) ELSE old END,
                ', ' ORDER BY position
            ) AS before,
            string_agg(
                CASE WHEN is_masked AND operation = 'UPDATE' THEN format(
                         'CASE WHEN %1$s IS DISTINCT FROM NULL THEN CASE WHEN concat(%1$s) = concat(%2$s) COLLATE "C" '
                         'AND %2$s IS DISTINCT FROM NULL THEN ''***'' ELSE ''*** changed'' END END',
                         new, old)
                     WHEN is_masked THEN format('CASE WHEN %s IS DISTINCT FROM NULL THEN ''***'' END', new)
                     ELSE new END,
                ', ' ORDER BY position
            ) AS after
        FROM columns
    )
    SELECT format(
        $statement$
        INSERT INTO genims_audit.event (version_id, table_name, op, row_count, before, after)
        SELECT %1$s, %2$L, %3$L, %4$s%5$s;$statement$,
        version.version_id,
        version.table_name,
        left(operation, 1),
        format(
            CASE
                WHEN is_single THEN
                    CASE operation
                        WHEN 'INSERT' THEN '1, NULL, ARRAY[%7$s::text] FROM %9$s AS r'
                        WHEN 'UPDATE' THEN '1, ARRAY[%6$s::text], ARRAY[%7$s::text] FROM %8$s AS o, %9$s AS n'
                        WHEN 'DELETE' THEN '1, ARRAY[%6$s::text], NULL FROM %8$s AS r'
                    END
                WHEN operation = 'INSERT' THEN 'n.row_count, NULL, n.images FROM (%2$s) AS n'
                WHEN operation = 'DELETE' THEN 'o.row_count, o.images, NULL FROM (%1$s) AS o'
                -- Both hold the rows in the same order. A full join is never made as a nested loop, which would be the
                -- plan of a session whose first statement changes one row, and never end for the next one's 100,000.
                WHEN is_whole THEN
                    'n.row_count, o.images, n.images FROM (%1$s) AS o FULL JOIN (%2$s) AS n USING (hundred)'
                ELSE replace(
                    'count(*), array_agg(ROW(%3$s)::text ORDER BY n."genims_audit row"), '
                    'array_agg(ROW(%4$s)::text ORDER BY n."genims_audit row") '
                    'FROM (SELECT row_number() OVER () - 1 AS "genims_audit row", %5$s FROM old_rows AS r) AS o '
                    'FULL JOIN (SELECT row_number() OVER () - 1 AS "genims_audit row", %5$s FROM new_rows AS r) AS n '
                    'USING ("genims_audit row") GROUP BY n."genims_audit row" / 100',
                    '"genims_audit row"', genims_audit.row_name(version.column_names)
                )
            END,
            genims_audit.hundreds('old_rows', CASE WHEN is_whole THEN '(r.*)' ELSE format('ROW(%s)', before) END),
            genims_audit.hundreds('new_rows', CASE WHEN is_whole THEN '(r.*)' ELSE format('ROW(%s)', after) END),
            before,
            after,
            names,
            CASE WHEN NOT is_whole THEN format('ROW(%s)', before)
                 WHEN operation = 'UPDATE' THEN '(o.*)' ELSE '(r.*)' END,
            CASE WHEN NOT is_whole THEN format('ROW(%s)', after)
                 WHEN operation = 'UPDATE' THEN '(n.*)' ELSE '(r.*)' END,
            CASE WHEN by_row THEN '(SELECT OLD.*)' ELSE 'old_rows' END,
            CASE WHEN by_row THEN '(SELECT NEW.*)' ELSE 'new_rows' END
        ),
        ' WHERE ' || nullif(concat_ws(
            ' AND ',
            CASE WHEN is_single AND NOT by_row THEN
                format('NOT EXISTS (SELECT FROM %s OFFSET 1)', CASE operation WHEN 'INSERT' THEN 'new_rows' ELSE 'old_rows' END)
            END,
            CASE WHEN is_single AND length IS NOT NULL THEN
                CASE operation
                    WHEN 'UPDATE' THEN format('greatest(%s, %s)', format(length, 'o'), format(length, 'n'))
                    ELSE format(length, 'r')
                END || ' <= 400000'
            END
        ), '')
    )
    FROM lists
$$;


-- The statement that makes events of any rows, however long, or whose old and new ones may not be in the same order:
-- events of about 1 MB, with excerpts where a row has more than 4 MB. It is slower, and made anew whenever needed.
-- by_key: an old and a new row are one if they have the same key; what is without the other is deleted or inserted.
-- is_cautious: what would have to be written to be measured is left out where it may be too long to be written.
CREATE OR REPLACE FUNCTION genims_audit.long_statement(
    relation oid, version_id integer, operation text, by_key boolean, is_cautious boolean, by_row boolean
) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH version AS (
        SELECT *, genims_audit.row_name(v.column_names) AS row_name
        FROM genims_audit.table_version AS v
        WHERE v.version_id = long_statement.version_id
    ),
    columns AS (
        SELECT
            c.position,
            v.row_name,
            c.name = ANY (v.masked_columns) AS is_masked,
            l.kind IS NOT NULL AND c.name <> ALL (v.masked_columns) AS is_long,
            coalesce(l.kind, '') = 'bytea' AND NOT is_cautious AS is_bytea,
            format('o.%I', c.name) AS old,
            format('n.%I', c.name) AS new,
            CASE
                WHEN l.kind IS NULL THEN '%1$s'
                WHEN l.kind = 'text' AND is_cautious THEN
                    'CASE WHEN octet_length(%1$s::text) <= 2000 THEN %1$s::text WHEN %1$s IS DISTINCT FROM NULL '
                    'THEN format(''*** left out: %%s bytes'', octet_length(%1$s::text)) END'
                WHEN is_cautious THEN
                    'CASE WHEN pg_column_compression(%1$s) IS NULL AND pg_column_size(%1$s) <= 1000 '
                    'THEN genims_audit.excerpt(format(''%%s'', %1$s), 2000) WHEN %1$s IS DISTINCT FROM NULL '
                    'THEN format(''*** left out: %%s bytes as stored'', pg_column_size(%1$s)) END'
                WHEN l.kind = 'text' THEN '%1$s::text'
                WHEN l.kind = 'bytea' THEN '%1$s::bytea'
                ELSE 'CASE WHEN %1$s IS DISTINCT FROM NULL THEN format(''%%s'', %1$s) END'
            END AS value,
            CASE
                WHEN l.kind IS NOT NULL AND is_cautious THEN 'false'
                WHEN l.kind = 'bytea' THEN '%1$s::bytea = %2$s::bytea'
                ELSE 'concat(%1$s) = concat(%2$s) COLLATE "C" '
                    'AND (%1$s IS DISTINCT FROM NULL) = (%2$s IS DISTINCT FROM NULL)'
            END AS is_same
        FROM version AS v
        CROSS JOIN unnest(v.column_names) WITH ORDINALITY AS c (name, position)
        LEFT JOIN genims_audit.long_columns(long_statement.relation) AS l ON l.column_name = c.name
    ),
    lists AS (
        SELECT
            string_agg(CASE WHEN is_masked THEN format('CASE WHEN %s IS DISTINCT FROM NULL THEN ''***'' END', old)
                            ELSE format(value, old) END || ' AS b' || position, ', ' ORDER BY position) AS old_values,
            string_agg(CASE WHEN is_masked AND operation = 'UPDATE' THEN format(
                                'CASE WHEN o.' || row_name || ' IS NULL OR ' || is_same || ' THEN CASE WHEN %2$s IS '
                                'DISTINCT FROM NULL THEN ''***'' END WHEN %2$s IS DISTINCT FROM NULL THEN ''*** changed'' '
                                'END', old, new)
                            WHEN is_masked THEN format('CASE WHEN %s IS DISTINCT FROM NULL THEN ''***'' END', new)
                            ELSE format(value, new) END || ' AS a' || position, ', ' ORDER BY position) AS new_values,
            string_agg(CASE WHEN is_bytea THEN '2::bigint * ' ELSE '' END || format('octet_length(b%s)', position), ', '
                ORDER BY position) FILTER (WHERE is_long) AS old_lengths,
            string_agg(CASE WHEN is_bytea THEN '2::bigint * ' ELSE '' END || format('octet_length(a%s)', position), ', '
                ORDER BY position) FILTER (WHERE is_long) AS new_lengths,
            string_agg(CASE WHEN is_long THEN format('genims_audit.excerpt%s(b%s, old_most)', CASE WHEN is_bytea THEN '_of_bytes' END, position)
                            ELSE 'b' || position END, ', ' ORDER BY position) AS before,
            string_agg(CASE WHEN is_long THEN format('genims_audit.excerpt%s(a%s, new_most)', CASE WHEN is_bytea THEN '_of_bytes' END, position)
                            ELSE 'a' || position END, ', ' ORDER BY position) AS after
        FROM columns
    )
    SELECT format(
        $statement$
        INSERT INTO genims_audit.event (version_id, table_name, op, row_count, before, after)
        SELECT %1$s, %2$L, op, count(*), CASE WHEN op <> 'I' THEN array_agg(before ORDER BY number) END,
            CASE WHEN op <> 'D' THEN array_agg(after ORDER BY number) END
        FROM (
            SELECT
                *,
                row_number() OVER ordered AS place,
                sum(coalesce(octet_length(before), 0) + coalesce(octet_length(after), 0)) OVER ordered AS bytes
            FROM (
                SELECT
                    number,
                    op,
                    CASE WHEN op <> 'I' THEN ROW(%3$s)::text END AS before,
                    CASE WHEN op <> 'D' THEN ROW(%4$s)::text END AS after
                FROM (
                    SELECT
                        *,
                        genims_audit.most_of(ARRAY[%5$s]::bigint[]) AS old_most,
                        genims_audit.most_of(ARRAY[%6$s]::bigint[]) AS new_most
                    FROM (SELECT %7$s OFFSET 0) AS row_values
                    OFFSET 0
                ) AS measured
            ) AS images
            WINDOW ordered AS (PARTITION BY op ORDER BY number)
        ) AS images
        GROUP BY op, (place - 1) / 100, floor(bytes / 1000000)
        ORDER BY min(number)$statement$,
        v.version_id,
        v.table_name,
        CASE WHEN operation <> 'INSERT' THEN before END,
        CASE WHEN operation <> 'DELETE' THEN after END,
        CASE WHEN operation <> 'INSERT' THEN old_lengths END,
        CASE WHEN operation <> 'DELETE' THEN new_lengths END,
        format(
            replace(CASE operation
                WHEN 'INSERT' THEN 'n."genims_audit row" AS number, ''I''::"char" AS op%4$s FROM %2$s'
                WHEN 'DELETE' THEN 'o."genims_audit row" AS number, ''D''::"char" AS op%3$s FROM %1$s'
                ELSE
                    'coalesce(o."genims_audit row", n."genims_audit row") AS number, '
                    '(CASE WHEN o."genims_audit row" IS NULL THEN ''I'' WHEN n."genims_audit row" IS NULL THEN ''D'' '
                    'ELSE ''U'' END)::"char" AS op%3$s%4$s FROM %1$s FULL JOIN %2$s ON %5$s'
            END, '"genims_audit row"', v.row_name),
            format('(SELECT row_number() OVER () AS %s, r.* FROM %s AS r) AS o',
                v.row_name, CASE WHEN by_row THEN '(SELECT ($1).*)' ELSE 'old_rows' END),
            format('(SELECT row_number() OVER () AS %s, r.* FROM %s AS r) AS n',
                v.row_name, CASE WHEN by_row THEN '(SELECT ($2).*)' ELSE 'new_rows' END),
            ', ' || old_values,
            ', ' || new_values,
            CASE WHEN NOT by_key THEN format('o.%1$s = n.%1$s', v.row_name)
                 WHEN v.key_columns = '{}' THEN format('-o.%1$s = n.%1$s', v.row_name)
                 ELSE (SELECT string_agg(format('concat(o.%1$I) = concat(n.%1$I)', k), ' AND ')
                       FROM unnest(v.key_columns) AS k)
            END
        )
    )
    FROM lists
    CROSS JOIN version AS v
$$;


-- The expression that tells which way the rows of a statement go that has several: 1 together, 2 they are long, 3 there
-- are not as many new ones as old ones, which happens where rows move between partitions. NULL: they always go together.
CREATE OR REPLACE FUNCTION genims_audit.way_of(length text, operation text, is_parted boolean) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format(
        CASE
            WHEN operation = 'UPDATE' AND is_parted THEN
                'CASE WHEN sum(side) <> 0 THEN 3 WHEN max(length) * least(count(*) / 2, 100) > 400000 THEN 2 ELSE 1 END '
                'FROM (SELECT %1$s, 1 FROM old_rows AS r UNION ALL SELECT %1$s, -1 FROM new_rows AS r) AS r (length, side)'
            WHEN length IS NULL THEN NULL
            WHEN operation = 'UPDATE' THEN
                'CASE WHEN max(length) * least(count(*) / 2, 100) > 400000 THEN 2 ELSE 1 END '
                'FROM (SELECT %1$s FROM old_rows AS r UNION ALL SELECT %1$s FROM new_rows AS r) AS r (length)'
            ELSE 'CASE WHEN max(%1$s) * least(count(*), 100) > 400000 THEN 2 ELSE 1 END FROM %2$s AS r'
        END,
        coalesce(format(length, 'r'), '0::bigint'),
        CASE operation WHEN 'DELETE' THEN 'old_rows' ELSE 'new_rows' END
    )
$$;


-- The part of a trigger function that makes events of an operation's rows. What may be left out of the statement for one
-- row is a long row, or an old one whose new one a partition has refused; there are never more new ones than old ones.
CREATE OR REPLACE FUNCTION genims_audit.trigger_branch(
    version genims_audit.table_version, operation text, length text, is_parted boolean, is_whole boolean, by_row boolean
) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT CASE
        WHEN by_row THEN format(
            $branch$%s
        GET DIAGNOSTICS changed = ROW_COUNT;
        IF changed = 0 THEN
            way := 2;
        END IF;$branch$,
            single
        )
        ELSE format(
            $branch$%1$s
        GET DIAGNOSTICS changed = ROW_COUNT;
        IF changed = 0 THEN
            IF EXISTS (SELECT FROM %2$s OFFSET 1) THEN%3$s%4$s
                GET DIAGNOSTICS changed = ROW_COUNT;%5$s%6$s
            END IF;
        END IF;$branch$,
            single,
            rows,
            E'\n                way := (SELECT ' || genims_audit.way_of(length, operation, is_parted) || E');\n'
                '                IF way = 1 THEN',
            genims_audit.event_statement(
                version, operation, length, is_whole => is_whole, is_single => false, by_row => false
            ),
            CASE WHEN genims_audit.way_of(length, operation, is_parted) IS NOT NULL THEN E'\n                END IF;' END,
            CASE WHEN length IS NOT NULL OR operation = 'UPDATE' AND is_parted THEN format(
                E'\n            ELSIF EXISTS (SELECT FROM %s) THEN\n                way := %s;',
                rows,
                CASE WHEN operation = 'UPDATE' AND is_parted
                    THEN 'CASE WHEN EXISTS (SELECT FROM new_rows) THEN 2 ELSE 3 END' ELSE '2' END
            ) END
        )
    END
    FROM (
        SELECT
            CASE operation WHEN 'INSERT' THEN 'new_rows' ELSE 'old_rows' END AS rows,
            genims_audit.event_statement(
                version, operation, length, is_whole => is_whole, is_single => true, by_row => by_row
            ) AS single
    ) AS b
$$;


-- The body of the trigger function of a table or partition, for one version. Where no event trigger has seen that the
-- columns have changed, the present ones are captured, more slowly, until platform_setup runs.
CREATE OR REPLACE FUNCTION genims_audit.trigger_body(
    relation oid, version genims_audit.table_version, listed genims_audit.captured_table, is_whole boolean, by_row boolean
) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT format(
        $body$
DECLARE
    changed bigint;
    pages bigint;
    is_estimated boolean;
    way integer := 0;
    version integer := %1$s;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        pages := pg_relation_size(TG_RELID) / current_setting('block_size')::integer;
        is_estimated := pages > 8000 OR row_security_active(TG_RELID);
        -- Others wait for the TRUNCATE, so of a large table a sample of about a thousand pages is counted. Where policies
        -- would hide rows from us, or fail, PostgreSQL's own count is taken.
        EXECUTE format(
            CASE WHEN row_security_active(TG_RELID) THEN 'SELECT pg_stat_get_live_tuples(%%4$s)'
                 WHEN pages <= 8000 THEN 'SELECT count(*) FROM ONLY %%1$s'
                 ELSE 'SELECT count(*) * (%%2$s / 1000.0) FROM ONLY %%1$s TABLESAMPLE SYSTEM (%%3$s)' END,
            TG_RELID::regclass, pages, 100000.0 / greatest(pages, 1), TG_RELID
        ) INTO changed;
        INSERT INTO genims_audit.event (version_id, table_name, op, row_count, after)
        SELECT %1$s, %2$L, 'T', least(changed, 2147483647),
            ARRAY[CASE WHEN is_estimated THEN '{"row_count": "estimated"}' END];
        PERFORM genims_audit.note_replication_role();
        RETURN NULL;
    END IF;%6$s
    IF way > 0 THEN
        NULL;
    ELSIF TG_OP = 'INSERT' THEN%3$s
    ELSIF TG_OP = 'UPDATE' THEN%4$s
    ELSE%5$s
    END IF;
    -- Whatever the rows are like, the statement goes on: those that cannot be written are named.
    IF way > 1 THEN
        BEGIN
            EXECUTE genims_audit.long_statement(TG_RELID, version, TG_OP, way = 3, false, %7$L)%8$s;
            GET DIAGNOSTICS changed = ROW_COUNT;
        EXCEPTION WHEN OTHERS THEN
            PERFORM genims_audit.note_left_out(%2$L, TG_OP, 'long values', SQLSTATE);
            BEGIN
                EXECUTE genims_audit.long_statement(TG_RELID, version, TG_OP, way = 3, true, %7$L)%8$s;
                GET DIAGNOSTICS changed = ROW_COUNT;
            EXCEPTION WHEN OTHERS THEN
                PERFORM genims_audit.note_left_out(%2$L, TG_OP, 'all rows', SQLSTATE);
                changed := 1;
            END;
        END;
    END IF;
    -- Asked here, since a call would cost every statement.
    IF changed > 0 AND current_setting('session_replication_role') <> 'origin' THEN
        PERFORM genims_audit.note_replication_role();
    END IF;
    IF changed >= 10 THEN
        INSERT INTO genims_audit.event (version_id, table_name, op, row_count, after)
        SELECT version, %2$L, 'B', least(sum(row_count), 2147483647), ARRAY[json_build_object('operation', TG_OP)::text]
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
        genims_audit.trigger_branch(version, 'INSERT', r.length, r.is_parted, is_whole, by_row),
        genims_audit.trigger_branch(version, 'UPDATE', r.length, r.is_parted, is_whole, by_row),
        genims_audit.trigger_branch(version, 'DELETE', r.length, r.is_parted, is_whole, by_row),
        format(
            $check$
    IF TG_RELID = %s AND NOT genims_audit.has_form('%s'::regclass, %L::text[]) THEN
        version := (genims_audit.current_version(TG_RELID, %L)).version_id;
        way := 2;%s
    END IF;$check$,
            relation,
            relation,
            genims_audit.form_of(relation),
            listed,
            CASE WHEN NOT by_row AND r.is_parted THEN '
        IF TG_OP = ''UPDATE'' THEN
            way := CASE WHEN (SELECT count(*) FROM old_rows) = (SELECT count(*) FROM new_rows) THEN 2 ELSE 3 END;
        END IF;' END
        ),
        by_row,
        CASE WHEN by_row THEN ' USING coalesce(OLD, NEW), coalesce(NEW, OLD)' END
    )
    FROM (
        SELECT genims_audit.length_of(c.oid) AS length, c.relkind = 'p' AS is_parted FROM pg_class AS c WHERE c.oid = relation
    ) AS r
$$;


-- That something of a statement could not be written, and why; not the error's text, which may hold a value.
CREATE OR REPLACE FUNCTION genims_audit.note_left_out(name text, operation text, what text, error text) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    SELECT genims_audit.note('X', name, json_build_object(
        'event', 'values of a statement could not be captured', 'operation', operation, 'left_out', what, 'sqlstate', error
    ))
$$;


-- The settings of the session that change how values are written, put right for the trigger function. And no JIT: the
-- planner expects far too many rows of the full join, and compiling takes longer than the statement.
CREATE OR REPLACE FUNCTION genims_audit.settings_for(column_types text[], has_event_triggers boolean) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT ' SET jit = off SET datestyle = ''ISO, YMD''' || CASE WHEN has_event_triggers AND bool_and(
        type ~ '^(character|character varying|text|smallint|integer|bigint|numeric|boolean|uuid|jsonb?|date)\M'
        OR type ~ '^timestamp(\(\d\))? without time zone'
    ) THEN '' ELSE
        ' SET intervalstyle = ''postgres'' SET timezone = ''UTC'' SET bytea_output = ''hex'''
        ' SET extra_float_digits = 1 SET lc_monetary = ''C'''
    END
    FROM unnest(column_types) AS type
$$;


-- Whether a table's changes are captured FOR EACH ROW, and so are those of all that is above and below it: where a
-- table that inherits has columns of its own, which a statement on its parent would leave out, where the parent is not
-- captured itself, so that a statement on it would be missed, or where a part is a foreign table, of whose rows
-- PostgreSQL makes no transition tables: it would refuse the statement.
CREATE OR REPLACE FUNCTION genims_audit.is_by_row(relation oid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE family (member) AS (
        SELECT relation
        UNION
        SELECT CASE i.inhrelid WHEN f.member THEN i.inhparent ELSE i.inhrelid END
        FROM family AS f
        JOIN pg_inherits AS i ON f.member IN (i.inhrelid, i.inhparent)
    ),
    captured (member) AS (
        SELECT f.member
        FROM family AS f
        JOIN pg_class AS c ON c.oid = f.member
        WHERE EXISTS (SELECT FROM genims_audit.captured_relation AS k WHERE k.relation = f.member)
            OR c.relnamespace = 'public'::regnamespace
                AND c.relname IN (SELECT t.table_name FROM genims_audit.captured_table AS t)
        UNION
        SELECT i.inhrelid FROM captured AS c JOIN pg_inherits AS i ON i.inhparent = c.member
    )
    SELECT EXISTS (
        SELECT FROM pg_inherits AS i JOIN captured AS c ON c.member = i.inhrelid
        WHERE i.inhparent NOT IN (SELECT member FROM captured)
    ) OR EXISTS (
        SELECT FROM captured AS m JOIN pg_class AS c ON c.oid = m.member WHERE c.relkind = 'f'
    ) OR EXISTS (
        SELECT
        FROM pg_inherits AS i
        JOIN family AS f ON f.member = i.inhparent
        JOIN pg_class AS c ON c.oid = i.inhrelid AND NOT c.relispartition
        WHERE i.inhseqno > 1 OR EXISTS (
            SELECT FROM pg_attribute AS a
            WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attinhcount = 0
        )
    )
$$;


-- Whether this transaction may put triggers on a table without taking another lock.
CREATE OR REPLACE FUNCTION genims_audit.is_locked(relation oid) RETURNS boolean
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM pg_locks AS l
        WHERE l.relation = is_locked.relation AND l.pid = pg_backend_pid() AND l.granted
            AND l.mode IN ('ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
            AND l.database = (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database())
    )
$$;


-- Whether a table has a trigger for an operation. Captured row by row, a partitioned table leaves all but TRUNCATE to its
-- partitions; a foreign table leaves TRUNCATE to the table that it is a part of.
CREATE OR REPLACE FUNCTION genims_audit.has_trigger(kind "char", operation text, operations text[], by_row boolean)
RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT operation = ANY (operations) AND CASE operation
        WHEN 'truncate' THEN kind <> 'f'
        ELSE NOT (by_row AND kind = 'p')
    END
$$;


-- The operations whose trigger on a table is not as it should be.
CREATE OR REPLACE FUNCTION genims_audit.wrong_triggers(
    member oid, function_name text, operations text[], by_row boolean
) RETURNS text[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(array_agg(o.operation), '{}')
    FROM pg_class AS c
    CROSS JOIN (VALUES ('insert', 4), ('update', 16), ('delete', 8), ('truncate', 34)) AS o (operation, type)
    LEFT JOIN pg_trigger AS t ON t.tgrelid = c.oid AND t.tgname = 'genims_audit_' || o.operation
    WHERE c.oid = member AND CASE
        WHEN genims_audit.has_trigger(c.relkind, o.operation, operations, by_row) THEN
            t.oid IS NULL OR t.tgenabled <> 'A' OR t.tgqual IS NOT NULL OR t.tgattr <> '' OR t.tgnargs > 0
            OR t.tgfoid IS DISTINCT FROM to_regproc(function_name)
            OR t.tgtype <> o.type + CASE WHEN by_row AND o.operation <> 'truncate' THEN 1 ELSE 0 END
            OR t.tgoldtable IS DISTINCT FROM
                CASE WHEN NOT by_row AND o.operation IN ('update', 'delete') THEN 'old_rows' END
            OR t.tgnewtable IS DISTINCT FROM
                CASE WHEN NOT by_row AND o.operation IN ('insert', 'update') THEN 'new_rows' END
        ELSE t.oid IS NOT NULL
    END
$$;


-- Put the function and the triggers on a table or partition, or back on it. ALWAYS: session_replication_role does not
-- switch them off. Nothing is done where nothing differs. is_setup: platform_setup asks for it, and so it may lock the
-- table; a schema change of an application locks no more than it has locked itself.
CREATE OR REPLACE FUNCTION genims_audit.put_triggers(
    member oid, listed genims_audit.captured_table, by_row boolean, is_setup boolean
) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    version genims_audit.table_version;
    function_name text := format('genims_audit.capture_%s', member);
    body text;
    is_written boolean;
    kind "char" := (SELECT c.relkind FROM pg_class AS c WHERE c.oid = member);
    wrong text[];
    altered text[];
    operation text;
BEGIN
    FOR attempt IN 1..2 LOOP
        PERFORM genims_audit.settle_columns(member, listed);
        version := genims_audit.current_version(member, listed);
        body := genims_audit.trigger_body(
            member,
            version,
            listed,
            is_whole => version.masked_columns = '{}' AND NOT EXISTS (
                SELECT FROM pg_attribute AS a WHERE a.attrelid = member AND a.attgenerated = 'v' AND NOT a.attisdropped
            ),
            by_row => by_row
        );
        is_written := body IS NOT DISTINCT FROM (SELECT p.prosrc FROM pg_proc AS p WHERE p.oid = to_regproc(function_name));
        wrong := genims_audit.wrong_triggers(member, function_name, listed.operations, by_row);
        EXIT WHEN attempt = 2 OR NOT is_setup OR is_written AND wrong = '{}';
        -- So that no schema change comes in between; PostgreSQL locks no foreign table by itself.
        CONTINUE WHEN kind = 'f';
        EXECUTE format('LOCK TABLE ONLY %s IN %s MODE', member::regclass,
            CASE wrong WHEN '{}' THEN 'SHARE UPDATE EXCLUSIVE' ELSE 'SHARE ROW EXCLUSIVE' END);
    END LOOP;
    IF wrong <> '{}' AND NOT is_setup AND NOT genims_audit.is_locked(member) THEN
        wrong := '{}';
    END IF;
    -- A change of them that is not ours.
    altered := ARRAY (
        SELECT object
        FROM genims_audit.seal AS s
        LEFT JOIN genims_audit.object_states() AS o USING (relation, object)
        WHERE relation = member AND s.state IS DISTINCT FROM o.state
    );
    PERFORM genims_audit.note('X', listed.table_name, json_build_object(
        'event', 'change capture was altered and is put back', 'object', object
    ))
    FROM unnest(altered) AS object;
    INSERT INTO genims_audit.captured_relation (relation, table_name, version_id)
    SELECT member, version.table_name, version.version_id
    WHERE NOT EXISTS (
        SELECT
        FROM genims_audit.captured_relation AS c
        WHERE (c.relation, c.table_name, c.version_id) = (member, version.table_name, version.version_id)
    )
    ON CONFLICT (relation) DO UPDATE SET table_name = excluded.table_name, version_id = excluded.version_id;
    IF is_written AND wrong = '{}' AND altered = '{}' AND EXISTS (SELECT FROM genims_audit.seal WHERE relation = member) THEN
        RETURN;
    END IF;
    INSERT INTO genims_audit.seal (relation, object, state) VALUES (member, 'at work', '');
    EXECUTE format(
        'CREATE OR REPLACE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER '
        'SET search_path = pg_catalog, pg_temp%s AS %L',
        function_name,
        genims_audit.settings_for(
            version.column_types, EXISTS (SELECT FROM pg_event_trigger WHERE evtname = 'genims_audit_ddl')
        ),
        body
    );
    EXECUTE format('REVOKE ALL ON FUNCTION %s() FROM public', function_name);
    FOREACH operation IN ARRAY wrong LOOP
        IF NOT genims_audit.has_trigger(kind, operation, listed.operations, by_row) THEN
            EXECUTE format('DROP TRIGGER IF EXISTS genims_audit_%s ON %s', operation, member::regclass);
            CONTINUE;
        END IF;
        -- Replaced, for to drop it would wait for readers too.
        EXECUTE format(
            'CREATE OR REPLACE TRIGGER genims_audit_%s %s ON %s %s FOR EACH %s EXECUTE FUNCTION %s()',
            operation,
            CASE operation WHEN 'truncate' THEN 'BEFORE' ELSE 'AFTER' END || ' ' || operation,
            member::regclass,
            CASE WHEN by_row OR operation = 'truncate' THEN '' ELSE 'REFERENCING'
                || CASE WHEN operation <> 'insert' THEN ' OLD TABLE AS old_rows' ELSE '' END
                || CASE WHEN operation <> 'delete' THEN ' NEW TABLE AS new_rows' ELSE '' END END,
            CASE WHEN by_row AND operation <> 'truncate' THEN 'ROW' ELSE 'STATEMENT' END,
            function_name
        );
        EXECUTE format('ALTER TABLE ONLY %s ENABLE ALWAYS TRIGGER genims_audit_%s', member::regclass, operation);
    END LOOP;
    DELETE FROM genims_audit.seal AS s WHERE s.relation = member;
    INSERT INTO genims_audit.seal (relation, object, state)
    SELECT o.relation, o.object, o.state FROM genims_audit.object_states() AS o WHERE o.relation = member;
END
$$;


-- A listed table and all that inherits from it, parents first.
CREATE OR REPLACE FUNCTION genims_audit.members_of(captured oid) RETURNS SETOF oid
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH RECURSIVE family (relation, level) AS (
        SELECT captured, 0
        UNION
        SELECT i.inhrelid, f.level + 1 FROM pg_inherits AS i JOIN family AS f ON i.inhparent = f.relation
    )
    SELECT c.oid
    FROM family AS f
    JOIN pg_class AS c ON c.oid = f.relation
    WHERE c.relkind IN ('r', 'p', 'f')
    GROUP BY c.oid
    ORDER BY max(f.level), c.oid
$$;


-- Whether a table that inherits from it, or a partition, is a foreign table.
CREATE OR REPLACE FUNCTION genims_audit.has_foreign_part(captured oid) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT EXISTS (
        SELECT
        FROM genims_audit.members_of(captured) AS m (member)
        JOIN pg_class AS c ON c.oid = m.member
        WHERE c.relkind = 'f'
    )
$$;


-- The members of a table's family that are captured in the other way than by_row says: all of them change together.
CREATE OR REPLACE FUNCTION genims_audit.other_way(captured oid, by_row boolean) RETURNS SETOF oid
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    SELECT DISTINCT m.member
    FROM genims_audit.members_of(captured) AS m (member)
    JOIN pg_trigger AS t ON t.tgrelid = m.member
    WHERE t.tgname IN ('genims_audit_insert', 'genims_audit_update', 'genims_audit_delete')
        AND (t.tgtype & 1 = 1) <> by_row
$$;


-- Capture the present form of a listed table and of everything that inherits from it; leave alone what has it already.
CREATE OR REPLACE FUNCTION genims_audit.capture_table(
    captured oid, listed genims_audit.captured_table, is_setup boolean
) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    member oid;
    by_row boolean := genims_audit.is_by_row(captured);
BEGIN
    -- Not now, if that takes a lock that the schema change does not hold: platform_setup will, and until then it is a
    -- problem that is named. Only where a statement would fail until then, the lock is taken, if nobody else has one.
    IF NOT is_setup THEN
        BEGIN
            FOR member IN
                SELECT m.member
                FROM genims_audit.other_way(captured, by_row) AS m (member)
                WHERE NOT genims_audit.is_locked(m.member)
            LOOP
                IF NOT genims_audit.has_foreign_part(captured) THEN
                    RAISE lock_not_available;
                END IF;
                EXECUTE format('LOCK TABLE ONLY %s IN SHARE ROW EXCLUSIVE MODE NOWAIT', member::regclass);
            END LOOP;
        EXCEPTION WHEN lock_not_available THEN
            by_row := NOT by_row;
        END;
    END IF;
    FOR member IN SELECT genims_audit.members_of(captured) LOOP
        PERFORM genims_audit.put_triggers(member, listed, by_row, is_setup);
    END LOOP;
END
$$;


-- After a schema change, capture a table again if it is listed or is part of a listed table.
CREATE OR REPLACE FUNCTION genims_audit.capture_again(relation oid) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on SET quote_all_identifiers = off AS $$
DECLARE
    top record;
    listed genims_audit.captured_table;
BEGIN
    FOR top IN
        WITH RECURSIVE ancestors (relation, level) AS (
            SELECT capture_again.relation, 0
            UNION
            SELECT i.inhparent, a.level + 1 FROM pg_inherits AS i JOIN ancestors AS a ON i.inhrelid = a.relation
        )
        SELECT c.oid, t.table_name
        FROM ancestors AS a
        JOIN pg_class AS c ON c.oid = a.relation
        LEFT JOIN genims_audit.captured_relation AS k ON k.relation = a.relation
        JOIN genims_audit.captured_table AS t
            ON t.table_name = coalesce(k.table_name, CASE WHEN c.relnamespace = 'public'::regnamespace THEN c.relname END)
        WHERE c.relkind IN ('r', 'p')
        ORDER BY a.level DESC
        LIMIT 1
    LOOP
        SELECT t.* INTO listed FROM genims_audit.captured_table AS t WHERE t.table_name = top.table_name;
        PERFORM genims_audit.capture_table(top.oid, listed, is_setup => false);
    END LOOP;
EXCEPTION WHEN insufficient_privilege THEN
    PERFORM genims_audit.note('X', top.table_name, json_build_object(
        'event', 'change capture may not be put on this table'
    ));
END
$$;


-- A statement without its values and comments: every string and number that is not the modifier of a type, as in
-- varchar(20), becomes ***.
CREATE OR REPLACE FUNCTION genims_audit.without_values(statement text, has_standard_strings boolean) RETURNS text
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on SET quote_all_identifiers = off AS $$
DECLARE
    rest text := statement;
    kept text := '';
    found record;
    mark text;
    depth integer := 0;
    place integer;
    initial constant text := '(?:[a-z_]|[^\x01-\x7f])';
    further constant text := '(?:[a-z0-9_$]|[^\x01-\x7f])';
    -- The statement waits for all of this.
    steps integer := 500;
    visible integer;
    escaped constant text := '''(?:[^''\\]|\\.|'''')*(?:''|\\?$)';
    escaped_on constant text := escaped || '(?:(?:\s|--[^\n]*\n)+' || escaped || ')*';
    plain constant text := '''(?:[^'']|'''')*(?:''|$)';
    token constant text := '(?i)('
        -- What stays: words, types with their modifiers, signs that begin neither a value nor a comment.
        || '(?:\m(?:varchar|varying|char|character|bpchar|nchar|numeric|decimal|dec|bit|varbit|timestamp|timestamptz|time|'
        || 'timetz|interval|float)\s*\(\s*\d{1,8}\s*(?:,\s*-?\d{1,4}\s*)?\)|'
        || initial || further || '*(?!' || further || '|''|&[''"])|'
        || '[\s(),;=<>*+!~|&^%@#?`:{}\[\]]|\]|\.(?!\d)|-(?!-)|/(?!\*))+|'
        || initial || further || '*|(?:u&)?"(?:[^"]|"")*(?:"|$))|'
        -- What becomes ***.
        || '(e' || escaped_on || '|(?:[bxn]|u&)?'
        || CASE WHEN has_standard_strings THEN plain ELSE escaped_on END
        || '|\$\$(?:[^$]|\$(?!\$))*\$\$'
        || '|\$?\.?\d(?:[a-z0-9_.]|[^\x01-\x7f])*(?:(?<=e)[+-]\d+)?)|'
        -- What goes. A comment within a comment has no end that an expression could find.
        || '(--[^\n]*|/\*(?:[^*/]|\*(?!/)|/(?!\*))*\*/)|'
        -- What has an end of its own.
        || '(/\*|\$(?:' || initial || '(?:[a-z0-9_]|[^\x01-\x7f])*)?\$)|(.)';
BEGIN
    WHILE rest <> '' LOOP
        IF steps <= 0 THEN
            kept := kept || '...';
            EXIT;
        END IF;
        -- No more of the rest than is needed to see what has an end of its own, unless that turns out to be in a string.
        visible := coalesce(strpos(rest, substring(rest FROM '/\*|\$')) + 100, length(rest));
        LOOP
            steps := steps - 1;
            WITH tokens AS (
                SELECT m.parts, m.number
                FROM regexp_matches(left(rest, visible), token, 'g') WITH ORDINALITY AS m (parts, number)
            ),
            opening AS (
                SELECT t.parts[4] AS mark, t.number FROM tokens AS t WHERE t.parts[4] IS NOT NULL ORDER BY t.number LIMIT 1
            )
            SELECT
                string_agg(CASE WHEN t.parts[2] IS NOT NULL THEN '***' ELSE coalesce(t.parts[1], t.parts[5]) END, '' ORDER BY t.number) AS text,
                sum(length(coalesce(t.parts[1], t.parts[2], t.parts[3], t.parts[5]))) AS length,
                (SELECT o.mark FROM opening AS o) AS mark
            INTO found
            FROM tokens AS t
            WHERE t.number < coalesce((SELECT o.number FROM opening AS o), 1000000);
            EXIT WHEN found.mark IS NOT NULL OR visible >= length(rest);
            visible := visible * 4;
        END LOOP;
        kept := kept || coalesce(found.text, '');
        EXIT WHEN found.mark IS NULL;
        rest := substr(rest, coalesce(found.length, 0)::integer + length(found.mark) + 1);
        IF found.mark = '/*' THEN
            -- Comments may be inside comments.
            depth := 1;
            WHILE depth > 0 AND steps > 0 LOOP
                steps := steps - 1;
                mark := substring(rest FROM '\*/|/\*');
                EXIT WHEN mark IS NULL;
                rest := substr(rest, strpos(rest, mark) + 2);
                depth := depth + CASE mark WHEN '/*' THEN 1 ELSE -1 END;
            END LOOP;
            EXIT WHEN depth > 0;
        ELSE
            kept := kept || '***';
            place := strpos(rest, found.mark);
            EXIT WHEN place = 0;
            rest := substr(rest, place + length(found.mark));
        END IF;
    END LOOP;
    RETURN btrim(kept, E' \t\r\n');
END
$$;


-- The text of the running statement, without values. Left out where it may carry a password, and where it is not the
-- schema change itself, but a script, a function call or a block.
CREATE OR REPLACE FUNCTION genims_audit.statement_text(command_tag text, has_standard_strings boolean) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
SET standard_conforming_strings = on SET quote_all_identifiers = off AS $$
    SELECT q.statement
    FROM (
        SELECT genims_audit.without_values(left(current_query(), 10000), has_standard_strings) AS statement
        WHERE command_tag !~ '(USER MAPPING|SUBSCRIPTION|SERVER)$'
            AND (command_tag ~ ' (FUNCTION|PROCEDURE|RULE)$' OR current_query() !~ ';\s*\S')
        OFFSET 0
    ) AS q
    WHERE upper(substring(q.statement FROM '^\w+')) = split_part(command_tag, ' ', 1)
$$;


-- Event trigger: note schema and permission changes, and capture the new form of changed tables.
CREATE OR REPLACE FUNCTION genims_audit.note_ddl() RETURNS event_trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    command record;
    tag text;
    query text;
BEGIN
    IF EXISTS (SELECT FROM genims_audit.seal WHERE object = 'at work') THEN
        RETURN;
    END IF;
    FOR command IN
        SELECT * FROM pg_event_trigger_ddl_commands() WHERE schema_name IS DISTINCT FROM 'pg_temp' AND NOT in_extension
    LOOP
        -- Once for all objects of a statement, which waits for it.
        IF command.command_tag IS DISTINCT FROM tag THEN
            tag := command.command_tag;
            query := genims_audit.statement_text(tag, current_setting('standard_conforming_strings')::boolean);
        END IF;
        PERFORM genims_audit.note(
            CASE WHEN command.command_tag IN ('GRANT', 'REVOKE', 'ALTER DEFAULT PRIVILEGES') THEN 'P' ELSE 'S' END,
            coalesce(command.object_identity, command.object_type),
            json_build_object(
                'command_tag', command.command_tag,
                'object_type', command.object_type,
                'object_identity', command.object_identity,
                'query', query
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
    query text;
BEGIN
    IF EXISTS (SELECT FROM genims_audit.seal WHERE object = 'at work') THEN
        RETURN;
    END IF;
    IF TG_TAG LIKE 'DROP %' THEN
        query := genims_audit.statement_text(TG_TAG, current_setting('standard_conforming_strings')::boolean);
    END IF;
    FOR dropped IN SELECT * FROM pg_event_trigger_dropped_objects() WHERE NOT is_temporary LOOP
        -- What an ALTER drops is noted as that.
        IF dropped.original AND TG_TAG LIKE 'DROP %' THEN
            PERFORM genims_audit.note('S', dropped.object_identity, json_build_object(
                'command_tag', TG_TAG,
                'object_type', dropped.object_type,
                'object_identity', dropped.object_identity,
                'query', query
            ));
        END IF;
        IF dropped.object_type = 'table' THEN
            DELETE FROM genims_audit.captured_relation AS c WHERE c.relation = dropped.objid;
            DELETE FROM genims_audit.seal AS s WHERE s.relation = dropped.objid;
            DELETE FROM genims_audit.known_column AS k WHERE k.relation = dropped.objid AND k.state <> 'masked';
        END IF;
    END LOOP;
END
$$;


-- What is ours, and how it is: everything that decides what is captured, and what is read of it. The xmin of a trigger
-- changes when it is switched off and on.
CREATE OR REPLACE FUNCTION genims_audit.object_states() RETURNS TABLE (relation oid, object text, state text)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
    WITH ours AS (
        SELECT *
        FROM pg_class AS c
        WHERE c.relnamespace = 'genims_audit'::regnamespace AND c.relname IN ('captured_table', 'captured_relation',
            'known_column', 'table_version', 'table_version_version_id_seq', 'event', 'event_seq_seq', 'seal')
    )
    SELECT
        t.tgrelid,
        format('trigger %s', t.tgname),
        concat_ws(' ', t.tgenabled, t.tgfoid, t.tgtype, t.tgattr, t.tgqual, t.tgoldtable, t.tgnewtable, t.xmin)
    FROM pg_trigger AS t
    WHERE t.tgname LIKE 'genims\_audit\_%'
    UNION ALL
    SELECT
        coalesce(substring(p.proname FROM '^capture_(\d+)$')::oid, 0),
        format('function %s', p.oid::regprocedure),
        concat_ws(' ', md5(p.prosrc), p.prolang, p.prosecdef, p.provolatile, p.proisstrict, p.prokind, p.proconfig,
            p.proowner, p.proacl)
    FROM pg_proc AS p
    WHERE p.pronamespace = 'genims_audit'::regnamespace
    UNION ALL
    SELECT 0, format('event trigger %s', e.evtname), concat_ws(' ', e.evtenabled, e.evtfoid, e.evttags, e.evtowner, e.xmin)
    FROM pg_event_trigger AS e
    WHERE e.evtname LIKE 'genims\_audit\_%'
    UNION ALL
    SELECT 0, 'rights on schema', concat_ws(' ', n.nspowner, n.nspacl)
    FROM pg_namespace AS n
    WHERE n.nspname = 'genims_audit'
    UNION ALL
    SELECT 0, 'default rights in schema', concat_ws(' ', d.defaclrole, d.defaclobjtype, d.defaclacl)
    FROM pg_default_acl AS d
    WHERE d.defaclnamespace = 'genims_audit'::regnamespace
    UNION ALL
    SELECT 0, format('rights on %s', c.relname), concat_ws(' ', c.relowner, c.relacl, (
        SELECT array_agg(a.attname || ' ' || a.attacl::text ORDER BY a.attnum)
        FROM pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attacl IS NOT NULL
    ))
    FROM pg_class AS c
    WHERE c.relnamespace = 'genims_audit'::regnamespace AND c.relkind NOT IN ('i', 'I', 't', 'c')
    UNION ALL
    SELECT 0, format('row level security of %s', c.relname), concat_ws(' ', c.relrowsecurity, c.relforcerowsecurity)
    FROM ours AS c
    UNION ALL
    SELECT 0, format('policy %s on %s', p.polname, c.relname), 'exists'
    FROM ours AS c
    JOIN pg_policy AS p ON p.polrelid = c.oid
    UNION ALL
    SELECT 0, format('rule %s on %s', r.rulename, c.relname), concat_ws(' ', r.ev_enabled, md5(r.ev_action::text))
    FROM ours AS c
    JOIN pg_rewrite AS r ON r.ev_class = c.oid
    UNION ALL
    SELECT 0, format('trigger %s on %s', t.tgname, c.relname), concat_ws(' ', t.tgenabled, t.tgfoid, t.tgtype)
    FROM ours AS c
    JOIN pg_trigger AS t ON t.tgrelid = c.oid AND NOT t.tgisinternal
    UNION ALL
    SELECT 0, format('columns of %s', c.relname), string_agg(
        concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated,
            a.attstorage, a.attcompression, a.attcollation), ', ' ORDER BY a.attnum)
    FROM ours AS c
    JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    GROUP BY c.relname
    UNION ALL
    SELECT
        0,
        format('defaults of %s', c.relname),
        string_agg(format('%s %s', d.adnum, pg_get_expr(d.adbin, d.adrelid)), ' ' ORDER BY d.adnum)
    FROM ours AS c
    JOIN pg_attrdef AS d ON d.adrelid = c.oid
    GROUP BY c.relname
    UNION ALL
    SELECT 0, format('index %s', i.indexrelid::regclass), concat_ws(' ', pg_get_indexdef(i.indexrelid), i.indisvalid,
        i.indisready, i.indislive, i.indisunique, i.indisprimary, i.indisreplident)
    FROM ours AS c
    JOIN pg_index AS i ON i.indrelid = c.oid
    UNION ALL
    SELECT 0, format('constraint %s on %s', k.conname, k.conrelid::regclass), pg_get_constraintdef(k.oid)
    FROM ours AS c
    JOIN pg_constraint AS k ON c.oid IN (k.conrelid, k.confrelid) AND k.contype <> 'n'
    UNION ALL
    SELECT 0, format('storage of %s', c.relname), concat_ws(' ', c.relkind, c.relpersistence, c.relam, c.reloptions,
        (SELECT t.reloptions FROM pg_class AS t WHERE t.oid = c.reltoastrelid))
    FROM ours AS c
    UNION ALL
    SELECT 0, format('replica identity of %s', c.relname), c.relreplident::text
    FROM ours AS c
    UNION ALL
    SELECT 0, format('inheritance of %s from %s', i.inhrelid::regclass, i.inhparent::regclass), 'exists'
    FROM pg_inherits AS i
    WHERE EXISTS (SELECT FROM ours AS c WHERE c.relkind <> 'S' AND c.oid IN (i.inhrelid, i.inhparent))
    UNION ALL
    SELECT 0, format('publication %s of %s', p.pubname, c.relname), 'exists'
    FROM ours AS c
    JOIN pg_publication_rel AS r ON r.prrelid = c.oid
    JOIN pg_publication AS p ON p.oid = r.prpubid
    UNION ALL
    SELECT 0, format('publication %s of schema', p.pubname), 'exists'
    FROM pg_publication_namespace AS r
    JOIN pg_publication AS p ON p.oid = r.pnpubid
    WHERE r.pnnspid = 'genims_audit'::regnamespace
    UNION ALL
    SELECT 0, format('sequence %s', c.relname), concat_ws(' ', format_type(q.seqtypid, NULL), q.seqstart, q.seqincrement,
        q.seqmax, q.seqmin, q.seqcache, q.seqcycle)
    FROM ours AS c
    JOIN pg_sequence AS q ON q.seqrelid = c.oid
$$;


REVOKE ALL ON ALL FUNCTIONS IN SCHEMA genims_audit FROM public;
