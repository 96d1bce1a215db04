-- genims_maintenance_db: assets, maintenance orders, spare parts and technicians.
-- Owner: maintenance management system (CMMS).

CREATE TABLE IF NOT EXISTS cmms_integration_log (
    log_id                 VARCHAR(50)  NOT NULL,
    log_timestamp          TIMESTAMP    DEFAULT CURRENT_TIMESTAMP,
    integration_direction  VARCHAR(20),
    document_type          VARCHAR(50),
    document_id            VARCHAR(50),
    integration_status     VARCHAR(30),
    error_message          TEXT,
    integration_data       JSONB,
    retry_count            INTEGER      DEFAULT 0,
    last_retry_at          TIMESTAMP,
    PRIMARY KEY (log_id)
);
CREATE INDEX IF NOT EXISTS ix_cmms_integration_log_integration_status_log_timestamp
    ON cmms_integration_log (integration_status, log_timestamp);

CREATE TABLE IF NOT EXISTS failure_codes (
    failure_code_id            VARCHAR(50)   NOT NULL,
    failure_code               VARCHAR(50)   NOT NULL,
    failure_description        VARCHAR(200)  NOT NULL,
    failure_class              VARCHAR(50),
    failure_type               VARCHAR(50),
    severity                   VARCHAR(20),
    parent_code                VARCHAR(50),
    recommended_action         TEXT,
    typical_repair_time_hours  NUMERIC(8,2),
    is_active                  BOOLEAN       DEFAULT true,
    created_at                 TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (failure_code_id),
    UNIQUE (failure_code)
);

CREATE TABLE IF NOT EXISTS labor_time_entries (
    entry_id              VARCHAR(50)    NOT NULL,
    work_order_id         VARCHAR(50)    NOT NULL,
    technician_id         VARCHAR(50)    NOT NULL,
    start_time            TIMESTAMP      NOT NULL,
    end_time              TIMESTAMP,
    duration_hours        NUMERIC(8,2),
    labor_type            VARCHAR(30),
    hourly_rate           NUMERIC(10,2),
    labor_cost            NUMERIC(12,2),
    activity_description  TEXT,
    approved              BOOLEAN        DEFAULT false,
    approved_by           VARCHAR(50),
    approved_at           TIMESTAMP,
    created_at            TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (entry_id)
);
CREATE INDEX IF NOT EXISTS ix_labor_time_entries_technician_id_start_time
    ON labor_time_entries (technician_id, start_time);
CREATE INDEX IF NOT EXISTS ix_labor_time_entries_work_order_id ON labor_time_entries (work_order_id);

CREATE TABLE IF NOT EXISTS maintenance_assets (
    asset_id                VARCHAR(50)    NOT NULL,
    asset_number            VARCHAR(50)    NOT NULL,
    asset_name              VARCHAR(200)   NOT NULL,
    asset_type              VARCHAR(50),
    asset_category          VARCHAR(50),
    asset_class             VARCHAR(50),
    parent_asset_id         VARCHAR(50),
    location_hierarchy      VARCHAR(500),
    machine_id              VARCHAR(50),
    factory_id              VARCHAR(50),
    line_id                 VARCHAR(50),
    department              VARCHAR(100),
    location_description    TEXT,
    manufacturer            VARCHAR(200),
    model_number            VARCHAR(100),
    serial_number           VARCHAR(100),
    year_manufactured       INTEGER,
    installation_date       DATE,
    commissioning_date      DATE,
    warranty_expiry_date    DATE,
    rated_capacity          VARCHAR(100),
    power_rating            VARCHAR(100),
    operating_voltage       VARCHAR(50),
    operating_pressure      VARCHAR(50),
    weight_kg               NUMERIC(10,2),
    dimensions              VARCHAR(200),
    criticality_rating      VARCHAR(20),
    safety_critical         BOOLEAN        DEFAULT false,
    production_critical     BOOLEAN        DEFAULT false,
    environmental_critical  BOOLEAN        DEFAULT false,
    downtime_cost_per_hour  NUMERIC(12,2),
    replacement_cost        NUMERIC(15,2),
    maintenance_strategy    VARCHAR(50),
    pm_frequency_type       VARCHAR(30),
    has_meter               BOOLEAN        DEFAULT false,
    meter_unit              VARCHAR(20),
    current_meter_reading   NUMERIC(15,2),
    meter_reading_date      TIMESTAMP,
    asset_condition         VARCHAR(30)    DEFAULT 'good',
    asset_status            VARCHAR(30)    DEFAULT 'operational',
    owned_leased            VARCHAR(20)    DEFAULT 'owned',
    purchase_cost           NUMERIC(15,2),
    purchase_date           DATE,
    technical_manual_url    VARCHAR(500),
    drawings_url            VARCHAR(500),
    photo_url               VARCHAR(500),
    expected_life_years     INTEGER,
    remaining_life_years    INTEGER,
    is_active               BOOLEAN        DEFAULT true,
    created_at              TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    updated_at              TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    notes                   TEXT,
    PRIMARY KEY (asset_id),
    UNIQUE (asset_number)
);
CREATE INDEX IF NOT EXISTS ix_maintenance_assets_asset_type_asset_status
    ON maintenance_assets (asset_type, asset_status);
