-- Who holds locks on a table, the oldest transaction first; not what they do, which may hold values.
-- relation: the table's oid.
SELECT
    l.pid,
    coalesce(a.usename, 'a prepared transaction') AS user_name,
    coalesce(a.application_name, '') AS application_name,
    a.state,
    a.xact_start,
    a.query_start,
    string_agg(DISTINCT l.mode, ', ') AS modes
FROM pg_catalog.pg_locks AS l
LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
WHERE l.relation = %(relation)s AND l.granted AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
    AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
GROUP BY 1, 2, 3, 4, 5, 6
ORDER BY a.xact_start NULLS FIRST
