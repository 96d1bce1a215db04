-- The processes of sessions that are in a transaction of this database. The streaming user needs to see no more of them.
SELECT l.pid
FROM pg_locks AS l
JOIN pg_stat_activity AS a USING (pid)
WHERE l.locktype = 'virtualxid' AND a.datname = current_database() AND a.usesysid IS NOT NULL
    AND l.pid <> pg_backend_pid()
