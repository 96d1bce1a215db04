-- What each user of the platform may do, and nothing more: platform_setup creates the users first, and revokes any other
-- right afterwards. Nobody may change or delete an audit row: its writer can only add, and change its own position.
{% macro all_of(database) -%} `{{ database | replace("_", "\\_") }}`.* {%- endmacro %}{# a plain _ stands for any character #}
{% macro account(user) -%} `{{ user | replace("`", "``") }}`@`{{ settings.mysql_user_host }}` {%- endmacro %}

-- The reporting sync deletes and inserts a window, or swaps in a table filled in the staging database.
GRANT SELECT, INSERT, DELETE, CREATE, DROP, ALTER
    ON {{ all_of(settings.mysql_reporting_db) }} TO {{ account(settings.mysql_reporting_user) }};
GRANT SELECT, INSERT, DELETE, CREATE, DROP, ALTER, CREATE TEMPORARY TABLES
    ON {{ all_of(settings.mysql_staging_db) }} TO {{ account(settings.mysql_reporting_user) }};
-- Maintenance needs no more than that to delete, ANALYZE and OPTIMIZE, and this to find slow statements. The column
-- QUERY_SAMPLE_TEXT is left out: it shows values, also those of audit rows.
GRANT SELECT (`COUNT_STAR`, `DIGEST_TEXT`, `LAST_SEEN`, `MAX_TIMER_WAIT`, `QUANTILE_95`, `SCHEMA_NAME`,
        `SUM_NO_INDEX_USED`, `SUM_ROWS_EXAMINED`, `SUM_TIMER_WAIT`)
    ON `performance_schema`.`events_statements_summary_by_digest` TO {{ account(settings.mysql_reporting_user) }};

GRANT SELECT, INSERT
    ON {{ all_of(settings.mysql_audit_db) }} TO {{ account(settings.mysql_audit_user) }};
GRANT UPDATE
    ON `{{ settings.mysql_audit_db }}`.`audit_sequence_manager` TO {{ account(settings.mysql_audit_user) }};
-- Sign-ins to this server are recorded too.
GRANT SELECT
    ON `performance_schema`.`accounts` TO {{ account(settings.mysql_audit_user) }};
{% if settings.mysql_backup_user %}
-- As much as mysqldump --single-transaction --no-tablespaces needs: it takes no lock. MySQL shows triggers and events only
-- to those who may also make them; the schema has none, and a backup that lacks one is refused.
GRANT SELECT, SHOW VIEW
    ON {{ all_of(settings.mysql_reporting_db) }} TO {{ account(settings.mysql_backup_user) }};
GRANT SELECT, SHOW VIEW
    ON {{ all_of(settings.mysql_audit_db) }} TO {{ account(settings.mysql_backup_user) }};
{% endif -%}
{% if settings.mysql_drill_user %}
-- All in the scratch databases of the restore drill, and nothing elsewhere.
GRANT ALL PRIVILEGES
    ON `genims\_drill\_%`.* TO {{ account(settings.mysql_drill_user) }};
{% endif -%}
{% if settings.mysql_auditor_user %}
GRANT SELECT
    ON {{ all_of(settings.mysql_audit_db) }} TO {{ account(settings.mysql_auditor_user) }};
{% endif -%}
