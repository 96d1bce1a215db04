-- The tables of a database, and their engines.
SELECT table_name, engine
FROM information_schema.tables
WHERE table_schema = %(database)s AND table_type = 'BASE TABLE'