CREATE INDEX IF NOT EXISTS ix_maintenance_assets_criticality_rating_is_active
    ON maintenance_assets (criticality_rating, is_active);
CREATE INDEX IF NOT EXISTS ix_maintenance_assets_factory_id_is_active ON maintenance_assets (factory_id, is_active);
CREATE INDEX IF NOT EXISTS ix_maintenance_assets_machine_id ON maintenance_assets (machine_id);
CREATE INDEX IF NOT EXISTS ix_maintenance_assets_parent_asset_id ON maintenance_assets (parent_asset_id);

CREATE TABLE IF NOT EXISTS maintenance_costs (
    cost_id           VARCHAR(50)    NOT NULL,
    work_order_id     VARCHAR(50)    NOT NULL,
    asset_id          VARCHAR(50)    NOT NULL,
    cost_type         VARCHAR(30),
    cost_description  TEXT,
    cost_amount       NUMERIC(12,2),
    currency          VARCHAR(3)     DEFAULT 'INR',
    cost_date         DATE,
    cost_center_id    VARCHAR(50),
    gl_account        VARCHAR(50),
    vendor_id         VARCHAR(50),
    invoice_number    VARCHAR(100),
    invoice_date      DATE,
    created_at        TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (cost_id)
);
CREATE INDEX IF NOT EXISTS ix_maintenance_costs_asset_id_cost_date ON maintenance_costs (asset_id, cost_date);
CREATE INDEX IF NOT EXISTS ix_maintenance_costs_cost_center_id_cost_date
    ON maintenance_costs (cost_center_id, cost_date);
CREATE INDEX IF NOT EXISTS ix_maintenance_costs_work_order_id ON maintenance_costs (work_order_id);

CREATE TABLE IF NOT EXISTS maintenance_history (
    history_id         VARCHAR(50)    NOT NULL,
    asset_id           VARCHAR(50)    NOT NULL,
    event_type         VARCHAR(50),
    event_date         TIMESTAMP      NOT NULL,
    event_description  TEXT,
    work_order_id      VARCHAR(50),
    pm_schedule_id     VARCHAR(50),
    failure_code       VARCHAR(50),
    root_cause         TEXT,
    corrective_action  TEXT,
    downtime_hours     NUMERIC(8,2),
    production_loss    NUMERIC(15,4),
    labor_cost         NUMERIC(12,2),
    parts_cost         NUMERIC(12,2),
    total_cost         NUMERIC(12,2),
    performed_by       VARCHAR(50),
    attachment_url     VARCHAR(500),
    created_at         TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (history_id)
);
CREATE INDEX IF NOT EXISTS ix_maintenance_history_asset_id_event_date ON maintenance_history (asset_id, event_date);
CREATE INDEX IF NOT EXISTS ix_maintenance_history_work_order_id ON maintenance_history (work_order_id);

