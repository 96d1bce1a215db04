-- genims_service_db: tickets, warranty, returned goods and field service.
-- Owner: customer service.

CREATE TABLE IF NOT EXISTS escalation_rules (
    rule_id                    VARCHAR(50)   NOT NULL,
    rule_code                  VARCHAR(50)   NOT NULL,
    rule_name                  VARCHAR(200)  NOT NULL,
    priority                   VARCHAR(20),
    category                   VARCHAR(100),
    sla_breach_threshold_pct   INTEGER       DEFAULT 80,
    level_1_escalate_to        VARCHAR(50),
    level_1_threshold_minutes  INTEGER,
    level_2_escalate_to        VARCHAR(50),
    level_2_threshold_minutes  INTEGER,
    level_3_escalate_to        VARCHAR(50),
    level_3_threshold_minutes  INTEGER,
    notify_customer            BOOLEAN       DEFAULT true,
    notify_management          BOOLEAN       DEFAULT true,
    is_active                  BOOLEAN       DEFAULT true,
    created_at                 TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (rule_id),
    UNIQUE (rule_code)
);
CREATE INDEX IF NOT EXISTS ix_escalation_rules_is_active ON escalation_rules (is_active);

CREATE TABLE IF NOT EXISTS field_service_appointments (
    appointment_id                VARCHAR(50)    NOT NULL,
    appointment_number            VARCHAR(50)    NOT NULL,
    account_id                    VARCHAR(50)    NOT NULL,
    contact_id                    VARCHAR(50),
    ticket_id                     VARCHAR(50),
    service_type                  VARCHAR(50),
    appointment_date              DATE           NOT NULL,
    scheduled_start_time          TIME,
    scheduled_end_time            TIME,
    estimated_duration_minutes    INTEGER,
    appointment_status            VARCHAR(30)    DEFAULT 'scheduled',
    assigned_technician_id        VARCHAR(50),
    service_location_address      TEXT,
    service_location_city         VARCHAR(100),
    service_location_state        VARCHAR(100),
    service_location_postal_code  VARCHAR(20),
    service_location_gps          POINT,
    checked_in_datetime           TIMESTAMP,
    checked_out_datetime          TIMESTAMP,
    actual_duration_minutes       INTEGER,
    travel_time_minutes           INTEGER,
    travel_distance_km            NUMERIC(10,2),
    work_performed                TEXT,
    parts_used                    TEXT,
    equipment_serial_number       VARCHAR(100),
    asset_id                      VARCHAR(50),
    customer_signature_url        VARCHAR(500),
    customer_signature_datetime   TIMESTAMP,
    follow_up_required            BOOLEAN        DEFAULT false,
    follow_up_appointment_id      VARCHAR(50),
    labor_charges                 NUMERIC(12,2)  DEFAULT 0,
    parts_charges                 NUMERIC(12,2)  DEFAULT 0,
    travel_charges                NUMERIC(12,2)  DEFAULT 0,
    total_charges                 NUMERIC(12,2)  DEFAULT 0,
    notes                         TEXT,
    created_at                    TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    updated_at                    TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (appointment_id),
    UNIQUE (appointment_number)
);
CREATE INDEX IF NOT EXISTS ix_field_service_appointments_account_id ON field_service_appointments (account_id);
CREATE INDEX IF NOT EXISTS ix_field_service_appointments_appoin_appoin
    ON field_service_appointments (appointment_date, appointment_status);
CREATE INDEX IF NOT EXISTS ix_field_service_appointments_assign_appoin
    ON field_service_appointments (assigned_technician_id, appointment_date);

CREATE TABLE IF NOT EXISTS field_technicians (
    technician_id           VARCHAR(50)   NOT NULL,
    employee_id             VARCHAR(50),
    technician_code         VARCHAR(50)   NOT NULL,
    first_name              VARCHAR(100)  NOT NULL,
    last_name               VARCHAR(100)  NOT NULL,
    email                   VARCHAR(100),
    phone                   VARCHAR(50),
    mobile                  VARCHAR(50),
    skill_areas             TEXT,
    certifications          TEXT,
    certification_expiry    JSONB,
    service_territory       VARCHAR(100),
    home_base_location      VARCHAR(200),
    available_for_dispatch  BOOLEAN       DEFAULT true,
    current_location_gps    POINT,
    last_location_update    TIMESTAMP,
    avg_job_rating          NUMERIC(3,2),
    total_jobs_completed    INTEGER       DEFAULT 0,
    technician_status       VARCHAR(30)   DEFAULT 'available',
    is_active               BOOLEAN       DEFAULT true,
    created_at              TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    updated_at              TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (technician_id),
    UNIQUE (technician_code)
);
CREATE INDEX IF NOT EXISTS ix_field_technicians_technician_status_is_active
    ON field_technicians (technician_status, is_active);

