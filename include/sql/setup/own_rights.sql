-- What the signed-in user may do; information_schema shows nobody else's rights to it.
SELECT privilege_type, '*', '*' FROM information_schema.user_privileges
UNION ALL
SELECT privilege_type, table_schema, '*' FROM information_schema.schema_privileges
UNION ALL
SELECT privilege_type, table_schema, table_name FROM information_schema.table_privileges
