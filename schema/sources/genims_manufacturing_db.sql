-- genims_manufacturing_db: work orders, labour, material, defects and batch records.
-- Owner: manufacturing execution system (MES).

CREATE TABLE IF NOT EXISTS defects (
    defect_id                     VARCHAR(50)    NOT NULL,
    defect_code                   VARCHAR(50),
    defect_category               VARCHAR(50),
    defect_description            TEXT           NOT NULL,
    defect_severity               VARCHAR(20),
    detected_date                 TIMESTAMP      NOT NULL,
    work_order_id                 VARCHAR(50),
    operation_id                  VARCHAR(50),
    inspection_id                 VARCHAR(50),
    product_id                    VARCHAR(50),
    lot_number                    VARCHAR(50),
    quantity_affected             INTEGER,
    detected_by                   VARCHAR(50),
    detection_method              VARCHAR(50),
    root_cause_category           VARCHAR(100),
    root_cause_description        TEXT,
    root_cause_analysis_complete  BOOLEAN        DEFAULT false,
    corrective_action             TEXT,
    preventive_action             TEXT,
    action_owner                  VARCHAR(50),
    action_due_date               DATE,
    action_completed              BOOLEAN        DEFAULT false,
    scrap_cost                    NUMERIC(12,2),
    rework_cost                   NUMERIC(12,2),
    total_cost                    NUMERIC(12,2),
    status                        VARCHAR(30)    DEFAULT 'open',
    closed_date                   TIMESTAMP,
    created_at                    TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    updated_at                    TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (defect_id)
);
CREATE INDEX IF NOT EXISTS ix_defects_defect_severity_detected_date ON defects (defect_severity, detected_date);
CREATE INDEX IF NOT EXISTS ix_defects_status_detected_date ON defects (status, detected_date);
CREATE INDEX IF NOT EXISTS ix_defects_work_order_id_detected_date ON defects (work_order_id, detected_date);

CREATE TABLE IF NOT EXISTS downtime_events (
    downtime_id                  VARCHAR(50)    NOT NULL,
    machine_id                   VARCHAR(50),
    line_id                      VARCHAR(50),
    factory_id                   VARCHAR(50)    NOT NULL,
    downtime_start               TIMESTAMP      NOT NULL,
    downtime_end                 TIMESTAMP,
    duration_minutes             INTEGER,
    downtime_category            VARCHAR(50)    NOT NULL,
    downtime_reason_code         VARCHAR(50),
    downtime_reason_description  TEXT,
    work_order_id                VARCHAR(50),
    operation_id                 VARCHAR(50),
    production_loss_units        INTEGER,
    estimated_cost               NUMERIC(12,2),
    reported_by                  VARCHAR(50),
    responded_by                 VARCHAR(50),
    response_time_minutes        INTEGER,
    resolution_action            TEXT,
    root_cause                   TEXT,
    preventive_action            TEXT,
    maintenance_work_order       VARCHAR(50),
    spare_parts_used             TEXT,
    status                       VARCHAR(30)    DEFAULT 'active',
    created_at                   TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    resolved_at                  TIMESTAMP,
    PRIMARY KEY (downtime_id)
);
CREATE INDEX IF NOT EXISTS ix_downtime_events_downtime_category_downtime_start
    ON downtime_events (downtime_category, downtime_start);
CREATE INDEX IF NOT EXISTS ix_downtime_events_line_id_downtime_start ON downtime_events (line_id, downtime_start);
CREATE INDEX IF NOT EXISTS ix_downtime_events_machine_id_downtime_start ON downtime_events (machine_id, downtime_start);
CREATE INDEX IF NOT EXISTS ix_downtime_events_status_downtime_start ON downtime_events (status, downtime_start);

CREATE TABLE IF NOT EXISTS electronic_batch_records (
    ebr_id                        VARCHAR(50)   NOT NULL,
    batch_number                  VARCHAR(50)   NOT NULL,
    product_id                    VARCHAR(50)   NOT NULL,
    work_order_id                 VARCHAR(50)   NOT NULL,
    batch_size                    INTEGER       NOT NULL,
    formula_id                    VARCHAR(50),
    formula_version               VARCHAR(20),
    manufacturing_date            DATE          NOT NULL,
    expiration_date               DATE,
    retest_date                   DATE,
    factory_id                    VARCHAR(50)   NOT NULL,
    manufacturing_area            VARCHAR(100),
    record_status                 VARCHAR(30)   DEFAULT 'in_progress',
    prepared_by                   VARCHAR(50),
    prepared_at                   TIMESTAMP,
    reviewed_by                   VARCHAR(50),
    reviewed_at                   TIMESTAMP,
    approved_by                   VARCHAR(50),
    approved_at                   TIMESTAMP,
    release_status                VARCHAR(30),
    released_by                   VARCHAR(50),
    released_at                   TIMESTAMP,
    has_deviations                BOOLEAN       DEFAULT false,
    deviation_count               INTEGER       DEFAULT 0,
    temperature_min_c             NUMERIC(5,2),
    temperature_max_c             NUMERIC(5,2),
    humidity_min_percentage       NUMERIC(5,2),
    humidity_max_percentage       NUMERIC(5,2),
    regulatory_requirement        VARCHAR(100),
    audit_trail                   JSONB,
    electronic_signature_applied  BOOLEAN       DEFAULT false,
    signature_metadata            JSONB,
    notes                         TEXT,
    created_at                    TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    updated_at                    TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (ebr_id),
    UNIQUE (batch_number)
);
CREATE INDEX IF NOT EXISTS ix_electronic_batch_records_batch_number ON electronic_batch_records (batch_number);
CREATE INDEX IF NOT EXISTS ix_electronic_batch_records_product_id_manufacturing_date
    ON electronic_batch_records (product_id, manufacturing_date);