CREATE TABLE IF NOT EXISTS portal_users (
    portal_user_id       VARCHAR(50)   NOT NULL,
    account_id           VARCHAR(50)   NOT NULL,
    contact_id           VARCHAR(50),
    username             VARCHAR(100)  NOT NULL,
    email                VARCHAR(100)  NOT NULL,
    password_hash        VARCHAR(255),
    password_salt        VARCHAR(100),
    user_status          VARCHAR(30)   DEFAULT 'active',
    last_login_datetime  TIMESTAMP,
    login_count          INTEGER       DEFAULT 0,
    email_verified       BOOLEAN       DEFAULT false,
    verification_token   VARCHAR(100),
    created_at           TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    updated_at           TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (portal_user_id),
    UNIQUE (username)
);
CREATE INDEX IF NOT EXISTS ix_portal_users_account_id ON portal_users (account_id);
CREATE INDEX IF NOT EXISTS ix_portal_users_username ON portal_users (username);

CREATE TABLE IF NOT EXISTS rma_requests (
    rma_id                      VARCHAR(50)    NOT NULL,
    rma_number                  VARCHAR(50)    NOT NULL,
    account_id                  VARCHAR(50)    NOT NULL,
    contact_id                  VARCHAR(50),
    sales_order_id              VARCHAR(50),
    ticket_id                   VARCHAR(50),
    rma_type                    VARCHAR(50),
    return_reason               VARCHAR(50),
    reason_description          TEXT,
    rma_status                  VARCHAR(30)    DEFAULT 'requested',
    approved                    BOOLEAN        DEFAULT false,
    approved_by                 VARCHAR(50),
    approved_date               DATE,
    rejection_reason            TEXT,
    return_instructions         TEXT,
    return_address              TEXT,
    customer_shipment_tracking  VARCHAR(100),
    customer_ship_date          DATE,
    received_date               DATE,
    received_by                 VARCHAR(50),
    inspection_status           VARCHAR(30),
    inspection_notes            TEXT,
    condition_on_receipt        VARCHAR(50),
    resolution_type             VARCHAR(50),
    refund_amount               NUMERIC(12,2)  DEFAULT 0,
    refund_method               VARCHAR(50),
    refund_processed_date       DATE,
    replacement_order_id        VARCHAR(50),
    restocking_fee              NUMERIC(12,2)  DEFAULT 0,
    restocking_fee_pct          NUMERIC(5,2)   DEFAULT 0,
    warehouse_receipt_id        VARCHAR(50),
    notes                       TEXT,
    created_at                  TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    updated_at                  TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (rma_id),
    UNIQUE (rma_number)
);
CREATE INDEX IF NOT EXISTS ix_rma_requests_account_id_rma_status ON rma_requests (account_id, rma_status);
CREATE INDEX IF NOT EXISTS ix_rma_requests_sales_order_id ON rma_requests (sales_order_id);
CREATE INDEX IF NOT EXISTS ix_rma_requests_ticket_id ON rma_requests (ticket_id);

CREATE TABLE IF NOT EXISTS service_agents (
    agent_id                       VARCHAR(50)   NOT NULL,
    employee_id                    VARCHAR(50),
    agent_code                     VARCHAR(50)   NOT NULL,
    first_name                     VARCHAR(100)  NOT NULL,
    last_name                      VARCHAR(100)  NOT NULL,
    email                          VARCHAR(100),
    phone                          VARCHAR(50),
    team_id                        VARCHAR(50),
    skill_areas                    TEXT,
    product_expertise              TEXT,
    language_skills                TEXT,
    avg_csat_rating                NUMERIC(3,2),
    total_tickets_resolved         INTEGER       DEFAULT 0,
    avg_resolution_time_hours      NUMERIC(8,2),
    first_contact_resolution_rate  NUMERIC(5,2),
    agent_status                   VARCHAR(30)   DEFAULT 'available',
    current_ticket_count           INTEGER       DEFAULT 0,
    max_concurrent_tickets         INTEGER       DEFAULT 5,
    hire_date                      DATE,
    is_active                      BOOLEAN       DEFAULT true,
    created_at                     TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    updated_at                     TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (agent_id),
    UNIQUE (agent_code)
);
CREATE INDEX IF NOT EXISTS ix_service_agents_agent_status_is_active ON service_agents (agent_status, is_active);
CREATE INDEX IF NOT EXISTS ix_service_agents_team_id_agent_status ON service_agents (team_id, agent_status);

