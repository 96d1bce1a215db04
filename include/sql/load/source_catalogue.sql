-- What a source says of the tables that a query reads, and of those behind them: the tables of a view, the parts of a
-- partitioned table. Python puts the names in. Any value is another one as soon as a table is reloaded, altered, or
-- another one comes under its name.
WITH RECURSIVE reached AS (
    SELECT c.relname AS name, c.oid
    FROM pg_class AS c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relname IN ({tables}) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
    UNION
    SELECT r.name, behind.oid
    FROM reached AS r
    CROSS JOIN LATERAL (
        SELECT i.inhrelid AS oid FROM pg_inherits AS i WHERE i.inhparent = r.oid
        UNION ALL
        SELECT d.refobjid
        FROM pg_rewrite AS w
        JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
        WHERE w.ev_class = r.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> r.oid
    ) AS behind
)

SELECT
    r.name::text AS name,
    c.relname = r.name AND c.relnamespace = 'public'::regnamespace AS is_named,
    concat_ws(' ', c.oid, c.relfilenode, c.relnamespace, c.relname, c.relkind) AS place,
    row_security_active(c.oid) AS hides_rows,
    current_setting('genims.session', true) IS NOT DISTINCT FROM 'on' AS is_ours,
    (
        SELECT json_agg(json_build_array(a.attnum, a.attname, format_type(a.atttypid, a.atttypmod)) ORDER BY a.attnum)
        FROM pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    )::text AS columns,
    -- Numbers of the columns of each unique index, and after a slash how many of them it keeps unique.
    (
        SELECT string_agg(i.indkey::text || '/' || i.indnkeyatts, ',' ORDER BY i.indexrelid)
        FROM pg_index AS i
        WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
    ) AS unique_keys,
    (SELECT string_agg(w.xmin::text, ',' ORDER BY w.oid) FROM pg_rewrite AS w WHERE w.ev_class = c.oid) AS rules
FROM reached AS r
JOIN pg_class AS c ON c.oid = r.oid
ORDER BY r.name, c.oid