CREATE INDEX IF NOT EXISTS ix_electronic_batch_records_record_status_manufacturing_date
    ON electronic_batch_records (record_status, manufacturing_date);

CREATE TABLE IF NOT EXISTS labor_transactions (
    labor_transaction_id   VARCHAR(50)    NOT NULL,
    transaction_date       TIMESTAMP      NOT NULL,
    employee_id            VARCHAR(50)    NOT NULL,
    shift_id               VARCHAR(50),
    work_order_id          VARCHAR(50),
    operation_id           VARCHAR(50),
    activity_code          VARCHAR(50),
    activity_type          VARCHAR(50),
    clock_in_time          TIMESTAMP,
    clock_out_time         TIMESTAMP,
    duration_minutes       INTEGER,
    break_time_minutes     INTEGER        DEFAULT 0,
    quantity_produced      INTEGER,
    quantity_rejected      INTEGER,
    standard_hours         NUMERIC(8,2),
    actual_hours           NUMERIC(8,2),
    efficiency_percentage  NUMERIC(5,2),
    hourly_rate            NUMERIC(10,2),
    labor_cost             NUMERIC(12,2),
    overtime_hours         NUMERIC(8,2),
    overtime_cost          NUMERIC(12,2),
    approved               BOOLEAN        DEFAULT false,
    approved_by            VARCHAR(50),
    approved_at            TIMESTAMP,
    notes                  TEXT,
    created_at             TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (labor_transaction_id)
);
CREATE INDEX IF NOT EXISTS ix_labor_transactions_activity_type_transaction_date
    ON labor_transactions (activity_type, transaction_date);
CREATE INDEX IF NOT EXISTS ix_labor_transactions_employee_id_transaction_date
    ON labor_transactions (employee_id, transaction_date);
CREATE INDEX IF NOT EXISTS ix_labor_transactions_work_order_id_transaction_date
    ON labor_transactions (work_order_id, transaction_date);

CREATE TABLE IF NOT EXISTS material_transactions (
    transaction_id           VARCHAR(50)    NOT NULL,
    transaction_type         VARCHAR(30)    NOT NULL,
    transaction_date         TIMESTAMP      NOT NULL,
    work_order_id            VARCHAR(50),
    operation_id             VARCHAR(50),
    material_code            VARCHAR(50)    NOT NULL,
    material_name            VARCHAR(200),
    material_type            VARCHAR(50),
    quantity                 NUMERIC(15,4)  NOT NULL,
    unit_of_measure          VARCHAR(20),
    lot_number               VARCHAR(50),
    batch_number             VARCHAR(50),
    serial_number            VARCHAR(50),
    expiry_date              DATE,
    supplier_lot_number      VARCHAR(50),
    from_location            VARCHAR(100),
    to_location              VARCHAR(100),
    warehouse_location       VARCHAR(100),
    unit_cost                NUMERIC(12,4),
    total_cost               NUMERIC(15,2),
    quality_status           VARCHAR(30),
    inspection_required      BOOLEAN        DEFAULT false,
    certificate_of_analysis  VARCHAR(100),
    parent_lot_number        VARCHAR(50),
    consumed_by_lot_number   VARCHAR(50),
    performed_by             VARCHAR(50),
    requires_documentation   BOOLEAN        DEFAULT false,
    documentation_complete   BOOLEAN        DEFAULT false,
    created_at               TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (transaction_id)
);
CREATE INDEX IF NOT EXISTS ix_material_transactions_lot_number_transaction_date
    ON material_transactions (lot_number, transaction_date);
CREATE INDEX IF NOT EXISTS ix_material_transactions_transaction_type_transaction_date
    ON material_transactions (transaction_type, transaction_date);
CREATE INDEX IF NOT EXISTS ix_material_transactions_work_order_id_transaction_date
    ON material_transactions (work_order_id, transaction_date);