CREATE TABLE IF NOT EXISTS service_integration_log (
    log_id                 VARCHAR(50)  NOT NULL,
    log_timestamp          TIMESTAMP    DEFAULT CURRENT_TIMESTAMP,
    integration_direction  VARCHAR(30),
    document_type          VARCHAR(50),
    document_id            VARCHAR(50),
    integration_status     VARCHAR(30),
    error_message          TEXT,
    integration_data       JSONB,
    retry_count            INTEGER      DEFAULT 0,
    last_retry_at          TIMESTAMP,
    PRIMARY KEY (log_id)
);
CREATE INDEX IF NOT EXISTS ix_service_integration_log_integration_status_log_timestamp
    ON service_integration_log (integration_status, log_timestamp);

CREATE TABLE IF NOT EXISTS service_parts (
    service_part_id                 VARCHAR(50)    NOT NULL,
    part_number                     VARCHAR(100)   NOT NULL,
    part_name                       VARCHAR(200)   NOT NULL,
    part_category                   VARCHAR(50),
    part_type                       VARCHAR(50),
    description                     TEXT,
    manufacturer                    VARCHAR(200),
    manufacturer_part_number        VARCHAR(100),
    compatible_products             TEXT,
    compatible_models               TEXT,
    unit_of_measure                 VARCHAR(20),
    current_stock                   NUMERIC(15,4)  DEFAULT 0,
    min_stock_level                 NUMERIC(15,4),
    reorder_point                   NUMERIC(15,4),
    warehouse_locations             TEXT,
    stock_allocated_to_technicians  NUMERIC(15,4)  DEFAULT 0,
    standard_cost                   NUMERIC(12,4),
    service_price                   NUMERIC(12,4),
    annual_usage_quantity           NUMERIC(15,4),
    last_used_date                  DATE,
    is_obsolete                     BOOLEAN        DEFAULT false,
    replacement_part_id             VARCHAR(50),
    is_active                       BOOLEAN        DEFAULT true,
    created_at                      TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    updated_at                      TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (service_part_id),
    UNIQUE (part_number)
);
CREATE INDEX IF NOT EXISTS ix_service_parts_current_stock_reorder_point ON service_parts (current_stock, reorder_point);

CREATE TABLE IF NOT EXISTS service_parts_usage (
    usage_id               VARCHAR(50)    NOT NULL,
    service_part_id        VARCHAR(50)    NOT NULL,
    quantity_used          NUMERIC(15,4),
    unit_of_measure        VARCHAR(20),
    unit_cost              NUMERIC(12,4),
    total_cost             NUMERIC(15,2),
    usage_type             VARCHAR(30),
    ticket_id              VARCHAR(50),
    appointment_id         VARCHAR(50),
    warranty_claim_id      VARCHAR(50),
    used_by_technician_id  VARCHAR(50),
    usage_date             DATE,
    created_at             TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (usage_id)
);
CREATE INDEX IF NOT EXISTS ix_service_parts_usage_service_part_id_usage_date
    ON service_parts_usage (service_part_id, usage_date);
CREATE INDEX IF NOT EXISTS ix_service_parts_usage_ticket_id ON service_parts_usage (ticket_id);

CREATE TABLE IF NOT EXISTS service_queues (
    queue_id               VARCHAR(50)   NOT NULL,
    queue_code             VARCHAR(50)   NOT NULL,
    queue_name             VARCHAR(200)  NOT NULL,
    queue_type             VARCHAR(50),
    assigned_team_id       VARCHAR(50),
    auto_assign            BOOLEAN       DEFAULT true,
    assignment_method      VARCHAR(30),
    queue_priority         INTEGER       DEFAULT 5,
    current_ticket_count   INTEGER       DEFAULT 0,
    avg_wait_time_minutes  INTEGER,
    is_active              BOOLEAN       DEFAULT true,
    created_at             TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (queue_id),
    UNIQUE (queue_code)
);

