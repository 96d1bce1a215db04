/* ---
description: Who has signed in to the MySQL server of the audit database, from where, and how often since it was started.
table: login_audit
reads: [mysql_accounts]
owner: security
--- */

-- An entry stands for all sign-ins since the previous entry. The pipeline's own users are left out. Only the server's
-- log has the refused sign-ins.

SELECT
    concat_ws('/', 'performance_schema.accounts', a.user_name, a.client_address) AS entry_key,
    this_moment() AS audit_timestamp,
    a.user_name,
    'mysql' AS system_name,
    'success' AS outcome,
    a.login_count,
    a.client_address,
    NULL AS detail,
    'performance_schema.accounts' AS source_table,
    a.user_name || '@' || a.client_address AS source_key
FROM mysql_accounts AS a
