-- What each user of the platform may do, and nothing more. platform_setup creates the users first.
-- Nobody may change or delete an audit row: its writer can only add. It may change only its own position.

-- The reporting sync deletes and inserts a window, or swaps in a table filled in the staging database.
GRANT SELECT, INSERT, DELETE, CREATE, DROP, ALTER
    ON {{ settings.mysql_reporting_db }}.* TO '{{ settings.mysql_reporting_user }}'@'%';
GRANT SELECT, INSERT, DELETE, CREATE, DROP, ALTER, CREATE TEMPORARY TABLES
    ON {{ settings.mysql_staging_db }}.* TO '{{ settings.mysql_reporting_user }}'@'%';
-- Maintenance needs no more than that to delete, ANALYZE and OPTIMIZE, and this to find slow statements, without values.
GRANT SELECT
    ON performance_schema.events_statements_summary_by_digest TO '{{ settings.mysql_reporting_user }}'@'%';

GRANT SELECT, INSERT
    ON {{ settings.mysql_audit_db }}.* TO '{{ settings.mysql_audit_user }}'@'%';
GRANT UPDATE
    ON {{ settings.mysql_audit_db }}.audit_sequence_manager TO '{{ settings.mysql_audit_user }}'@'%';
-- Sign-ins to this server are recorded too.
GRANT SELECT
    ON performance_schema.accounts TO '{{ settings.mysql_audit_user }}'@'%';
{% if settings.mysql_backup_user %}
GRANT SELECT, SHOW VIEW, TRIGGER, EVENT, LOCK TABLES
    ON {{ settings.mysql_reporting_db }}.* TO '{{ settings.mysql_backup_user }}'@'%';
GRANT SELECT, SHOW VIEW, TRIGGER, EVENT, LOCK TABLES
    ON {{ settings.mysql_audit_db }}.* TO '{{ settings.mysql_backup_user }}'@'%';
{% endif -%}
{% if settings.mysql_auditor_user %}
GRANT SELECT
    ON {{ settings.mysql_audit_db }}.* TO '{{ settings.mysql_auditor_user }}'@'%';
{% endif -%}
