-- genims_erp_wms_sync_db: stock reconciliation between ERP and WMS.
-- Owner: integration.

CREATE TABLE IF NOT EXISTS cycle_count_integration (
    integration_id         VARCHAR(50)    NOT NULL,
    wms_cycle_count_id     VARCHAR(50)    NOT NULL,
    erp_reconciliation_id  VARCHAR(50),
    integration_status     VARCHAR(30)    DEFAULT 'pending',
    items_counted          INTEGER,
    items_with_variance    INTEGER,
    total_variance_value   NUMERIC(15,2),
    processed_at           TIMESTAMP,
    notes                  TEXT,
    created_at             TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (integration_id)
);

CREATE TABLE IF NOT EXISTS inventory_adjustments_sync (
    sync_id                 VARCHAR(50)    NOT NULL,
    source_system           VARCHAR(10)    NOT NULL,
    adjustment_type         VARCHAR(30),
    adjustment_document_id  VARCHAR(50)    NOT NULL,
    adjustment_date         DATE           NOT NULL,
    material_id             VARCHAR(50)    NOT NULL,
    location_id             VARCHAR(50)    NOT NULL,
    bin_location            VARCHAR(50),
    quantity_before         NUMERIC(15,4),
    quantity_after          NUMERIC(15,4),
    adjustment_quantity     NUMERIC(15,4)  NOT NULL,
    value_before            NUMERIC(15,2),
    value_after             NUMERIC(15,2),
    adjustment_value        NUMERIC(15,2),
    adjustment_reason       VARCHAR(200),
    sync_status             VARCHAR(30)    DEFAULT 'pending',
    synced_to_system        VARCHAR(10),
    synced_at               TIMESTAMP,
    target_transaction_id   VARCHAR(50),
    error_message           TEXT,
    created_at              TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (sync_id)
);
CREATE INDEX IF NOT EXISTS ix_inventory_adjustments_sync_material_id_adjustment_date
    ON inventory_adjustments_sync (material_id, adjustment_date);
CREATE INDEX IF NOT EXISTS ix_inventory_adjustments_sync_source_system_sync_status
    ON inventory_adjustments_sync (source_system, sync_status);

CREATE TABLE IF NOT EXISTS inventory_reconciliation_headers (
    reconciliation_id      VARCHAR(50)    NOT NULL,
    reconciliation_number  VARCHAR(50)    NOT NULL,
    reconciliation_date    DATE           NOT NULL,
    fiscal_year            INTEGER,
    fiscal_period          INTEGER,
    location_id            VARCHAR(50),
    reconciliation_status  VARCHAR(30)    DEFAULT 'in_progress',
    total_items_compared   INTEGER        DEFAULT 0,
    items_matched          INTEGER        DEFAULT 0,
    items_with_variance    INTEGER        DEFAULT 0,
    total_variance_value   NUMERIC(15,2)  DEFAULT 0,
    started_by             VARCHAR(50),
    started_at             TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    completed_at           TIMESTAMP,
    notes                  TEXT,
    PRIMARY KEY (reconciliation_id),
    UNIQUE (reconciliation_number)
);
CREATE INDEX IF NOT EXISTS ix_inventory_reconciliation_headers_reconciliation_date
    ON inventory_reconciliation_headers (reconciliation_date);

CREATE TABLE IF NOT EXISTS inventory_reconciliation_lines (
    line_id                VARCHAR(50)    NOT NULL,
    reconciliation_id      VARCHAR(50)    NOT NULL,
    line_number            INTEGER,
    material_id            VARCHAR(50)    NOT NULL,
    location_id            VARCHAR(50)    NOT NULL,
    erp_quantity           NUMERIC(15,4)  DEFAULT 0,
    erp_value              NUMERIC(15,2)  DEFAULT 0,
    wms_quantity           NUMERIC(15,4)  DEFAULT 0,
    wms_value              NUMERIC(15,2)  DEFAULT 0,
    variance_quantity      NUMERIC(15,4)  DEFAULT 0,
    variance_value         NUMERIC(15,2)  DEFAULT 0,
    variance_pct           NUMERIC(5,2),
    wms_bin_details        JSONB,
    variance_reason        VARCHAR(200),
    variance_status        VARCHAR(30),
    adjustment_posted      BOOLEAN        DEFAULT false,
    adjustment_journal_id  VARCHAR(50),
    notes                  TEXT,
    created_at             TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (line_id)
);
CREATE INDEX IF NOT EXISTS ix_inventory_reconciliation_lines_material_id_location_id
    ON inventory_reconciliation_lines (material_id, location_id);
CREATE INDEX IF NOT EXISTS ix_inventory_reconciliation_lines_reconciliation_id
    ON inventory_reconciliation_lines (reconciliation_id);

