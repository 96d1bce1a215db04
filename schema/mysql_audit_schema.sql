-- genims_audit_db: what auditors read. Append-only by grants; kept for 7 years.
-- mysql -h HOST -u USER -p genims_audit_db < schema/mysql_audit_schema.sql
--
-- Chained tables begin with the same columns (when, where, number) and end with row_hash. Every number of a source
-- database has exactly one row in system_audit_log, which says in routed_to where its further rows are. What audit_logs
-- takes over from a log of the sources is numbered under the name of that log, as if it were a source database.
-- Columns are only ever added, as nullable ones just before row_hash: the hashes of older rows then stay right.
-- All times are UTC. Images are JSON objects in the order of the source's columns; every value is a text or null.
-- Monthly partitions are split off p_later by platform_setup and audit_verify; p_later itself stays empty.

-- Every change ------------------------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS system_audit_log (
    audit_timestamp   DATETIME(6) NOT NULL     COMMENT 'When it happened',
    source_database   VARCHAR(20) NOT NULL     COMMENT 'Short name of the source database; pipeline for our own doing',
    audit_sequence    BIGINT UNSIGNED NOT NULL COMMENT 'Number of the event in its source database, from 1, without gaps',
    source_sequence   BIGINT UNSIGNED          COMMENT 'Number that the source gave the event; NULL where it was not captured by trigger',
    operation         VARCHAR(10) NOT NULL     COMMENT 'INSERT, UPDATE, DELETE, TRUNCATE, BULK, SCHEMA, PERMISSION, SECURITY; QUARANTINE: unreadable; LOG: see routed_to',
    table_name        VARCHAR(128) NOT NULL    COMMENT 'Table of the source; for SCHEMA and PERMISSION the object; for LOG the table it is in',
    row_key           VARCHAR(512)             COMMENT 'Primary key of the row as text; NULL where the event is not about one row',
    transaction_id    BIGINT UNSIGNED          COMMENT 'Transaction of the source (xid8)',
    session_user_name VARCHAR(128) NOT NULL    COMMENT 'Database user that signed in',
    app_user          VARCHAR(255)             COMMENT 'User of the application, where it said so',
    application_name  VARCHAR(128)             COMMENT 'Name that the client gave itself',
    client_address    VARCHAR(64)              COMMENT 'Network address of the client; NULL for a local socket',
    request_id        VARCHAR(255)             COMMENT 'Request of the application, where it said so',
    reason            TEXT                     COMMENT 'Why, as the application gave it',
    row_count         BIGINT UNSIGNED NOT NULL COMMENT 'Rows touched: 1 for a row, more for TRUNCATE and BULK, 0 without rows',
    before_values     MEDIUMTEXT               COMMENT 'The row before (JSON)',
    after_values      MEDIUMTEXT               COMMENT 'The row after; for BULK, SCHEMA, PERMISSION, SECURITY what was done; for QUARANTINE the event as it is in the source (JSON)',
    routed_to         VARCHAR(1000) NOT NULL   COMMENT 'Tables with further rows of this event, as name:rows, separated by commas',
    recorded_at       DATETIME(6) NOT NULL     COMMENT 'When it was written here',
    row_hash          BINARY(32) NOT NULL      COMMENT 'SHA-256 over the name of the table and all values before',
    leaf_hash         BINARY(32) NOT NULL      COMMENT 'SHA-256 over the row hashes of the event: its leaf in the Merkle tree',
    PRIMARY KEY (source_database, audit_sequence, audit_timestamp),
    CONSTRAINT system_audit_log_operation CHECK (operation IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'BULK', 'SCHEMA', 'PERMISSION', 'SECURITY', 'QUARANTINE', 'LOG')),
    CONSTRAINT system_audit_log_sequence CHECK (audit_sequence > 0),
    CONSTRAINT system_audit_log_before CHECK ((operation IN ('UPDATE', 'DELETE')) = (before_values IS NOT NULL)),
    CONSTRAINT system_audit_log_after CHECK ((operation IN ('DELETE', 'TRUNCATE', 'LOG')) = (after_values IS NULL)),
    CONSTRAINT system_audit_log_row CHECK (operation NOT IN ('INSERT', 'UPDATE', 'DELETE') OR (row_count = 1 AND row_key IS NOT NULL)),
    CONSTRAINT system_audit_log_log CHECK (operation <> 'LOG' OR routed_to <> ''),
    CONSTRAINT system_audit_log_before_values_json CHECK (JSON_VALID(before_values)),
    CONSTRAINT system_audit_log_after_values_json CHECK (JSON_VALID(after_values))
) ENGINE = InnoDB DEFAULT COLLATE = utf8mb4_0900_bin COMMENT = 'Every event, once: who did what to which row, with its images'
    PARTITION BY RANGE COLUMNS (audit_timestamp) (PARTITION p_later VALUES LESS THAN (MAXVALUE));

CREATE TABLE IF NOT EXISTS data_change_audit (
    audit_timestamp DATETIME(6) NOT NULL       COMMENT 'When it happened',
    source_database VARCHAR(20) NOT NULL       COMMENT 'Short name of the source database; pipeline for our own doing',
    audit_sequence  BIGINT UNSIGNED NOT NULL   COMMENT 'Number of the event in its source database, from 1, without gaps',
    part            SMALLINT UNSIGNED NOT NULL COMMENT 'Ordinal of the row among those of the event, from 1',
    operation       VARCHAR(10) NOT NULL       COMMENT 'INSERT, UPDATE or DELETE',
    table_name      VARCHAR(128) NOT NULL      COMMENT 'Source table',
    row_key         VARCHAR(512) NOT NULL      COMMENT 'Primary key of the row as text',
    column_name     VARCHAR(128) NOT NULL      COMMENT 'Changed column',
    old_value       MEDIUMTEXT                 COMMENT 'Value before, as PostgreSQL writes it',
    new_value       MEDIUMTEXT                 COMMENT 'Value after, as PostgreSQL writes it',
    masked          TINYINT NOT NULL           COMMENT '1: the values never left the source, a marker stands for them',
    row_hash        BINARY(32) NOT NULL        COMMENT 'SHA-256 over the name of the table and all values before',
    PRIMARY KEY (source_database, audit_sequence, part, audit_timestamp),
    CONSTRAINT data_change_audit_operation CHECK (operation IN ('INSERT', 'UPDATE', 'DELETE')),
    CONSTRAINT data_change_audit_masked CHECK (masked IN (0, 1)),
    CONSTRAINT data_change_audit_old CHECK (operation <> 'INSERT' OR old_value IS NULL),
    CONSTRAINT data_change_audit_new CHECK (operation <> 'DELETE' OR new_value IS NULL),
    CONSTRAINT data_change_audit_changed CHECK (operation <> 'UPDATE' OR masked = 1 OR NOT (old_value <=> new_value))
) ENGINE = InnoDB DEFAULT COLLATE = utf8mb4_0900_bin COMMENT = 'One row for every changed column, with its old and new value'
    PARTITION BY RANGE COLUMNS (audit_timestamp) (PARTITION p_later VALUES LESS THAN (MAXVALUE));

