-- The tables of one MySQL database.
SELECT table_name
FROM information_schema.tables
WHERE table_schema = %(database)s
ORDER BY table_name