CREATE TABLE IF NOT EXISTS maintenance_technicians (
    technician_id              VARCHAR(50)    NOT NULL,
    employee_id                VARCHAR(50),
    technician_code            VARCHAR(50)    NOT NULL,
    first_name                 VARCHAR(100),
    last_name                  VARCHAR(100),
    email                      VARCHAR(100),
    phone                      VARCHAR(50),
    hire_date                  DATE,
    department                 VARCHAR(100),
    job_title                  VARCHAR(100),
    skill_level                VARCHAR(30),
    trade                      VARCHAR(50),
    certifications             TEXT,
    certifications_expiry      JSONB,
    specializations            TEXT,
    primary_shift              VARCHAR(20),
    available_for_callout      BOOLEAN        DEFAULT true,
    hourly_rate                NUMERIC(10,2),
    overtime_rate              NUMERIC(10,2),
    total_wos_completed        INTEGER        DEFAULT 0,
    avg_completion_time_hours  NUMERIC(8,2),
    quality_rating             NUMERIC(3,2),
    technician_status          VARCHAR(30)    DEFAULT 'available',
    current_wo_id              VARCHAR(50),
    is_active                  BOOLEAN        DEFAULT true,
    created_at                 TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    updated_at                 TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (technician_id),
    UNIQUE (technician_code)
);
CREATE INDEX IF NOT EXISTS ix_maintenance_technicians_primary_shift_is_active
    ON maintenance_technicians (primary_shift, is_active);
CREATE INDEX IF NOT EXISTS ix_maintenance_technicians_technician_status_is_active
    ON maintenance_technicians (technician_status, is_active);

CREATE TABLE IF NOT EXISTS mro_parts (
    mro_part_id               VARCHAR(50)    NOT NULL,
    part_number               VARCHAR(100)   NOT NULL,
    part_name                 VARCHAR(200)   NOT NULL,
    part_category             VARCHAR(50),
    part_type                 VARCHAR(50),
    description               TEXT,
    manufacturer              VARCHAR(200),
    manufacturer_part_number  VARCHAR(100),
    unit_of_measure           VARCHAR(20),
    current_stock             NUMERIC(15,4)  DEFAULT 0,
    min_stock_level           NUMERIC(15,4),
    max_stock_level           NUMERIC(15,4),
    reorder_point             NUMERIC(15,4),
    reorder_quantity          NUMERIC(15,4),
    warehouse_id              VARCHAR(50),
    bin_location              VARCHAR(100),
    criticality               VARCHAR(20),
    lead_time_days            INTEGER,
    standard_cost             NUMERIC(12,4),
    last_purchase_cost        NUMERIC(12,4),
    last_purchase_date        DATE,
    average_cost              NUMERIC(12,4),
    total_stock_value         NUMERIC(15,2),
    primary_supplier_id       VARCHAR(50),
    alternate_suppliers       TEXT,
    annual_usage_quantity     NUMERIC(15,4),
    last_issue_date           DATE,
    last_receipt_date         DATE,
    used_on_assets            TEXT,
    interchangeable_parts     TEXT,
    has_shelf_life            BOOLEAN        DEFAULT false,
    shelf_life_months         INTEGER,
    part_status               VARCHAR(30)    DEFAULT 'active',
    is_active                 BOOLEAN        DEFAULT true,
    created_at                TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    updated_at                TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (mro_part_id),
    UNIQUE (part_number)
);
CREATE INDEX IF NOT EXISTS ix_mro_parts_current_stock_reorder_point ON mro_parts (current_stock, reorder_point);
CREATE INDEX IF NOT EXISTS ix_mro_parts_part_category_part_status ON mro_parts (part_category, part_status);

CREATE TABLE IF NOT EXISTS mro_parts_transactions (
    transaction_id      VARCHAR(50)    NOT NULL,
    transaction_number  VARCHAR(50)    NOT NULL,
    mro_part_id         VARCHAR(50)    NOT NULL,
    transaction_type    VARCHAR(30),
    transaction_date    TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    quantity            NUMERIC(15,4),
    unit_of_measure     VARCHAR(20),
    unit_cost           NUMERIC(12,4),
    total_cost          NUMERIC(15,2),
    work_order_id       VARCHAR(50),
    asset_id            VARCHAR(50),
    from_location       VARCHAR(100),
    to_location         VARCHAR(100),
    issued_to           VARCHAR(50),
    issued_by           VARCHAR(50),
    purchase_order_id   VARCHAR(50),
    reason_code         VARCHAR(50),
    notes               TEXT,
    created_at          TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (transaction_id),
    UNIQUE (transaction_number)
);
CREATE INDEX IF NOT EXISTS ix_mro_parts_transactions_mro_part_id_transaction_date
    ON mro_parts_transactions (mro_part_id, transaction_date);
CREATE INDEX IF NOT EXISTS ix_mro_parts_transactions_work_order_id ON mro_parts_transactions (work_order_id);

