{% for name in (settings.mysql_reporting_db, settings.mysql_audit_db, settings.mysql_staging_db) -%}
CREATE DATABASE IF NOT EXISTS {{ name }} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
{% endfor %}
