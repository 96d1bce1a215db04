-- The processes of sessions that are in a transaction of this database. The role that streams has no right to see more
-- about other users' sessions, and needs no more.
SELECT l.pid
FROM pg_locks AS l
JOIN pg_stat_activity AS a USING (pid)
WHERE l.locktype = 'virtualxid' AND a.datname = current_database() AND a.usesysid IS NOT NULL
    AND l.pid <> pg_backend_pid()