CREATE TABLE IF NOT EXISTS quality_inspections (
    inspection_id               VARCHAR(50)  NOT NULL,
    inspection_type             VARCHAR(50)  NOT NULL,
    inspection_date             TIMESTAMP    NOT NULL,
    work_order_id               VARCHAR(50),
    operation_id                VARCHAR(50),
    product_id                  VARCHAR(50),
    sample_size                 INTEGER,
    lot_number                  VARCHAR(50),
    batch_number                VARCHAR(50),
    serial_number               VARCHAR(50),
    inspector_id                VARCHAR(50)  NOT NULL,
    shift_id                    VARCHAR(50),
    inspection_result           VARCHAR(30)  NOT NULL,
    defects_found               INTEGER      DEFAULT 0,
    critical_defects            INTEGER      DEFAULT 0,
    major_defects               INTEGER      DEFAULT 0,
    minor_defects               INTEGER      DEFAULT 0,
    measured_values             JSONB,
    specification_values        JSONB,
    disposition                 VARCHAR(50),
    disposition_reason          TEXT,
    disposition_by              VARCHAR(50),
    ncr_number                  VARCHAR(50),
    corrective_action_required  BOOLEAN      DEFAULT false,
    inspection_plan_id          VARCHAR(50),
    inspection_checklist_id     VARCHAR(50),
    photos_attached             BOOLEAN      DEFAULT false,
    approved_by                 VARCHAR(50),
    approved_at                 TIMESTAMP,
    notes                       TEXT,
    created_at                  TIMESTAMP    DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (inspection_id)
);
CREATE INDEX IF NOT EXISTS ix_quality_inspections_inspection_result_inspection_date
    ON quality_inspections (inspection_result, inspection_date);
CREATE INDEX IF NOT EXISTS ix_quality_inspections_product_id_inspection_date
    ON quality_inspections (product_id, inspection_date);
CREATE INDEX IF NOT EXISTS ix_quality_inspections_work_order_id_inspection_date
    ON quality_inspections (work_order_id, inspection_date);

CREATE TABLE IF NOT EXISTS work_orders (
    work_order_id                VARCHAR(50)    NOT NULL,
    work_order_number            VARCHAR(50)    NOT NULL,
    product_id                   VARCHAR(50)    NOT NULL,
    customer_id                  VARCHAR(50),
    sales_order_number           VARCHAR(50),
    factory_id                   VARCHAR(50)    NOT NULL,
    line_id                      VARCHAR(50),
    planned_quantity             INTEGER        NOT NULL,
    unit_of_measure              VARCHAR(20)    DEFAULT 'EA',
    priority                     INTEGER        DEFAULT 5,
    planned_start_date           TIMESTAMP,
    planned_end_date             TIMESTAMP,
    scheduled_start_time         TIMESTAMP,
    scheduled_end_time           TIMESTAMP,
    actual_start_time            TIMESTAMP,
    actual_end_time              TIMESTAMP,
    produced_quantity            INTEGER        DEFAULT 0,
    good_quantity                INTEGER        DEFAULT 0,
    rejected_quantity            INTEGER        DEFAULT 0,
    scrapped_quantity            INTEGER        DEFAULT 0,
    rework_quantity              INTEGER        DEFAULT 0,
    status                       VARCHAR(30)    NOT NULL DEFAULT 'created',
    quality_status               VARCHAR(30),
    quality_hold                 BOOLEAN        DEFAULT false,
    planned_cycle_time_seconds   INTEGER,
    actual_cycle_time_seconds    INTEGER,
    setup_time_minutes           INTEGER,
    run_time_minutes             INTEGER,
    downtime_minutes             INTEGER,
    yield_percentage             NUMERIC(5,2),
    first_pass_yield_percentage  NUMERIC(5,2),
    standard_cost_per_unit       NUMERIC(12,2),
    actual_cost_per_unit         NUMERIC(12,2),
    total_material_cost          NUMERIC(15,2),
    total_labor_cost             NUMERIC(15,2),
    total_overhead_cost          NUMERIC(15,2),
    batch_number                 VARCHAR(50),
    lot_number                   VARCHAR(50),
    expiry_date                  DATE,
    electronic_batch_record_id   VARCHAR(50),
    requires_validation          BOOLEAN        DEFAULT false,
    validation_status            VARCHAR(30),
    parent_work_order_id         VARCHAR(50),
    erp_order_id                 VARCHAR(50),
    created_by                   VARCHAR(50),
    created_at                   TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    updated_at                   TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    completed_by                 VARCHAR(50),
    closed_at                    TIMESTAMP,
    PRIMARY KEY (work_order_id),
    UNIQUE (work_order_number)
);
CREATE INDEX IF NOT EXISTS ix_work_orders_actual_start_time_actual_end_time
    ON work_orders (actual_start_time, actual_end_time);
CREATE INDEX IF NOT EXISTS ix_work_orders_batch_number ON work_orders (batch_number);
CREATE INDEX IF NOT EXISTS ix_work_orders_customer_id_status ON work_orders (customer_id, status);
CREATE INDEX IF NOT EXISTS ix_work_orders_line_id_actual_start_time ON work_orders (line_id, actual_start_time);
CREATE INDEX IF NOT EXISTS ix_work_orders_product_id_status ON work_orders (product_id, status);
CREATE INDEX IF NOT EXISTS ix_work_orders_status_planned_start_date ON work_orders (status, planned_start_date);