CREATE TABLE IF NOT EXISTS pm_generation_log (
    log_id                 VARCHAR(50)    NOT NULL,
    pm_schedule_id         VARCHAR(50)    NOT NULL,
    generation_date        TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    generation_reason      VARCHAR(50),
    trigger_date           DATE,
    trigger_meter_reading  NUMERIC(15,2),
    work_order_id          VARCHAR(50),
    work_order_number      VARCHAR(50),
    generation_status      VARCHAR(30),
    error_message          TEXT,
    created_at             TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (log_id)
);
CREATE INDEX IF NOT EXISTS ix_pm_generation_log_pm_schedule_id_generation_date
    ON pm_generation_log (pm_schedule_id, generation_date);

CREATE TABLE IF NOT EXISTS pm_schedules (
    pm_schedule_id            VARCHAR(50)    NOT NULL,
    schedule_code             VARCHAR(50)    NOT NULL,
    schedule_name             VARCHAR(200)   NOT NULL,
    asset_id                  VARCHAR(50)    NOT NULL,
    schedule_type             VARCHAR(30),
    frequency_type            VARCHAR(30),
    frequency_value           INTEGER,
    frequency_unit            VARCHAR(20),
    meter_frequency           INTEGER,
    meter_unit                VARCHAR(20),
    meter_tolerance           INTEGER,
    condition_parameter       VARCHAR(100),
    condition_threshold       VARCHAR(100),
    pm_type                   VARCHAR(30),
    description               TEXT,
    estimated_duration_hours  NUMERIC(8,2),
    procedure_id              VARCHAR(50),
    standard_tasks            TEXT,
    required_skills           TEXT,
    required_tools            TEXT,
    required_parts            TEXT,
    lead_time_days            INTEGER,
    scheduling_priority       VARCHAR(20),
    last_wo_id                VARCHAR(50),
    last_completed_date       DATE,
    last_meter_reading        NUMERIC(15,2),
    next_due_date             DATE,
    next_due_meter_reading    NUMERIC(15,2),
    auto_generate_wo          BOOLEAN        DEFAULT true,
    schedule_status           VARCHAR(30)    DEFAULT 'active',
    effective_date            DATE,
    end_date                  DATE,
    is_active                 BOOLEAN        DEFAULT true,
    created_at                TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    updated_at                TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (pm_schedule_id),
    UNIQUE (schedule_code)
);
CREATE INDEX IF NOT EXISTS ix_pm_schedules_asset_id_schedule_status ON pm_schedules (asset_id, schedule_status);
CREATE INDEX IF NOT EXISTS ix_pm_schedules_next_due_date_schedule_status
    ON pm_schedules (next_due_date, schedule_status);
CREATE INDEX IF NOT EXISTS ix_pm_schedules_schedule_type_schedule_status
    ON pm_schedules (schedule_type, schedule_status);

CREATE TABLE IF NOT EXISTS service_call_logs (
    call_log_id               VARCHAR(50)   NOT NULL,
    call_number               VARCHAR(50)   NOT NULL,
    contract_id               VARCHAR(50)   NOT NULL,
    asset_id                  VARCHAR(50)   NOT NULL,
    call_date                 TIMESTAMP     NOT NULL,
    problem_description       TEXT          NOT NULL,
    priority                  VARCHAR(20),
    response_time_hours       NUMERIC(8,2),
    resolution_time_hours     NUMERIC(8,2),
    service_performed         TEXT,
    parts_used                TEXT,
    service_engineer_name     VARCHAR(200),
    service_engineer_contact  VARCHAR(100),
    call_status               VARCHAR(30),
    customer_rating           INTEGER,
    customer_feedback         TEXT,
    work_order_id             VARCHAR(50),
    created_at                TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (call_log_id),
    UNIQUE (call_number)
);
CREATE INDEX IF NOT EXISTS ix_service_call_logs_contract_id_call_date ON service_call_logs (contract_id, call_date);

