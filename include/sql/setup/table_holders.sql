-- The sessions that hold a table of MySQL so that its definition cannot change, the one that began first at the top.
-- Their transactions stay open: KILL session_id, or ask the user to commit.

SELECT
    h.processlist_id AS session_id,
    h.processlist_user AS user_name,
    h.processlist_host AS client_address,
    COALESCE(t.trx_started, NOW() - INTERVAL h.processlist_time SECOND) AS held_since
FROM (
    SELECT DISTINCT
        s.processlist_id,
        s.processlist_user,
        s.processlist_host,
        s.processlist_time
    FROM performance_schema.metadata_locks AS l
    JOIN performance_schema.threads AS s ON s.thread_id = l.owner_thread_id
    WHERE
        l.object_type = 'TABLE'
        AND l.object_schema = DATABASE()
        AND l.object_name = %(table)s
        AND l.lock_status = 'GRANTED'
        AND s.processlist_id NOT IN (%(own_session)s, CONNECTION_ID())
) AS h
LEFT JOIN information_schema.innodb_trx AS t ON t.trx_mysql_thread_id = h.processlist_id
ORDER BY held_since, session_id