CREATE TABLE IF NOT EXISTS service_tickets (
    ticket_id                    VARCHAR(50)   NOT NULL,
    ticket_number                VARCHAR(50)   NOT NULL,
    account_id                   VARCHAR(50)   NOT NULL,
    contact_id                   VARCHAR(50),
    channel                      VARCHAR(30),
    source_reference             VARCHAR(200),
    ticket_type                  VARCHAR(50),
    category                     VARCHAR(100),
    subcategory                  VARCHAR(100),
    product_category             VARCHAR(100),
    subject                      VARCHAR(200)  NOT NULL,
    description                  TEXT          NOT NULL,
    priority                     VARCHAR(20)   DEFAULT 'medium',
    priority_reason              VARCHAR(200),
    ticket_status                VARCHAR(30)   DEFAULT 'new',
    status_reason                VARCHAR(200),
    related_order_id             VARCHAR(50),
    related_product              VARCHAR(200),
    related_serial_number        VARCHAR(100),
    sla_id                       VARCHAR(50),
    response_due_datetime        TIMESTAMP,
    resolution_due_datetime      TIMESTAMP,
    first_response_datetime      TIMESTAMP,
    resolved_datetime            TIMESTAMP,
    closed_datetime              TIMESTAMP,
    response_sla_breached        BOOLEAN       DEFAULT false,
    resolution_sla_breached      BOOLEAN       DEFAULT false,
    assigned_to                  VARCHAR(50),
    assigned_team                VARCHAR(50),
    assigned_datetime            TIMESTAMP,
    routed_to_queue              VARCHAR(50),
    escalation_level             INTEGER       DEFAULT 0,
    escalated_to                 VARCHAR(50),
    escalated_datetime           TIMESTAMP,
    escalation_reason            TEXT,
    resolution_summary           TEXT,
    root_cause                   VARCHAR(200),
    resolution_code              VARCHAR(50),
    csat_rating                  INTEGER,
    csat_comment                 TEXT,
    csat_survey_sent             BOOLEAN       DEFAULT false,
    csat_survey_sent_datetime    TIMESTAMP,
    kb_article_used              VARCHAR(50),
    first_response_time_minutes  INTEGER,
    resolution_time_minutes      INTEGER,
    handle_time_minutes          INTEGER,
    reopened_count               INTEGER       DEFAULT 0,
    tags                         TEXT,
    created_by                   VARCHAR(50),
    created_at                   TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    updated_at                   TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (ticket_id),
    UNIQUE (ticket_number)
);
CREATE INDEX IF NOT EXISTS ix_service_tickets_account_id_ticket_status ON service_tickets (account_id, ticket_status);
CREATE INDEX IF NOT EXISTS ix_service_tickets_assigned_to_ticket_status ON service_tickets (assigned_to, ticket_status);
CREATE INDEX IF NOT EXISTS ix_service_tickets_channel_created_at ON service_tickets (channel, created_at);
CREATE INDEX IF NOT EXISTS ix_service_tickets_created_at ON service_tickets (created_at);
CREATE INDEX IF NOT EXISTS ix_service_tickets_resolution_sla_breached_ticket_status
    ON service_tickets (resolution_sla_breached, ticket_status);
CREATE INDEX IF NOT EXISTS ix_service_tickets_ticket_status_priority ON service_tickets (ticket_status, priority);

CREATE TABLE IF NOT EXISTS sla_definitions (
    sla_id                    VARCHAR(50)   NOT NULL,
    sla_code                  VARCHAR(50)   NOT NULL,
    sla_name                  VARCHAR(200)  NOT NULL,
    customer_tier             VARCHAR(20),
    priority                  VARCHAR(20),
    ticket_type               VARCHAR(50),
    category                  VARCHAR(100),
    service_hours             VARCHAR(30)   DEFAULT '24x7',
    response_time_minutes     INTEGER,
    response_time_unit        VARCHAR(20),
    resolution_time_minutes   INTEGER,
    resolution_time_unit      VARCHAR(20),
    escalation_enabled        BOOLEAN       DEFAULT true,
    escalation_threshold_pct  INTEGER       DEFAULT 80,
    notify_customer           BOOLEAN       DEFAULT true,
    notify_manager            BOOLEAN       DEFAULT true,
    is_active                 BOOLEAN       DEFAULT true,
    effective_date            DATE,
    created_at                TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (sla_id),
    UNIQUE (sla_code)
);
CREATE INDEX IF NOT EXISTS ix_sla_definitions_customer_tier_priority ON sla_definitions (customer_tier, priority);