CREATE TABLE IF NOT EXISTS service_contracts (
    contract_id                   VARCHAR(50)    NOT NULL,
    contract_number               VARCHAR(50)    NOT NULL,
    contract_name                 VARCHAR(200)   NOT NULL,
    vendor_id                     VARCHAR(50)    NOT NULL,
    vendor_name                   VARCHAR(200),
    contract_type                 VARCHAR(50),
    coverage_description          TEXT,
    covered_assets                TEXT,
    contract_start_date           DATE           NOT NULL,
    contract_end_date             DATE           NOT NULL,
    contract_value                NUMERIC(15,2),
    payment_terms                 VARCHAR(100),
    response_time_hours           INTEGER,
    resolution_time_hours         INTEGER,
    uptime_guarantee_pct          NUMERIC(5,2),
    penalty_clause                TEXT,
    billing_frequency             VARCHAR(30),
    next_billing_date             DATE,
    auto_renewal                  BOOLEAN        DEFAULT false,
    renewal_notice_days           INTEGER,
    contract_status               VARCHAR(30)    DEFAULT 'active',
    total_service_calls           INTEGER        DEFAULT 0,
    avg_response_time_hours       NUMERIC(8,2),
    customer_satisfaction_rating  NUMERIC(3,2),
    contract_document_url         VARCHAR(500),
    is_active                     BOOLEAN        DEFAULT true,
    created_at                    TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    updated_at                    TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (contract_id),
    UNIQUE (contract_number)
);
CREATE INDEX IF NOT EXISTS ix_service_contracts_contract_status_contract_end_date
    ON service_contracts (contract_status, contract_end_date);
CREATE INDEX IF NOT EXISTS ix_service_contracts_vendor_id ON service_contracts (vendor_id);

CREATE TABLE IF NOT EXISTS work_orders (
    work_order_id             VARCHAR(50)    NOT NULL,
    work_order_number         VARCHAR(50)    NOT NULL,
    asset_id                  VARCHAR(50)    NOT NULL,
    wo_type                   VARCHAR(30)    NOT NULL,
    priority                  VARCHAR(20)    DEFAULT 'medium',
    description               TEXT           NOT NULL,
    problem_description       TEXT,
    failure_code              VARCHAR(50),
    failure_class             VARCHAR(50),
    failure_mode              VARCHAR(100),
    downtime_category         VARCHAR(50),
    requested_date            DATE,
    scheduled_start_date      DATE,
    scheduled_end_date        DATE,
    estimated_duration_hours  NUMERIC(8,2),
    actual_start_date         TIMESTAMP,
    actual_end_date           TIMESTAMP,
    actual_duration_hours     NUMERIC(8,2),
    wo_status                 VARCHAR(30)    DEFAULT 'created',
    status_history            JSONB,
    assigned_to               VARCHAR(50),
    assigned_team             VARCHAR(50),
    source_type               VARCHAR(50),
    source_document_id        VARCHAR(50),
    downtime_event_id         VARCHAR(50),
    machine_fault_id          VARCHAR(50),
    safety_permit_required    BOOLEAN        DEFAULT false,
    lockout_tagout_required   BOOLEAN        DEFAULT false,
    confined_space            BOOLEAN        DEFAULT false,
    hot_work_permit           BOOLEAN        DEFAULT false,
    approved_by               VARCHAR(50),
    approved_at               TIMESTAMP,
    work_performed            TEXT,
    root_cause                TEXT,
    corrective_action         TEXT,
    completed_by              VARCHAR(50),
    completed_at              TIMESTAMP,
    verified_by               VARCHAR(50),
    verified_at               TIMESTAMP,
    verification_notes        TEXT,
    follow_up_required        BOOLEAN        DEFAULT false,
    follow_up_wo_id           VARCHAR(50),
    estimated_cost            NUMERIC(12,2),
    actual_labor_cost         NUMERIC(12,2),
    actual_parts_cost         NUMERIC(12,2),
    actual_total_cost         NUMERIC(12,2),
    downtime_minutes          INTEGER        DEFAULT 0,
    production_loss_units     NUMERIC(15,4),
    created_by                VARCHAR(50),
    created_at                TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    updated_at                TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (work_order_id),
    UNIQUE (work_order_number)
);
CREATE INDEX IF NOT EXISTS ix_work_orders_asset_id_wo_status ON work_orders (asset_id, wo_status);
CREATE INDEX IF NOT EXISTS ix_work_orders_assigned_to_wo_status ON work_orders (assigned_to, wo_status);
CREATE INDEX IF NOT EXISTS ix_work_orders_created_at ON work_orders (created_at);
CREATE INDEX IF NOT EXISTS ix_work_orders_priority_wo_status ON work_orders (priority, wo_status);
CREATE INDEX IF NOT EXISTS ix_work_orders_scheduled_start_date_scheduled_end_date
    ON work_orders (scheduled_start_date, scheduled_end_date);
CREATE INDEX IF NOT EXISTS ix_work_orders_wo_type_wo_status ON work_orders (wo_type, wo_status);
