-- genims_audit_db: what auditors read. Append-only by grants; kept for 7 years.
-- mysql -h HOST -u USER -p genims_audit_db < schema/mysql_audit_schema.sql

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
    checks           JSON             NOT NULL COMMENT 'What each check found: check, column, level, passed, bad_rows, example',
    seconds          DECIMAL(12,3)    NOT NULL COMMENT 'Time from opening the sources to the commit, in seconds',
    status           VARCHAR(20)      NOT NULL COMMENT 'success or failed',
    error            TEXT             COMMENT 'Why it failed',
    PRIMARY KEY (sync_id),
    CONSTRAINT audit_etl_sync_log_action CHECK (action IN ('load', 'reconcile')),
    CONSTRAINT audit_etl_sync_log_status CHECK (status IN ('success', 'failed')),
    CONSTRAINT audit_etl_sync_log_error CHECK ((status = 'failed') = (error IS NOT NULL))
) ENGINE = InnoDB COMMENT = 'One row for every attempt to load or reconcile a reporting table';