CREATE TABLE IF NOT EXISTS ticket_comments (
    comment_id       VARCHAR(50)  NOT NULL,
    ticket_id        VARCHAR(50)  NOT NULL,
    comment_text     TEXT         NOT NULL,
    comment_type     VARCHAR(30),
    is_public        BOOLEAN      DEFAULT true,
    is_internal      BOOLEAN      DEFAULT false,
    attachments      TEXT,
    created_by       VARCHAR(50),
    created_by_type  VARCHAR(20),
    created_at       TIMESTAMP    DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (comment_id)
);
CREATE INDEX IF NOT EXISTS ix_ticket_comments_ticket_id_created_at ON ticket_comments (ticket_id, created_at);

CREATE TABLE IF NOT EXISTS ticket_escalations (
    escalation_id         VARCHAR(50)   NOT NULL,
    ticket_id             VARCHAR(50)   NOT NULL,
    escalation_level      INTEGER,
    escalation_reason     VARCHAR(200),
    escalated_from        VARCHAR(50),
    escalated_to          VARCHAR(50),
    escalated_at          TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    de_escalated          BOOLEAN       DEFAULT false,
    de_escalated_at       TIMESTAMP,
    de_escalation_reason  TEXT,
    PRIMARY KEY (escalation_id)
);
CREATE INDEX IF NOT EXISTS ix_ticket_escalations_ticket_id_escalated_at ON ticket_escalations (ticket_id, escalated_at);

CREATE TABLE IF NOT EXISTS warranty_claims (
    claim_id                 VARCHAR(50)    NOT NULL,
    claim_number             VARCHAR(50)    NOT NULL,
    warranty_id              VARCHAR(50)    NOT NULL,
    ticket_id                VARCHAR(50),
    claim_date               DATE           NOT NULL,
    issue_description        TEXT           NOT NULL,
    failure_type             VARCHAR(50),
    failure_category         VARCHAR(50),
    claim_status             VARCHAR(30)    DEFAULT 'submitted',
    approved                 BOOLEAN        DEFAULT false,
    approved_by              VARCHAR(50),
    approved_date            DATE,
    rejection_reason         TEXT,
    resolution_type          VARCHAR(50),
    labor_cost               NUMERIC(12,2)  DEFAULT 0,
    parts_cost               NUMERIC(12,2)  DEFAULT 0,
    total_claim_amount       NUMERIC(12,2)  DEFAULT 0,
    customer_responsibility  NUMERIC(12,2)  DEFAULT 0,
    warranty_coverage        NUMERIC(12,2)  DEFAULT 0,
    processed_date           DATE,
    processed_by             VARCHAR(50),
    notes                    TEXT,
    created_at               TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    updated_at               TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (claim_id),
    UNIQUE (claim_number)
);
CREATE INDEX IF NOT EXISTS ix_warranty_claims_warranty_id_claim_status ON warranty_claims (warranty_id, claim_status);

CREATE TABLE IF NOT EXISTS warranty_registrations (
    warranty_id                VARCHAR(50)   NOT NULL,
    warranty_number            VARCHAR(50)   NOT NULL,
    account_id                 VARCHAR(50)   NOT NULL,
    contact_id                 VARCHAR(50),
    product_name               VARCHAR(200)  NOT NULL,
    product_category           VARCHAR(100),
    serial_number              VARCHAR(100),
    model_number               VARCHAR(100),
    sales_order_id             VARCHAR(50),
    purchase_date              DATE          NOT NULL,
    invoice_number             VARCHAR(100),
    warranty_type              VARCHAR(50),
    warranty_start_date        DATE          NOT NULL,
    warranty_end_date          DATE          NOT NULL,
    warranty_duration_months   INTEGER,
    coverage_type              VARCHAR(50),
    coverage_details           TEXT,
    terms_conditions           TEXT,
    warranty_status            VARCHAR(30)   DEFAULT 'active',
    registered_date            DATE,
    registered_by              VARCHAR(50),
    transferred_to_account_id  VARCHAR(50),
    transfer_date              DATE,
    is_active                  BOOLEAN       DEFAULT true,
    created_at                 TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    updated_at                 TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (warranty_id),
    UNIQUE (warranty_number)
);
CREATE INDEX IF NOT EXISTS ix_warranty_registrations_account_id_warranty_status
    ON warranty_registrations (account_id, warranty_status);
CREATE INDEX IF NOT EXISTS ix_warranty_registrations_serial_number ON warranty_registrations (serial_number);
CREATE INDEX IF NOT EXISTS ix_warranty_registrations_warranty_end_date ON warranty_registrations (warranty_end_date);