CREATE TABLE IF NOT EXISTS inventory_sync_errors (
    error_id          VARCHAR(50)  NOT NULL,
    error_timestamp   TIMESTAMP    DEFAULT CURRENT_TIMESTAMP,
    error_type        VARCHAR(50),
    error_message     TEXT,
    error_details     JSONB,
    queue_id          VARCHAR(50),
    material_id       VARCHAR(50),
    location_id       VARCHAR(50),
    error_status      VARCHAR(30)  DEFAULT 'open',
    resolved_at       TIMESTAMP,
    resolved_by       VARCHAR(50),
    resolution_notes  TEXT,
    retry_attempted   BOOLEAN      DEFAULT false,
    retry_count       INTEGER      DEFAULT 0,
    PRIMARY KEY (error_id)
);
CREATE INDEX IF NOT EXISTS ix_inventory_sync_errors_error_status_error_timestamp
    ON inventory_sync_errors (error_status, error_timestamp);
CREATE INDEX IF NOT EXISTS ix_inventory_sync_errors_material_id ON inventory_sync_errors (material_id);

CREATE TABLE IF NOT EXISTS inventory_sync_mappings (
    mapping_id           VARCHAR(50)  NOT NULL,
    erp_location_id      VARCHAR(50)  NOT NULL,
    erp_location_type    VARCHAR(30),
    wms_warehouse_id     VARCHAR(50)  NOT NULL,
    is_active            BOOLEAN      DEFAULT true,
    sync_enabled         BOOLEAN      DEFAULT true,
    sync_mode            VARCHAR(30)  DEFAULT 'real_time',
    last_sync_timestamp  TIMESTAMP,
    last_sync_status     VARCHAR(30),
    created_at           TIMESTAMP    DEFAULT CURRENT_TIMESTAMP,
    updated_at           TIMESTAMP    DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (mapping_id),
    UNIQUE (erp_location_id, wms_warehouse_id)
);

CREATE TABLE IF NOT EXISTS inventory_sync_queue (
    queue_id           VARCHAR(50)    NOT NULL,
    sync_direction     VARCHAR(30)    NOT NULL,
    transaction_type   VARCHAR(50)    NOT NULL,
    transaction_id     VARCHAR(50)    NOT NULL,
    transaction_date   TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    material_id        VARCHAR(50)    NOT NULL,
    quantity           NUMERIC(15,4)  NOT NULL,
    unit_of_measure    VARCHAR(20),
    from_location      VARCHAR(50),
    to_location        VARCHAR(50),
    from_bin_location  VARCHAR(50),
    to_bin_location    VARCHAR(50),
    sync_status        VARCHAR(30)    DEFAULT 'pending',
    processed_at       TIMESTAMP,
    retry_count        INTEGER        DEFAULT 0,
    max_retries        INTEGER        DEFAULT 3,
    error_message      TEXT,
    acknowledged       BOOLEAN        DEFAULT false,
    acknowledged_at    TIMESTAMP,
    sync_data          JSONB,
    created_at         TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (queue_id)
);
CREATE INDEX IF NOT EXISTS ix_inventory_sync_queue_material_id_created_at
    ON inventory_sync_queue (material_id, created_at);
CREATE INDEX IF NOT EXISTS ix_inventory_sync_queue_sync_status_sync_direction
    ON inventory_sync_queue (sync_status, sync_direction);
CREATE INDEX IF NOT EXISTS ix_inventory_sync_queue_transaction_id_transaction_type
    ON inventory_sync_queue (transaction_id, transaction_type);

CREATE TABLE IF NOT EXISTS inventory_transaction_log (
    log_id            VARCHAR(50)    NOT NULL,
    log_timestamp     TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    transaction_type  VARCHAR(50)    NOT NULL,
    transaction_id    VARCHAR(50)    NOT NULL,
    source_system     VARCHAR(10)    NOT NULL,
    material_id       VARCHAR(50)    NOT NULL,
    location_id       VARCHAR(50)    NOT NULL,
    bin_location      VARCHAR(50),
    quantity_change   NUMERIC(15,4)  NOT NULL,
    unit_of_measure   VARCHAR(20),
    balance_before    NUMERIC(15,4),
    balance_after     NUMERIC(15,4),
    sync_required     BOOLEAN        DEFAULT true,
    synced            BOOLEAN        DEFAULT false,
    sync_timestamp    TIMESTAMP,
    transaction_data  JSONB,
    PRIMARY KEY (log_id)
);
CREATE INDEX IF NOT EXISTS ix_inventory_transaction_log_material_id_log_timestamp
    ON inventory_transaction_log (material_id, log_timestamp);
CREATE INDEX IF NOT EXISTS ix_inventory_transaction_log_synced_sync_required
    ON inventory_transaction_log (synced, sync_required);
