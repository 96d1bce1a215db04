-- Who may do what on the MySQL server, one privilege a row, as far as the signed-in account may see.
SELECT 'user_privileges', '*.*', grantee, privilege_type, is_grantable
FROM information_schema.user_privileges
WHERE grantee NOT LIKE '''mysql.%'
UNION ALL
SELECT 'schema_privileges', CONCAT(table_schema, '.*'), grantee, privilege_type, is_grantable
FROM information_schema.schema_privileges
WHERE grantee NOT LIKE '''mysql.%'
UNION ALL
SELECT 'table_privileges', CONCAT_WS('.', table_schema, table_name), grantee, privilege_type, is_grantable
FROM information_schema.table_privileges
WHERE grantee NOT LIKE '''mysql.%'
UNION ALL
SELECT 'column_privileges', CONCAT_WS('.', table_schema, table_name, column_name), grantee, privilege_type, is_grantable
FROM information_schema.column_privileges
WHERE grantee NOT LIKE '''mysql.%'