-- The same changes by subject -----------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS financial_data_changes (
    audit_timestamp DATETIME(6) NOT NULL     COMMENT 'When it happened',
    source_database VARCHAR(20) NOT NULL     COMMENT 'Short name of the source database; pipeline for our own doing',
    audit_sequence  BIGINT UNSIGNED NOT NULL COMMENT 'Number of the event in its source database, from 1, without gaps',
    operation       VARCHAR(10) NOT NULL     COMMENT 'INSERT, UPDATE, DELETE or TRUNCATE',
    table_name      VARCHAR(128) NOT NULL    COMMENT 'Source table',
    row_key         VARCHAR(512)             COMMENT 'Primary key of the record; NULL for TRUNCATE',
    changed_columns TEXT                     COMMENT 'UPDATE: the changed columns, separated by commas',
    old_values      MEDIUMTEXT               COMMENT 'UPDATE: old values of the changed columns; DELETE: the whole row (JSON)',
    new_values      MEDIUMTEXT               COMMENT 'UPDATE: new values of the changed columns; INSERT: the whole row (JSON)',
    changed_by      VARCHAR(255) NOT NULL    COMMENT 'Application user, or database user where none was given',
    reason          TEXT                     COMMENT 'Why, as the application gave it',
    row_hash        BINARY(32) NOT NULL      COMMENT 'SHA-256 over the name of the table and all values before',
    PRIMARY KEY (source_database, audit_sequence, audit_timestamp),
    CONSTRAINT financial_data_changes_operation CHECK (operation IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')),
    CONSTRAINT financial_data_changes_row_key CHECK ((operation = 'TRUNCATE') = (row_key IS NULL)),
    CONSTRAINT financial_data_changes_columns CHECK ((operation = 'UPDATE') = (changed_columns IS NOT NULL)),
    CONSTRAINT financial_data_changes_old CHECK ((operation IN ('UPDATE', 'DELETE')) = (old_values IS NOT NULL)),
    CONSTRAINT financial_data_changes_new CHECK ((operation IN ('INSERT', 'UPDATE')) = (new_values IS NOT NULL)),
    CONSTRAINT financial_data_changes_old_values_json CHECK (JSON_VALID(old_values)),
    CONSTRAINT financial_data_changes_new_values_json CHECK (JSON_VALID(new_values))
) ENGINE = InnoDB DEFAULT COLLATE = utf8mb4_0900_bin COMMENT = 'Changes of ledgers, orders, invoices, budgets and costs'
    PARTITION BY RANGE COLUMNS (audit_timestamp) (PARTITION p_later VALUES LESS THAN (MAXVALUE));

CREATE TABLE IF NOT EXISTS master_data_changes (
    audit_timestamp DATETIME(6) NOT NULL     COMMENT 'When it happened',
    source_database VARCHAR(20) NOT NULL     COMMENT 'Short name of the source database; pipeline for our own doing',
    audit_sequence  BIGINT UNSIGNED NOT NULL COMMENT 'Number of the event in its source database, from 1, without gaps',
    operation       VARCHAR(10) NOT NULL     COMMENT 'INSERT, UPDATE, DELETE or TRUNCATE',
    table_name      VARCHAR(128) NOT NULL    COMMENT 'Source table',
    row_key         VARCHAR(512)             COMMENT 'Primary key of the record; NULL for TRUNCATE',
    changed_columns TEXT                     COMMENT 'UPDATE: the changed columns, separated by commas',
    old_values      MEDIUMTEXT               COMMENT 'UPDATE: old values of the changed columns; DELETE: the whole row (JSON)',
    new_values      MEDIUMTEXT               COMMENT 'UPDATE: new values of the changed columns; INSERT: the whole row (JSON)',
    changed_by      VARCHAR(255) NOT NULL    COMMENT 'Application user, or database user where none was given',
    reason          TEXT                     COMMENT 'Why, as the application gave it',
    row_hash        BINARY(32) NOT NULL      COMMENT 'SHA-256 over the name of the table and all values before',
    PRIMARY KEY (source_database, audit_sequence, audit_timestamp),
    CONSTRAINT master_data_changes_operation CHECK (operation IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')),
    CONSTRAINT master_data_changes_row_key CHECK ((operation = 'TRUNCATE') = (row_key IS NULL)),
    CONSTRAINT master_data_changes_columns CHECK ((operation = 'UPDATE') = (changed_columns IS NOT NULL)),
    CONSTRAINT master_data_changes_old CHECK ((operation IN ('UPDATE', 'DELETE')) = (old_values IS NOT NULL)),
    CONSTRAINT master_data_changes_new CHECK ((operation IN ('INSERT', 'UPDATE')) = (new_values IS NOT NULL)),
    CONSTRAINT master_data_changes_old_values_json CHECK (JSON_VALID(old_values)),
    CONSTRAINT master_data_changes_new_values_json CHECK (JSON_VALID(new_values))
) ENGINE = InnoDB DEFAULT COLLATE = utf8mb4_0900_bin COMMENT = 'Changes of products, materials, plants, machines, warehouses, carriers'
    PARTITION BY RANGE COLUMNS (audit_timestamp) (PARTITION p_later VALUES LESS THAN (MAXVALUE));

CREATE TABLE IF NOT EXISTS price_cost_changes (
    audit_timestamp DATETIME(6) NOT NULL       COMMENT 'When it happened',
    source_database VARCHAR(20) NOT NULL       COMMENT 'Short name of the source database; pipeline for our own doing',
    audit_sequence  BIGINT UNSIGNED NOT NULL   COMMENT 'Number of the event in its source database, from 1, without gaps',
    part            SMALLINT UNSIGNED NOT NULL COMMENT 'Ordinal of the row among those of the event, from 1',
    operation       VARCHAR(10) NOT NULL       COMMENT 'INSERT, UPDATE or DELETE',
    table_name      VARCHAR(128) NOT NULL      COMMENT 'Source table',
    row_key         VARCHAR(512) NOT NULL      COMMENT 'Primary key of the record with the price',
    column_name     VARCHAR(128) NOT NULL      COMMENT 'Column with the price',
    old_price       DECIMAL(30,10)             COMMENT 'Price before, in the currency of the record',
    new_price       DECIMAL(30,10)             COMMENT 'Price after, in the currency of the record',
    changed_by      VARCHAR(255) NOT NULL      COMMENT 'Application user, or database user where none was given',
    reason          TEXT                       COMMENT 'Why, as the application gave it',
    row_hash        BINARY(32) NOT NULL        COMMENT 'SHA-256 over the name of the table and all values before',
    PRIMARY KEY (source_database, audit_sequence, part, audit_timestamp),
    CONSTRAINT price_cost_changes_operation CHECK (operation IN ('INSERT', 'UPDATE', 'DELETE')),
    CONSTRAINT price_cost_changes_old CHECK (operation <> 'INSERT' OR old_price IS NULL),
    CONSTRAINT price_cost_changes_new CHECK (operation <> 'DELETE' OR new_price IS NULL),
    CONSTRAINT price_cost_changes_changed CHECK (NOT (old_price <=> new_price))
) ENGINE = InnoDB DEFAULT COLLATE = utf8mb4_0900_bin COMMENT = 'Changes of prices and standard costs, one row for every changed price'
    PARTITION BY RANGE COLUMNS (audit_timestamp) (PARTITION p_later VALUES LESS THAN (MAXVALUE));

CREATE TABLE IF NOT EXISTS customer_data_changes (
    audit_timestamp DATETIME(6) NOT NULL     COMMENT 'When it happened',
    source_database VARCHAR(20) NOT NULL     COMMENT 'Short name of the source database; pipeline for our own doing',
    audit_sequence  BIGINT UNSIGNED NOT NULL COMMENT 'Number of the event in its source database, from 1, without gaps',
    operation       VARCHAR(10) NOT NULL     COMMENT 'INSERT, UPDATE, DELETE or TRUNCATE',
    table_name      VARCHAR(128) NOT NULL    COMMENT 'Source table',
    row_key         VARCHAR(512)             COMMENT 'Primary key of the record; NULL for TRUNCATE',
    changed_columns TEXT                     COMMENT 'UPDATE: the changed columns, separated by commas',
    old_values      MEDIUMTEXT               COMMENT 'UPDATE: old values of the changed columns; DELETE: the whole row (JSON)',
    new_values      MEDIUMTEXT               COMMENT 'UPDATE: new values of the changed columns; INSERT: the whole row (JSON)',
    changed_by      VARCHAR(255) NOT NULL    COMMENT 'Application user, or database user where none was given',
    reason          TEXT                     COMMENT 'Why, as the application gave it',
    row_hash        BINARY(32) NOT NULL      COMMENT 'SHA-256 over the name of the table and all values before',
    PRIMARY KEY (source_database, audit_sequence, audit_timestamp),
    CONSTRAINT customer_data_changes_operation CHECK (operation IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')),
    CONSTRAINT customer_data_changes_row_key CHECK ((operation = 'TRUNCATE') = (row_key IS NULL)),
    CONSTRAINT customer_data_changes_columns CHECK ((operation = 'UPDATE') = (changed_columns IS NOT NULL)),
    CONSTRAINT customer_data_changes_old CHECK ((operation IN ('UPDATE', 'DELETE')) = (old_values IS NOT NULL)),
    CONSTRAINT customer_data_changes_new CHECK ((operation IN ('INSERT', 'UPDATE')) = (new_values IS NOT NULL)),
    CONSTRAINT customer_data_changes_old_values_json CHECK (JSON_VALID(old_values)),
    CONSTRAINT customer_data_changes_new_values_json CHECK (JSON_VALID(new_values))
) ENGINE = InnoDB DEFAULT COLLATE = utf8mb4_0900_bin COMMENT = 'Changes of accounts, contacts, leads, contracts and portal users'
    PARTITION BY RANGE COLUMNS (audit_timestamp) (PARTITION p_later VALUES LESS THAN (MAXVALUE));

CREATE TABLE IF NOT EXISTS personnel_data_changes (
    audit_timestamp DATETIME(6) NOT NULL     COMMENT 'When it happened',
    source_database VARCHAR(20) NOT NULL     COMMENT 'Short name of the source database; pipeline for our own doing',
    audit_sequence  BIGINT UNSIGNED NOT NULL COMMENT 'Number of the event in its source database, from 1, without gaps',
    operation       VARCHAR(10) NOT NULL     COMMENT 'INSERT, UPDATE, DELETE or TRUNCATE',
    table_name      VARCHAR(128) NOT NULL    COMMENT 'Source table',
    row_key         VARCHAR(512)             COMMENT 'Primary key of the record; NULL for TRUNCATE',
    changed_columns TEXT                     COMMENT 'UPDATE: the changed columns, separated by commas',
    old_values      MEDIUMTEXT               COMMENT 'UPDATE: old values of the changed columns; DELETE: the whole row (JSON)',
    new_values      MEDIUMTEXT               COMMENT 'UPDATE: new values of the changed columns; INSERT: the whole row (JSON)',
    changed_by      VARCHAR(255) NOT NULL    COMMENT 'Application user, or database user where none was given',
    reason          TEXT                     COMMENT 'Why, as the application gave it',
    row_hash        BINARY(32) NOT NULL      COMMENT 'SHA-256 over the name of the table and all values before',
    PRIMARY KEY (source_database, audit_sequence, audit_timestamp),
    CONSTRAINT personnel_data_changes_operation CHECK (operation IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')),
    CONSTRAINT personnel_data_changes_row_key CHECK ((operation = 'TRUNCATE') = (row_key IS NULL)),
    CONSTRAINT personnel_data_changes_columns CHECK ((operation = 'UPDATE') = (changed_columns IS NOT NULL)),
    CONSTRAINT personnel_data_changes_old CHECK ((operation IN ('UPDATE', 'DELETE')) = (old_values IS NOT NULL)),
    CONSTRAINT personnel_data_changes_new CHECK ((operation IN ('INSERT', 'UPDATE')) = (new_values IS NOT NULL)),
    CONSTRAINT personnel_data_changes_old_values_json CHECK (JSON_VALID(old_values)),
    CONSTRAINT personnel_data_changes_new_values_json CHECK (JSON_VALID(new_values))
) ENGINE = InnoDB DEFAULT COLLATE = utf8mb4_0900_bin COMMENT = 'Changes of employees and their records, sensitive columns masked'
    PARTITION BY RANGE COLUMNS (audit_timestamp) (PARTITION p_later VALUES LESS THAN (MAXVALUE));

CREATE TABLE IF NOT EXISTS supplier_data_changes (
    audit_timestamp DATETIME(6) NOT NULL     COMMENT 'When it happened',
    source_database VARCHAR(20) NOT NULL     COMMENT 'Short name of the source database; pipeline for our own doing',
    audit_sequence  BIGINT UNSIGNED NOT NULL COMMENT 'Number of the event in its source database, from 1, without gaps',
    operation       VARCHAR(10) NOT NULL     COMMENT 'INSERT, UPDATE, DELETE or TRUNCATE',
    table_name      VARCHAR(128) NOT NULL    COMMENT 'Source table',
    row_key         VARCHAR(512)             COMMENT 'Primary key of the record; NULL for TRUNCATE',
    changed_columns TEXT                     COMMENT 'UPDATE: the changed columns, separated by commas',
    old_values      MEDIUMTEXT               COMMENT 'UPDATE: old values of the changed columns; DELETE: the whole row (JSON)',
    new_values      MEDIUMTEXT               COMMENT 'UPDATE: new values of the changed columns; INSERT: the whole row (JSON)',
    changed_by      VARCHAR(255) NOT NULL    COMMENT 'Application user, or database user where none was given',
    reason          TEXT                     COMMENT 'Why, as the application gave it',
    row_hash        BINARY(32) NOT NULL      COMMENT 'SHA-256 over the name of the table and all values before',
    PRIMARY KEY (source_database, audit_sequence, audit_timestamp),
    CONSTRAINT supplier_data_changes_operation CHECK (operation IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')),
    CONSTRAINT supplier_data_changes_row_key CHECK ((operation = 'TRUNCATE') = (row_key IS NULL)),
    CONSTRAINT supplier_data_changes_columns CHECK ((operation = 'UPDATE') = (changed_columns IS NOT NULL)),
    CONSTRAINT supplier_data_changes_old CHECK ((operation IN ('UPDATE', 'DELETE')) = (old_values IS NOT NULL)),
    CONSTRAINT supplier_data_changes_new CHECK ((operation IN ('INSERT', 'UPDATE')) = (new_values IS NOT NULL)),
    CONSTRAINT supplier_data_changes_old_values_json CHECK (JSON_VALID(old_values)),
    CONSTRAINT supplier_data_changes_new_values_json CHECK (JSON_VALID(new_values))
) ENGINE = InnoDB DEFAULT COLLATE = utf8mb4_0900_bin COMMENT = 'Changes of suppliers, their contracts, qualification and documents'
    PARTITION BY RANGE COLUMNS (audit_timestamp) (PARTITION p_later VALUES LESS THAN (MAXVALUE));

CREATE TABLE IF NOT EXISTS configuration_changes (
    audit_timestamp DATETIME(6) NOT NULL     COMMENT 'When it happened',
    source_database VARCHAR(20) NOT NULL     COMMENT 'Short name of the source database; pipeline for our own doing',
    audit_sequence  BIGINT UNSIGNED NOT NULL COMMENT 'Number of the event in its source database, from 1, without gaps',
    operation       VARCHAR(10) NOT NULL     COMMENT 'INSERT, UPDATE, DELETE or TRUNCATE',
    table_name      VARCHAR(128) NOT NULL    COMMENT 'Source table',
    row_key         VARCHAR(512)             COMMENT 'Primary key of the setting; NULL for TRUNCATE',
    changed_columns TEXT                     COMMENT 'UPDATE: the changed columns, separated by commas',
    old_values      MEDIUMTEXT               COMMENT 'UPDATE: old values of the changed columns; DELETE: the whole row (JSON)',
    new_values      MEDIUMTEXT               COMMENT 'UPDATE: new values of the changed columns; INSERT: the whole row (JSON)',
    changed_by      VARCHAR(255) NOT NULL    COMMENT 'Application user, or database user where none was given',
    reason          TEXT                     COMMENT 'Why, as the application gave it',
    row_hash        BINARY(32) NOT NULL      COMMENT 'SHA-256 over the name of the table and all values before',
    PRIMARY KEY (source_database, audit_sequence, audit_timestamp),
    CONSTRAINT configuration_changes_operation CHECK (operation IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE')),
    CONSTRAINT configuration_changes_row_key CHECK ((operation = 'TRUNCATE') = (row_key IS NULL)),
    CONSTRAINT configuration_changes_columns CHECK ((operation = 'UPDATE') = (changed_columns IS NOT NULL)),
    CONSTRAINT configuration_changes_old CHECK ((operation IN ('UPDATE', 'DELETE')) = (old_values IS NOT NULL)),
    CONSTRAINT configuration_changes_new CHECK ((operation IN ('INSERT', 'UPDATE')) = (new_values IS NOT NULL)),
    CONSTRAINT configuration_changes_old_values_json CHECK (JSON_VALID(old_values)),
    CONSTRAINT configuration_changes_new_values_json CHECK (JSON_VALID(new_values))
) ENGINE = InnoDB DEFAULT COLLATE = utf8mb4_0900_bin COMMENT = 'Changes of rules, calendars, limits and mappings that steer the business'
    PARTITION BY RANGE COLUMNS (audit_timestamp) (PARTITION p_later VALUES LESS THAN (MAXVALUE));

CREATE TABLE IF NOT EXISTS permission_changes (
    audit_timestamp DATETIME(6) NOT NULL     COMMENT 'When it happened',
    source_database VARCHAR(20) NOT NULL     COMMENT 'Short name of the source database; pipeline for our own doing',
    audit_sequence  BIGINT UNSIGNED NOT NULL COMMENT 'Number of the event in its source database, from 1, without gaps',
    command         VARCHAR(64) NOT NULL     COMMENT 'GRANT, REVOKE or another command; INSERT, UPDATE, DELETE of a table with rights',
    object_type     VARCHAR(64) NOT NULL     COMMENT 'Kind of the object, such as TABLE or ROLE',
    object_name     VARCHAR(512) NOT NULL    COMMENT 'The object, or the primary key of the row with the rights',
    grantee         VARCHAR(255)             COMMENT 'Who has the right, where the source says so',
    detail          MEDIUMTEXT               COMMENT 'The statement, or old and new values (JSON)',
    changed_by      VARCHAR(255) NOT NULL    COMMENT 'Application user, or database user where none was given',
    reason          TEXT                     COMMENT 'Why, as the application gave it',
    row_hash        BINARY(32) NOT NULL      COMMENT 'SHA-256 over the name of the table and all values before',
    PRIMARY KEY (source_database, audit_sequence, audit_timestamp)
) ENGINE = InnoDB DEFAULT COLLATE = utf8mb4_0900_bin COMMENT = 'Who was given or denied what'
    PARTITION BY RANGE COLUMNS (audit_timestamp) (PARTITION p_later VALUES LESS THAN (MAXVALUE));

CREATE TABLE IF NOT EXISTS database_changes (
    audit_timestamp DATETIME(6) NOT NULL     COMMENT 'When it happened',
    source_database VARCHAR(20) NOT NULL     COMMENT 'Short name of the source database; pipeline for our own doing',
    audit_sequence  BIGINT UNSIGNED NOT NULL COMMENT 'Number of the event in its source database, from 1, without gaps',
    command         VARCHAR(64) NOT NULL     COMMENT 'Command, such as ALTER TABLE',
    object_type     VARCHAR(64) NOT NULL     COMMENT 'Kind of the object, such as table or trigger',
    object_name     VARCHAR(512) NOT NULL    COMMENT 'The object with its schema',
    statement       MEDIUMTEXT               COMMENT 'The statement, where the database gives it',
    changed_by      VARCHAR(255) NOT NULL    COMMENT 'Application user, or database user where none was given',
    reason          TEXT                     COMMENT 'Why, as the application gave it',
    row_hash        BINARY(32) NOT NULL      COMMENT 'SHA-256 over the name of the table and all values before',
    PRIMARY KEY (source_database, audit_sequence, audit_timestamp)
) ENGINE = InnoDB DEFAULT COLLATE = utf8mb4_0900_bin COMMENT = 'Changes of tables, columns, triggers and other objects of a database'
    PARTITION BY RANGE COLUMNS (audit_timestamp) (PARTITION p_later VALUES LESS THAN (MAXVALUE));

CREATE TABLE IF NOT EXISTS bulk_operation_audit (
    audit_timestamp DATETIME(6) NOT NULL     COMMENT 'When it happened',
    source_database VARCHAR(20) NOT NULL     COMMENT 'Short name of the source database; pipeline for our own doing',
    audit_sequence  BIGINT UNSIGNED NOT NULL COMMENT 'Number of the event in its source database, from 1, without gaps',
    operation       VARCHAR(10) NOT NULL     COMMENT 'INSERT, UPDATE, DELETE, TRUNCATE or RELOAD',
    table_name      VARCHAR(128) NOT NULL    COMMENT 'Table that was changed',
    row_count       BIGINT UNSIGNED NOT NULL COMMENT 'Rows touched by the statement',
    changed_by      VARCHAR(255) NOT NULL    COMMENT 'Application user, or database user where none was given',
    reason          TEXT                     COMMENT 'Why, as the application gave it',
    row_hash        BINARY(32) NOT NULL      COMMENT 'SHA-256 over the name of the table and all values before',
    PRIMARY KEY (source_database, audit_sequence, audit_timestamp),
    CONSTRAINT bulk_operation_audit_operation CHECK (operation IN ('INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'RELOAD'))
) ENGINE = InnoDB DEFAULT COLLATE = utf8mb4_0900_bin COMMENT = 'Statements that touched many rows at once'
    PARTITION BY RANGE COLUMNS (audit_timestamp) (PARTITION p_later VALUES LESS THAN (MAXVALUE));

-- Users and security --------------------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS user_activity_log (
    audit_timestamp DATETIME(6) NOT NULL     COMMENT 'When it happened',
    source_database VARCHAR(20) NOT NULL     COMMENT 'Short name of the source database; pipeline for our own doing',
    audit_sequence  BIGINT UNSIGNED NOT NULL COMMENT 'Number of the event in its source database, from 1, without gaps',
    user_name       VARCHAR(255) NOT NULL    COMMENT 'Who',
    activity        VARCHAR(20) NOT NULL     COMMENT 'LOGIN, READ, WRITE, DELETE, EXPORT or REPORT',
    object_name     VARCHAR(512)             COMMENT 'What it was done to: a table, a report, a ticket',
    client_address  VARCHAR(64)              COMMENT 'Network address of the client',
    detail          TEXT                     COMMENT 'What else is known',
    source_table    VARCHAR(128)             COMMENT 'Table that it was read from; NULL where the pipeline saw it itself',
    source_key      VARCHAR(512)             COMMENT 'Primary key of the row there',
    row_hash        BINARY(32) NOT NULL      COMMENT 'SHA-256 over the name of the table and all values before',
    PRIMARY KEY (source_database, audit_sequence, audit_timestamp),
    CONSTRAINT user_activity_log_activity CHECK (activity IN ('LOGIN', 'READ', 'WRITE', 'DELETE', 'EXPORT', 'REPORT')),
    CONSTRAINT user_activity_log_source CHECK ((source_table IS NULL) = (source_key IS NULL))
) ENGINE = InnoDB DEFAULT COLLATE = utf8mb4_0900_bin COMMENT = 'What users did: signed in, read, wrote, deleted, exported, reported'
    PARTITION BY RANGE COLUMNS (audit_timestamp) (PARTITION p_later VALUES LESS THAN (MAXVALUE));

CREATE TABLE IF NOT EXISTS login_audit (
    audit_timestamp DATETIME(6) NOT NULL     COMMENT 'When it happened',
    source_database VARCHAR(20) NOT NULL     COMMENT 'Short name of the source database; pipeline for our own doing',
    audit_sequence  BIGINT UNSIGNED NOT NULL COMMENT 'Number of the event in its source database, from 1, without gaps',
    user_name       VARCHAR(255) NOT NULL    COMMENT 'Who',
    system_name     VARCHAR(64) NOT NULL     COMMENT 'Where: mysql, postgres, airflow, service_portal or supplier_portal',
    outcome         VARCHAR(10) NOT NULL     COMMENT 'success, failed or locked',
    login_count     BIGINT UNSIGNED          COMMENT 'Sign-ins so far, where the source counts them',
    client_address  VARCHAR(64)              COMMENT 'Network address of the client',
    detail          TEXT                     COMMENT 'Why it was refused',
    source_table    VARCHAR(128)             COMMENT 'Table that it was read from; NULL where the pipeline saw it itself',
    source_key      VARCHAR(512)             COMMENT 'Primary key of the row there',
    row_hash        BINARY(32) NOT NULL      COMMENT 'SHA-256 over the name of the table and all values before',
    PRIMARY KEY (source_database, audit_sequence, audit_timestamp),
    CONSTRAINT login_audit_outcome CHECK (outcome IN ('success', 'failed', 'locked')),
    CONSTRAINT login_audit_source CHECK ((source_table IS NULL) = (source_key IS NULL))
) ENGINE = InnoDB DEFAULT COLLATE = utf8mb4_0900_bin COMMENT = 'Sign-ins, successful and refused'
    PARTITION BY RANGE COLUMNS (audit_timestamp) (PARTITION p_later VALUES LESS THAN (MAXVALUE));

CREATE TABLE IF NOT EXISTS security_events (
    audit_timestamp DATETIME(6) NOT NULL     COMMENT 'When it happened',
    source_database VARCHAR(20) NOT NULL     COMMENT 'Short name of the source database; pipeline for our own doing',
    audit_sequence  BIGINT UNSIGNED NOT NULL COMMENT 'Number of the event in its source database, from 1, without gaps',
    event_type      VARCHAR(64) NOT NULL     COMMENT 'capture_problem, event_quarantined, value_shortened, price_not_held, source_lost, source_back, mysql_lost, source_moved, source_set_back, chain_broken, form_run_deleted, account_locked, account_suspended, or how the capture of a source was attacked',
    severity        VARCHAR(10) NOT NULL     COMMENT 'info, warning or critical',
    object_name     VARCHAR(512)             COMMENT 'What it is about',
    user_name       VARCHAR(255)             COMMENT 'Who, where known',
    detail          TEXT NOT NULL            COMMENT 'What was expected and what was found',
    source_table    VARCHAR(128)             COMMENT 'Table that it was read from; NULL where the pipeline saw it itself',
    source_key      VARCHAR(512)             COMMENT 'Primary key of the row there',
    row_hash        BINARY(32) NOT NULL      COMMENT 'SHA-256 over the name of the table and all values before',
    PRIMARY KEY (source_database, audit_sequence, audit_timestamp),
    CONSTRAINT security_events_severity CHECK (severity IN ('info', 'warning', 'critical')),
    CONSTRAINT security_events_source CHECK ((source_table IS NULL) = (source_key IS NULL))
) ENGINE = InnoDB DEFAULT COLLATE = utf8mb4_0900_bin COMMENT = 'What somebody responsible for security must know'
    PARTITION BY RANGE COLUMNS (audit_timestamp) (PARTITION p_later VALUES LESS THAN (MAXVALUE));

-- Compliance ----------------------------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS sla_compliance_tracking (
    audit_timestamp DATETIME(6) NOT NULL     COMMENT 'When it happened',
    source_database VARCHAR(20) NOT NULL     COMMENT 'Short name of the source database; pipeline for our own doing',
    audit_sequence  BIGINT UNSIGNED NOT NULL COMMENT 'Number of the event in its source database, from 1, without gaps',
    sla_type        VARCHAR(32) NOT NULL     COMMENT 'response, resolution, on_time_delivery, quality_ppm, contract_response or data_freshness',
    subject_type    VARCHAR(32) NOT NULL     COMMENT 'ticket, customer, service_call or dataset',
    subject_id      VARCHAR(255) NOT NULL    COMMENT 'Which one',
    sla_name        VARCHAR(255)             COMMENT 'The agreement',
    unit            VARCHAR(10) NOT NULL     COMMENT 'Unit of target and actual: minutes, percent or ppm',
    target          DECIMAL(20,4)            COMMENT 'What was promised',
    actual          DECIMAL(20,4)            COMMENT 'What was achieved; NULL while open',
    due_at          DATETIME(6)              COMMENT 'Until when',
    met_at          DATETIME(6)              COMMENT 'When it was done',
    status          VARCHAR(10) NOT NULL     COMMENT 'open, met or breached',
    row_hash        BINARY(32) NOT NULL      COMMENT 'SHA-256 over the name of the table and all values before',
    PRIMARY KEY (source_database, audit_sequence, audit_timestamp),
    CONSTRAINT sla_compliance_tracking_unit CHECK (unit IN ('minutes', 'percent', 'ppm')),
    CONSTRAINT sla_compliance_tracking_status CHECK (status IN ('open', 'met', 'breached')),
    CONSTRAINT sla_compliance_tracking_met CHECK (status <> 'met' OR actual IS NOT NULL)
) ENGINE = InnoDB DEFAULT COLLATE = utf8mb4_0900_bin COMMENT = 'Promised against achieved: service, delivery, quality, data freshness'
    PARTITION BY RANGE COLUMNS (audit_timestamp) (PARTITION p_later VALUES LESS THAN (MAXVALUE));

CREATE TABLE IF NOT EXISTS gdpr_data_request_log (
    audit_timestamp  DATETIME(6) NOT NULL     COMMENT 'When it happened',
    source_database  VARCHAR(20) NOT NULL     COMMENT 'Short name of the source database; pipeline for our own doing',
    audit_sequence   BIGINT UNSIGNED NOT NULL COMMENT 'Number of the event in its source database, from 1, without gaps',
    request_id       VARCHAR(64) NOT NULL     COMMENT 'The request; one row for each of its steps',
    request_type     VARCHAR(20) NOT NULL     COMMENT 'access, erasure, rectification, restriction, portability or objection',
    step             VARCHAR(20) NOT NULL     COMMENT 'received, identity_verified, extended, accepted, fulfilled or refused',
    subject_type     VARCHAR(32) NOT NULL     COMMENT 'customer, employee, supplier or other',
    subject_id       VARCHAR(255) NOT NULL    COMMENT 'Key of the person in the source; never the name',
    scope            TEXT NOT NULL            COMMENT 'Which data: source databases or their tables, as erp or erp.suppliers, separated by commas',
    received_on      DATE NOT NULL            COMMENT 'Day on which the request arrived',
    due_on           DATE                     COMMENT 'Last day for an answer: a month after it arrived, three if extended (GDPR Art. 12(3)); NULL once answered',
    under_legal_hold TINYINT NOT NULL         COMMENT '1: a legal hold covers data of this person',
    entered_by       VARCHAR(255) NOT NULL    COMMENT 'Who entered this step',
    legal_basis      VARCHAR(255)             COMMENT 'accepted and refused: on which law the decision rests',
    reason           TEXT NOT NULL            COMMENT 'Why, and what was done',
    row_hash         BINARY(32) NOT NULL      COMMENT 'SHA-256 over the name of the table and all values before',
    PRIMARY KEY (source_database, audit_sequence),
    CONSTRAINT gdpr_data_request_log_request_type CHECK (request_type IN ('access', 'erasure', 'rectification', 'restriction', 'portability', 'objection')),
    CONSTRAINT gdpr_data_request_log_step CHECK (step IN ('received', 'identity_verified', 'extended', 'accepted', 'fulfilled', 'refused')),
    CONSTRAINT gdpr_data_request_log_subject_type CHECK (subject_type IN ('customer', 'employee', 'supplier', 'other')),
    CONSTRAINT gdpr_data_request_log_under_legal_hold CHECK (under_legal_hold IN (0, 1)),
    CONSTRAINT gdpr_data_request_log_due_on CHECK ((step IN ('fulfilled', 'refused')) = (due_on IS NULL)),
    CONSTRAINT gdpr_data_request_log_due_after CHECK (due_on IS NULL OR due_on > received_on),
    CONSTRAINT gdpr_data_request_log_legal_basis CHECK ((step IN ('accepted', 'refused')) = (legal_basis IS NOT NULL)),
    CONSTRAINT gdpr_data_request_log_erasure CHECK (NOT (request_type = 'erasure' AND step IN ('accepted', 'fulfilled') AND under_legal_hold = 1))
) ENGINE = InnoDB DEFAULT COLLATE = utf8mb4_0900_bin COMMENT = 'Requests of persons about their data, step by step';

CREATE TABLE IF NOT EXISTS legal_hold_tracking (
    audit_timestamp DATETIME(6) NOT NULL     COMMENT 'When it happened',
    source_database VARCHAR(20) NOT NULL     COMMENT 'Short name of the source database; pipeline for our own doing',
    audit_sequence  BIGINT UNSIGNED NOT NULL COMMENT 'Number of the event in its source database, from 1, without gaps',
    hold_id         VARCHAR(64) NOT NULL     COMMENT 'The hold; one row for each of its steps',
    step            VARCHAR(20) NOT NULL     COMMENT 'set, release_requested, release_declined or released',
    matter          VARCHAR(255) NOT NULL    COMMENT 'The case that it serves',
    custodian       VARCHAR(255) NOT NULL    COMMENT 'Who answers for it',
    scope_database  VARCHAR(20)              COMMENT 'Source database that it covers, or pipeline; NULL covers all',
    scope_table     VARCHAR(128)             COMMENT 'Table that it covers; NULL covers all',
    scope_key       VARCHAR(512)             COMMENT 'Primary key of the row that it covers; NULL covers all',
    scope_from      DATE                     COMMENT 'First day (UTC) whose audit rows it covers; NULL from the beginning',
    scope_to        DATE                     COMMENT 'Last day that it covers, included; NULL without end',
    entered_by      VARCHAR(255) NOT NULL    COMMENT 'Who entered this step',
    requested_by    VARCHAR(255)             COMMENT 'release_declined and released: who had requested it; for released another person',
    reason          TEXT NOT NULL            COMMENT 'Why',
    row_hash        BINARY(32) NOT NULL      COMMENT 'SHA-256 over the name of the table and all values before',
    PRIMARY KEY (source_database, audit_sequence),
    CONSTRAINT legal_hold_tracking_step CHECK (step IN ('set', 'release_requested', 'release_declined', 'released')),
    CONSTRAINT legal_hold_tracking_two_persons CHECK ((step IN ('release_declined', 'released')) = (requested_by IS NOT NULL)),
    CONSTRAINT legal_hold_tracking_other_person CHECK (step <> 'released' OR requested_by <> entered_by),
    CONSTRAINT legal_hold_tracking_scope CHECK (scope_from IS NULL OR scope_to IS NULL OR scope_from <= scope_to)
) ENGINE = InnoDB DEFAULT COLLATE = utf8mb4_0900_bin COMMENT = 'Legal holds: what must not be destroyed, who said so, who released it';

CREATE TABLE IF NOT EXISTS sox_compliance_log (
    audit_timestamp  DATETIME(6) NOT NULL     COMMENT 'When it happened',
    source_database  VARCHAR(20) NOT NULL     COMMENT 'Short name of the source database; pipeline for our own doing',
    audit_sequence   BIGINT UNSIGNED NOT NULL COMMENT 'Number of the event in its source database, from 1, without gaps',
    control_id       VARCHAR(64) NOT NULL     COMMENT 'The control, such as debit_equals_credit',
    business_day     DATE NOT NULL            COMMENT 'Day that was checked',
    subject          VARCHAR(255) NOT NULL    COMMENT 'What was checked: a company, a ledger, a period, a table',
    population_count BIGINT UNSIGNED NOT NULL COMMENT 'Records checked',
    exception_count  BIGINT UNSIGNED NOT NULL COMMENT 'Records that break the control',
    outcome          VARCHAR(10) NOT NULL     COMMENT 'passed, failed or not_run',
    detail           TEXT                     COMMENT 'The first exceptions by key, or why it did not run',
    source_table     VARCHAR(128)             COMMENT 'Table that it was read from; NULL where the pipeline saw it itself',
    source_key       VARCHAR(512)             COMMENT 'Primary key of the row there',
    row_hash         BINARY(32) NOT NULL      COMMENT 'SHA-256 over the name of the table and all values before',
    PRIMARY KEY (source_database, audit_sequence, audit_timestamp),
    CONSTRAINT sox_compliance_log_outcome CHECK (outcome IN ('passed', 'failed', 'not_run')),
    CONSTRAINT sox_compliance_log_exceptions CHECK ((outcome = 'failed') = (exception_count > 0)),
    CONSTRAINT sox_compliance_log_detail CHECK (outcome = 'passed' OR detail IS NOT NULL),
    CONSTRAINT sox_compliance_log_source CHECK ((source_table IS NULL) = (source_key IS NULL))
) ENGINE = InnoDB DEFAULT COLLATE = utf8mb4_0900_bin COMMENT = 'Outcome of every financial control, day by day'
    PARTITION BY RANGE COLUMNS (audit_timestamp) (PARTITION p_later VALUES LESS THAN (MAXVALUE));

CREATE TABLE IF NOT EXISTS hipaa_compliance_log (
    audit_timestamp  DATETIME(6) NOT NULL     COMMENT 'When it happened',
    source_database  VARCHAR(20) NOT NULL     COMMENT 'Short name of the source database; pipeline for our own doing',
    audit_sequence   BIGINT UNSIGNED NOT NULL COMMENT 'Number of the event in its source database, from 1, without gaps',
    control_id       VARCHAR(64) NOT NULL     COMMENT 'The control, such as debit_equals_credit',
    business_day     DATE NOT NULL            COMMENT 'Day that was checked',
    subject          VARCHAR(255) NOT NULL    COMMENT 'What was checked: a company, a ledger, a period, a table',
    population_count BIGINT UNSIGNED NOT NULL COMMENT 'Records checked',
    exception_count  BIGINT UNSIGNED NOT NULL COMMENT 'Records that break the control',
    outcome          VARCHAR(10) NOT NULL     COMMENT 'passed, failed or not_run',
    detail           TEXT                     COMMENT 'The first exceptions by key, or why it did not run',
    source_table     VARCHAR(128)             COMMENT 'Table that it was read from; NULL where the pipeline saw it itself',
    source_key       VARCHAR(512)             COMMENT 'Primary key of the row there',
    row_hash         BINARY(32) NOT NULL      COMMENT 'SHA-256 over the name of the table and all values before',
    PRIMARY KEY (source_database, audit_sequence, audit_timestamp),
    CONSTRAINT hipaa_compliance_log_outcome CHECK (outcome IN ('passed', 'failed', 'not_run')),
    CONSTRAINT hipaa_compliance_log_exceptions CHECK ((outcome = 'failed') = (exception_count > 0)),
    CONSTRAINT hipaa_compliance_log_detail CHECK (outcome = 'passed' OR detail IS NOT NULL),
    CONSTRAINT hipaa_compliance_log_source CHECK ((source_table IS NULL) = (source_key IS NULL))
) ENGINE = InnoDB DEFAULT COLLATE = utf8mb4_0900_bin COMMENT = 'Outcome of every control of access to health data'
    PARTITION BY RANGE COLUMNS (audit_timestamp) (PARTITION p_later VALUES LESS THAN (MAXVALUE));

CREATE TABLE IF NOT EXISTS approval_audit_log (
    audit_timestamp DATETIME(6) NOT NULL     COMMENT 'When it happened',
    source_database VARCHAR(20) NOT NULL     COMMENT 'Short name of the source database; pipeline for our own doing',
    audit_sequence  BIGINT UNSIGNED NOT NULL COMMENT 'Number of the event in its source database, from 1, without gaps',
    document_type   VARCHAR(64) NOT NULL     COMMENT 'Kind of the document, such as batch_record or leave_request; an act that takes two persons, such as source_moved; form for a refused form',
    document_id     VARCHAR(255) NOT NULL    COMMENT 'The document; what the act is about, such as a source database; DAG and run of a refused form',
    step            VARCHAR(32) NOT NULL     COMMENT 'Such as prepared, reviewed, approved, rejected or released; of an act requested, confirmed, declined or carried_out; of a form refused',
    decided_by      VARCHAR(255)             COMMENT 'Who; NULL where the source does not say',
    decided_at      DATETIME(6)              COMMENT 'When, as the source says',
    requested_by    VARCHAR(255)             COMMENT 'Who had asked for it',
    detail          TEXT                     COMMENT 'Remarks; of an act what exactly was agreed to, and why (JSON)',
    source_table    VARCHAR(128)             COMMENT 'Table that it was read from; NULL where the pipeline saw it itself',
    source_key      VARCHAR(512)             COMMENT 'Primary key of the row there',
    row_hash        BINARY(32) NOT NULL      COMMENT 'SHA-256 over the name of the table and all values before',
    PRIMARY KEY (source_database, audit_sequence, audit_timestamp),
    CONSTRAINT approval_audit_log_source CHECK ((source_table IS NULL) = (source_key IS NULL))
) ENGINE = InnoDB DEFAULT COLLATE = utf8mb4_0900_bin COMMENT = 'Who approved, refused or released what'
    PARTITION BY RANGE COLUMNS (audit_timestamp) (PARTITION p_later VALUES LESS THAN (MAXVALUE));

CREATE TABLE IF NOT EXISTS quality_compliance_log (
    audit_timestamp DATETIME(6) NOT NULL     COMMENT 'When it happened',
    source_database VARCHAR(20) NOT NULL     COMMENT 'Short name of the source database; pipeline for our own doing',
    audit_sequence  BIGINT UNSIGNED NOT NULL COMMENT 'Number of the event in its source database, from 1, without gaps',
    record_type     VARCHAR(64) NOT NULL     COMMENT 'Such as quality_audit, finding, ncr, capa, calibration or training',
    record_id       VARCHAR(255) NOT NULL    COMMENT 'The record',
    status          VARCHAR(64)              COMMENT 'State, as the source says',
    severity        VARCHAR(32)              COMMENT 'Severity, as the source says',
    responsible     VARCHAR(255)             COMMENT 'Who answers for it',
    occurred_on     DATE                     COMMENT 'When it was found or done',
    due_on          DATE                     COMMENT 'Until when it must be closed',
    detail          TEXT                     COMMENT 'What it is about',
    source_table    VARCHAR(128)             COMMENT 'Table that it was read from; NULL where the pipeline saw it itself',
    source_key      VARCHAR(512)             COMMENT 'Primary key of the row there',
    row_hash        BINARY(32) NOT NULL      COMMENT 'SHA-256 over the name of the table and all values before',
    PRIMARY KEY (source_database, audit_sequence, audit_timestamp),
    CONSTRAINT quality_compliance_log_source CHECK ((source_table IS NULL) = (source_key IS NULL))
) ENGINE = InnoDB DEFAULT COLLATE = utf8mb4_0900_bin COMMENT = 'Audits, findings, nonconformances, corrective actions and calibration, by state'
    PARTITION BY RANGE COLUMNS (audit_timestamp) (PARTITION p_later VALUES LESS THAN (MAXVALUE));

CREATE TABLE IF NOT EXISTS integration_audit_log (
    audit_timestamp DATETIME(6) NOT NULL     COMMENT 'When it happened',
    source_database VARCHAR(20) NOT NULL     COMMENT 'Short name of the source database; pipeline for our own doing',
    audit_sequence  BIGINT UNSIGNED NOT NULL COMMENT 'Number of the event in its source database, from 1, without gaps',
    interface       VARCHAR(64) NOT NULL     COMMENT 'The interface, such as erp_mes or wms_tms',
    direction       VARCHAR(64)              COMMENT 'Where to, as the source says',
    document        VARCHAR(255)             COMMENT 'Kind and key of what was sent',
    status          VARCHAR(64)              COMMENT 'State, as the source says',
    error           TEXT                     COMMENT 'Error, as the source says',
    source_table    VARCHAR(128) NOT NULL    COMMENT 'Log that it was read from',
    source_key      VARCHAR(512) NOT NULL    COMMENT 'Primary key of the row there',
    row_hash        BINARY(32) NOT NULL      COMMENT 'SHA-256 over the name of the table and all values before',
    PRIMARY KEY (source_database, audit_sequence, audit_timestamp)
) ENGINE = InnoDB DEFAULT COLLATE = utf8mb4_0900_bin COMMENT = 'What the interfaces between the source systems did'
    PARTITION BY RANGE COLUMNS (audit_timestamp) (PARTITION p_later VALUES LESS THAN (MAXVALUE));

-- Reports, backups, retention -----------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS audit_report_schedule (
    audit_timestamp DATETIME(6) NOT NULL     COMMENT 'When it happened',
    source_database VARCHAR(20) NOT NULL     COMMENT 'Short name of the source database; pipeline for our own doing',
    audit_sequence  BIGINT UNSIGNED NOT NULL COMMENT 'Number of the event in its source database, from 1, without gaps',
    report_name     VARCHAR(64) NOT NULL     COMMENT 'The report',
    cron            VARCHAR(64) NOT NULL     COMMENT 'When, in the time zone of the schedules',
    recipients      TEXT                     COMMENT 'Who is told, separated by commas',
    active          TINYINT NOT NULL         COMMENT '0: no longer made',
    changed_by      VARCHAR(255) NOT NULL    COMMENT 'Who entered this',
    row_hash        BINARY(32) NOT NULL      COMMENT 'SHA-256 over the name of the table and all values before',
    PRIMARY KEY (source_database, audit_sequence),
    CONSTRAINT audit_report_schedule_active CHECK (active IN (0, 1))
) ENGINE = InnoDB DEFAULT COLLATE = utf8mb4_0900_bin COMMENT = 'Which reports are made when and for whom: the newest row of a report counts';

CREATE TABLE IF NOT EXISTS compliance_report_log (
    audit_timestamp DATETIME(6) NOT NULL     COMMENT 'When it happened',
    source_database VARCHAR(20) NOT NULL     COMMENT 'Short name of the source database; pipeline for our own doing',
    audit_sequence  BIGINT UNSIGNED NOT NULL COMMENT 'Number of the event in its source database, from 1, without gaps',
    report_name     VARCHAR(64) NOT NULL     COMMENT 'The report',
    period_from     DATE NOT NULL            COMMENT 'First day that it covers',
    period_to       DATE NOT NULL            COMMENT 'Last day that it covers',
    file_name       VARCHAR(512) NOT NULL    COMMENT 'The file, below the folder of reports or in Blob Storage',
    sha256          CHAR(64) NOT NULL        COMMENT 'SHA-256 of the file, in hexadecimal digits',
    size_bytes      BIGINT UNSIGNED NOT NULL COMMENT 'Size of the file, in bytes',
    row_count       BIGINT UNSIGNED NOT NULL COMMENT 'Rows in the report',
    control_totals  TEXT                     COMMENT 'Sums by name (JSON)',
    recipients      TEXT                     COMMENT 'Who was told, separated by commas',
    row_hash        BINARY(32) NOT NULL      COMMENT 'SHA-256 over the name of the table and all values before',
    PRIMARY KEY (source_database, audit_sequence, audit_timestamp),
    CONSTRAINT compliance_report_log_period CHECK (period_from <= period_to),
    CONSTRAINT compliance_report_log_sha256 CHECK (REGEXP_LIKE(sha256, '^[0-9a-f]{64}$', 'c')),
    CONSTRAINT compliance_report_log_control_totals_json CHECK (JSON_VALID(control_totals))
) ENGINE = InnoDB DEFAULT COLLATE = utf8mb4_0900_bin COMMENT = 'Every report that was produced, and what proves it'
    PARTITION BY RANGE COLUMNS (audit_timestamp) (PARTITION p_later VALUES LESS THAN (MAXVALUE));

CREATE TABLE IF NOT EXISTS backup_recovery (
    audit_timestamp DATETIME(6) NOT NULL     COMMENT 'When it happened',
    source_database VARCHAR(20) NOT NULL     COMMENT 'Short name of the source database; pipeline for our own doing',
    audit_sequence  BIGINT UNSIGNED NOT NULL COMMENT 'Number of the event in its source database, from 1, without gaps',
    action          VARCHAR(10) NOT NULL     COMMENT 'backup, restore, drill or delete',
    database_name   VARCHAR(64) NOT NULL     COMMENT 'Database',
    location        VARCHAR(512) NOT NULL    COMMENT 'The backup in Blob Storage',
    sha256          CHAR(64)                 COMMENT 'SHA-256 of the stored bytes, in hexadecimal digits',
    size_bytes      BIGINT UNSIGNED          COMMENT 'Stored size, in bytes',
    row_count       BIGINT UNSIGNED          COMMENT 'Rows in the backup',
    started_at      DATETIME(6) NOT NULL     COMMENT 'When it began',
    seconds         DECIMAL(12,3) NOT NULL   COMMENT 'How long it took, in seconds',
    status          VARCHAR(10) NOT NULL     COMMENT 'success or failed',
    error           TEXT                     COMMENT 'Why it failed',
    row_hash        BINARY(32) NOT NULL      COMMENT 'SHA-256 over the name of the table and all values before',
    PRIMARY KEY (source_database, audit_sequence, audit_timestamp),
    CONSTRAINT backup_recovery_action CHECK (action IN ('backup', 'restore', 'drill', 'delete')),
    CONSTRAINT backup_recovery_status CHECK (status IN ('success', 'failed')),
    CONSTRAINT backup_recovery_error CHECK ((status = 'failed') = (error IS NOT NULL)),
    CONSTRAINT backup_recovery_proof CHECK (status = 'failed' OR action <> 'backup' OR (sha256 IS NOT NULL AND size_bytes IS NOT NULL))
) ENGINE = InnoDB DEFAULT COLLATE = utf8mb4_0900_bin COMMENT = 'Every backup, restore and restore drill'
    PARTITION BY RANGE COLUMNS (audit_timestamp) (PARTITION p_later VALUES LESS THAN (MAXVALUE));

CREATE TABLE IF NOT EXISTS retention_archive_log (
    audit_timestamp DATETIME(6) NOT NULL     COMMENT 'When it happened',
    source_database VARCHAR(20) NOT NULL     COMMENT 'Short name of the source database; pipeline for our own doing',
    audit_sequence  BIGINT UNSIGNED NOT NULL COMMENT 'Number of the event in its source database, from 1, without gaps',
    action          VARCHAR(10) NOT NULL     COMMENT 'archive, drop, purge or hold',
    database_name   VARCHAR(64) NOT NULL     COMMENT 'Database',
    table_name      VARCHAR(64) NOT NULL     COMMENT 'Table',
    partition_name  VARCHAR(64)              COMMENT 'Partition; NULL where rows were deleted',
    period_from     DATETIME(6)              COMMENT 'First moment that it covers',
    period_to       DATETIME(6)              COMMENT 'First moment that it no longer covers',
    row_count       BIGINT UNSIGNED NOT NULL COMMENT 'Rows',
    location        VARCHAR(512)             COMMENT 'The archive in Blob Storage',
    sha256          CHAR(64)                 COMMENT 'SHA-256 of the archive, in hexadecimal digits',
    hold_id         VARCHAR(64)              COMMENT 'hold: the legal hold that kept it',
    detail          TEXT                     COMMENT 'What else is known',
    row_hash        BINARY(32) NOT NULL      COMMENT 'SHA-256 over the name of the table and all values before',
    PRIMARY KEY (source_database, audit_sequence, audit_timestamp),
    CONSTRAINT retention_archive_log_action CHECK (action IN ('archive', 'drop', 'purge', 'hold')),
    CONSTRAINT retention_archive_log_hold CHECK ((action = 'hold') = (hold_id IS NOT NULL)),
    CONSTRAINT retention_archive_log_proof CHECK (action <> 'archive' OR (location IS NOT NULL AND sha256 IS NOT NULL))
) ENGINE = InnoDB DEFAULT COLLATE = utf8mb4_0900_bin COMMENT = 'What was archived, purged or kept by a hold, with its proof'
    PARTITION BY RANGE COLUMNS (audit_timestamp) (PARTITION p_later VALUES LESS THAN (MAXVALUE));

-- The pipeline itself: not chained -------------------------------------------------------------------------------------

CREATE TABLE IF NOT EXISTS audit_etl_sync_log (
    sync_id          BIGINT UNSIGNED  NOT NULL AUTO_INCREMENT COMMENT 'Order of the attempts',
    audit_timestamp  DATETIME(6)      NOT NULL COMMENT 'When this row was written (UTC)',
    dag_id           VARCHAR(250)     NOT NULL COMMENT 'DAG that ran',
    run_id           VARCHAR(250)     NOT NULL COMMENT 'Its run, as the Airflow UI names it',
    table_name       VARCHAR(64)      NOT NULL COMMENT 'Reporting table',
    action           VARCHAR(20)      NOT NULL COMMENT 'load, or reconcile: compare it with the sources',
    try_number       INT              NOT NULL COMMENT 'Which try of the task, from 1',
    window_start     DATE             NOT NULL COMMENT 'First business day recomputed or compared',
    window_end       DATE             NOT NULL COMMENT 'Last business day recomputed or compared',
    started_at       DATETIME(6)      NOT NULL COMMENT 'When the attempt began (UTC)',
    rows_read        BIGINT           NOT NULL COMMENT 'Rows that the query returned, also if the attempt failed later',
    rows_loaded      BIGINT           NOT NULL COMMENT 'Rows published; 0 unless the attempt succeeded',
    rows_rejected    BIGINT           NOT NULL COMMENT 'Rows that broke a check of level fail; any of them fails the attempt',
    checks           JSON             NOT NULL COMMENT 'What each check found: check, column, level, passed, bad_rows, example, standing (a warning: NEW, usual or accepted)',
    digests          JSON             COMMENT 'Digest and number of the rows of each business day or month, as published or compared',
    seconds          DECIMAL(12,3)    NOT NULL COMMENT 'Time from opening the sources to the commit, in seconds',
    status           VARCHAR(20)      NOT NULL COMMENT 'success or failed',
    error            TEXT             COMMENT 'Why it failed',
    PRIMARY KEY (sync_id),
    CONSTRAINT audit_etl_sync_log_action CHECK (action IN ('load', 'reconcile')),
    CONSTRAINT audit_etl_sync_log_status CHECK (status IN ('success', 'failed')),
    CONSTRAINT audit_etl_sync_log_error CHECK ((status = 'failed') = (error IS NOT NULL))
) ENGINE = InnoDB COMMENT = 'One row for every attempt to load or reconcile a reporting table';

CREATE TABLE IF NOT EXISTS audit_sequence_manager (
    source_database      VARCHAR(20) NOT NULL     COMMENT 'Short name of the source database; pipeline for our own doing',
    last_audit_sequence  BIGINT UNSIGNED NOT NULL COMMENT 'Last number given; every number up to it is in system_audit_log',
    last_source_sequence BIGINT UNSIGNED          COMMENT 'Greatest number of the source that was taken over',
    done_snapshot        TEXT                     COMMENT 'Snapshot of the source (pg_snapshot) up to which all is taken over',
    reading_snapshot     TEXT                     COMMENT 'Snapshot that is being taken over in several batches',
    after_seq            BIGINT UNSIGNED          COMMENT 'Number of the source up to which reading_snapshot is taken over',
    cluster_id           VARCHAR(20)              COMMENT 'system_identifier of the source''s cluster: the snapshots mean nothing in another',
    fence                BIGINT UNSIGNED NOT NULL COMMENT 'Number of the present writer; one with a lower number may write no more',
    last_block_number    BIGINT UNSIGNED NOT NULL COMMENT 'Last closed block',
    open_events          INT UNSIGNED NOT NULL    COMMENT 'Events after the last closed block',
    open_since           DATETIME(6)              COMMENT 'When the first of them was written',
    updated_at           DATETIME(6) NOT NULL     COMMENT 'When this row was written',
    open_format          SMALLINT UNSIGNED NOT NULL DEFAULT 1 COMMENT 'format_version by which the rows of the open events are hashed',
    open_signature       VARBINARY(72)            COMMENT 'Signature of the open events: id of the key (8 bytes), Ed25519 (64 bytes); NULL without them or without a key',
    anchored_block       BIGINT UNSIGNED          COMMENT 'Last block that was anchored in Blob Storage: what was anchored once is not anchored anew',
    anchor_line          BIGINT UNSIGNED          COMMENT 'Number of the newest line about this source in Blob Storage',
    anchor_hash          BINARY(32)               COMMENT 'SHA-256 of that line',
    lost_since           DATETIME(6)              COMMENT 'Since when the source cannot be followed; NULL while it is',
    audit_timestamp      DATETIME(6)              COMMENT 'Always NULL: these rows belong to no month, so every night''s backup holds them all',
    PRIMARY KEY (source_database),
    CONSTRAINT audit_sequence_manager_open CHECK ((open_events = 0) = (open_since IS NULL)),
    CONSTRAINT audit_sequence_manager_reading CHECK ((reading_snapshot IS NULL) = (after_seq IS NULL))
) ENGINE = InnoDB DEFAULT COLLATE = utf8mb4_0900_bin COMMENT = 'Where each source database stands: the only rows here that change';

CREATE TABLE IF NOT EXISTS audit_trail_completeness (
    source_database      VARCHAR(20) NOT NULL     COMMENT 'Short name of the source database; pipeline for our own doing',
    block_number         BIGINT UNSIGNED NOT NULL COMMENT 'Number of the block in its source database, from 1, without gaps',
    audit_timestamp      DATETIME(6) NOT NULL     COMMENT 'When the block was closed',
    opened_at            DATETIME(6) NOT NULL     COMMENT 'When its first event was written',
    first_audit_sequence BIGINT UNSIGNED NOT NULL COMMENT 'First event',
    last_audit_sequence  BIGINT UNSIGNED NOT NULL COMMENT 'Last event',
    event_count          INT UNSIGNED NOT NULL    COMMENT 'Events: last less first, and one',
    table_rows           TEXT NOT NULL            COMMENT 'Rows of the events in each table, as name:rows, separated by commas',
    merkle_root          BINARY(32) NOT NULL      COMMENT 'Root of the Merkle tree over the leaves (RFC 6962)',
    previous_block_hash  BINARY(32) NOT NULL      COMMENT 'block_hash of the block before; zeros for the first',
    block_hash           BINARY(32) NOT NULL      COMMENT 'SHA-256 over the name of this table and all values before',
    leaves               MEDIUMBLOB NOT NULL      COMMENT 'leaf_hash of every event, one after the other; stays when the events are archived',
    format_version       SMALLINT UNSIGNED NOT NULL DEFAULT 1 COMMENT 'How its rows and it are hashed: the version of what is written; from 2 on part of block_hash',
    signature            VARBINARY(72)            COMMENT 'Signature of block_hash: id of the key (8 bytes), Ed25519 (64 bytes); NULL without a key',
    PRIMARY KEY (source_database, block_number),
    CONSTRAINT audit_trail_completeness_number CHECK (block_number > 0),
    CONSTRAINT audit_trail_completeness_events CHECK (event_count > 0),
    CONSTRAINT audit_trail_completeness_count CHECK (event_count = last_audit_sequence - first_audit_sequence + 1),
    CONSTRAINT audit_trail_completeness_leaves CHECK (LENGTH(leaves) = 32 * event_count),
    CONSTRAINT audit_trail_completeness_times CHECK (opened_at <= audit_timestamp)
) ENGINE = InnoDB DEFAULT COLLATE = utf8mb4_0900_bin COMMENT = 'The blocks: which events there are, and the hashes that prove it';
