-- What a database has besides tables.
SELECT 'trigger' AS kind, trigger_name AS name
FROM information_schema.triggers
WHERE trigger_schema = %(database)s
UNION ALL
SELECT 'event', event_name
FROM information_schema.events
WHERE event_schema = %(database)s
UNION ALL
SELECT LOWER(routine_type), routine_name
FROM information_schema.routines
WHERE routine_schema = %(database)s
UNION ALL
SELECT 'view', table_name
FROM information_schema.views
WHERE table_schema = %(database)s
