-- What a backup notes of the server and the database. gtid_executed is information: no dump depends on it.
SELECT
    @@version AS version,
    s.default_character_set_name AS character_set,
    s.default_collation_name AS collation,
    @@GLOBAL.gtid_executed AS gtid_executed
FROM information_schema.schemata AS s
WHERE s.schema_name = %(database)s
