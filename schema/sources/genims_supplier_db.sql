-- genims_supplier_db: requisitions, quotes, contracts, invoices and scorecards.
-- Owner: supplier portal.

CREATE TABLE IF NOT EXISTS audit_findings (
    finding_id                  VARCHAR(50)   NOT NULL,
    audit_id                    VARCHAR(50)   NOT NULL,
    finding_number              INTEGER,
    finding_type                VARCHAR(30),
    finding_category            VARCHAR(50),
    finding_description         TEXT          NOT NULL,
    evidence                    TEXT,
    requirement_reference       VARCHAR(100),
    corrective_action_required  BOOLEAN       DEFAULT false,
    corrective_action           TEXT,
    responsible_person          VARCHAR(200),
    target_date                 DATE,
    finding_status              VARCHAR(30)   DEFAULT 'open',
    closed_date                 DATE,
    closure_verified_by         VARCHAR(50),
    created_at                  TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (finding_id)
);

CREATE TABLE IF NOT EXISTS contract_pricing (
    pricing_id               VARCHAR(50)    NOT NULL,
    contract_id              VARCHAR(50)    NOT NULL,
    material_id              VARCHAR(50)    NOT NULL,
    unit_price               NUMERIC(15,4)  NOT NULL,
    currency_code            VARCHAR(3)     DEFAULT 'INR',
    effective_from           DATE           NOT NULL,
    effective_to             DATE,
    min_order_quantity       NUMERIC(15,4),
    max_order_quantity       NUMERIC(15,4),
    standard_lead_time_days  INTEGER,
    price_revision_date      DATE,
    previous_unit_price      NUMERIC(15,4),
    price_change_pct         NUMERIC(5,2),
    is_active                BOOLEAN        DEFAULT true,
    created_at               TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (pricing_id)
);
CREATE INDEX IF NOT EXISTS ix_contract_pricing_material_id_is_active ON contract_pricing (material_id, is_active);

CREATE TABLE IF NOT EXISTS purchase_requisition_lines (
    line_id                VARCHAR(50)    NOT NULL,
    requisition_id         VARCHAR(50)    NOT NULL,
    line_number            INTEGER        NOT NULL,
    material_id            VARCHAR(50),
    item_description       TEXT           NOT NULL,
    quantity               NUMERIC(15,4)  NOT NULL,
    unit_of_measure        VARCHAR(20),
    estimated_unit_price   NUMERIC(15,4),
    estimated_total        NUMERIC(15,2),
    preferred_supplier_id  VARCHAR(50),
    delivery_location      VARCHAR(50),
    required_by_date       DATE,
    created_at             TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (line_id)
);

CREATE TABLE IF NOT EXISTS purchase_requisitions (
    requisition_id       VARCHAR(50)    NOT NULL,
    requisition_number   VARCHAR(50)    NOT NULL,
    requested_by         VARCHAR(50)    NOT NULL,
    department_id        VARCHAR(50),
    cost_center_id       VARCHAR(50),
    requisition_date     DATE           NOT NULL,
    required_by_date     DATE           NOT NULL,
    requisition_type     VARCHAR(30)    DEFAULT 'standard',
    purpose              TEXT,
    justification        TEXT,
    budget_code          VARCHAR(50),
    estimated_total      NUMERIC(15,2),
    requisition_status   VARCHAR(30)    DEFAULT 'draft',
    approval_level       INTEGER        DEFAULT 0,
    approved_by          VARCHAR(50),
    approved_date        DATE,
    rejection_reason     TEXT,
    converted_to_rfq_id  VARCHAR(50),
    converted_to_po_id   VARCHAR(50),
    created_at           TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    updated_at           TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (requisition_id),
    UNIQUE (requisition_number)
);
CREATE INDEX IF NOT EXISTS ix_purchase_requisitions_requested_by ON purchase_requisitions (requested_by);
CREATE INDEX IF NOT EXISTS ix_purchase_requisitions_requisition_status_requisition_date
    ON purchase_requisitions (requisition_status, requisition_date);

CREATE TABLE IF NOT EXISTS rfq_headers (
    rfq_id                    VARCHAR(50)    NOT NULL,
    rfq_number                VARCHAR(50)    NOT NULL,
    rfq_title                 VARCHAR(200)   NOT NULL,
    rfq_description           TEXT,
    rfq_type                  VARCHAR(30)    DEFAULT 'standard',
    requested_by              VARCHAR(50),
    department_id             VARCHAR(50),
    rfq_date                  DATE           NOT NULL,
    response_deadline         DATE           NOT NULL,
    expected_delivery_date    DATE,
    total_estimated_value     NUMERIC(15,2),
    currency_code             VARCHAR(3)     DEFAULT 'INR',
    quality_requirements      TEXT,
    technical_specifications  TEXT,
    delivery_location         VARCHAR(50),
    payment_terms             VARCHAR(100),
    incoterms                 VARCHAR(20),
    rfq_status                VARCHAR(30)    DEFAULT 'draft',
    published_date            DATE,
    published_by              VARCHAR(50),
    awarded_date              DATE,
    awarded_to                VARCHAR(50),
    award_notes               TEXT,
    attachment_urls           TEXT[],
    created_at                TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    updated_at                TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (rfq_id),
    UNIQUE (rfq_number)
);
CREATE INDEX IF NOT EXISTS ix_rfq_headers_response_deadline ON rfq_headers (response_deadline);
CREATE INDEX IF NOT EXISTS ix_rfq_headers_rfq_status_rfq_date ON rfq_headers (rfq_status, rfq_date);

CREATE TABLE IF NOT EXISTS rfq_responses (
    response_id         VARCHAR(50)    NOT NULL,
    response_number     VARCHAR(50)    NOT NULL,
    rfq_id              VARCHAR(50)    NOT NULL,
    supplier_id         VARCHAR(50)    NOT NULL,
    response_date       TIMESTAMP      NOT NULL,
    valid_until_date    DATE,
    currency_code       VARCHAR(3)     DEFAULT 'INR',
    payment_terms       VARCHAR(100),
    delivery_terms      TEXT,
    total_quoted_value  NUMERIC(15,2),
    remarks             TEXT,
    alternate_proposal  TEXT,
    attachment_urls     TEXT[],
    response_status     VARCHAR(30)    DEFAULT 'submitted',
    created_at          TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (response_id),
    UNIQUE (response_number)
);
CREATE INDEX IF NOT EXISTS ix_rfq_responses_supplier_id_response_date ON rfq_responses (supplier_id, response_date);

CREATE TABLE IF NOT EXISTS rfq_suppliers (
    rfq_supplier_id    VARCHAR(50)  NOT NULL,
    rfq_id             VARCHAR(50)  NOT NULL,
    supplier_id        VARCHAR(50)  NOT NULL,
    invited_date       TIMESTAMP,
    invited_by         VARCHAR(50),
    invitation_method  VARCHAR(30),
    response_status    VARCHAR(30)  DEFAULT 'pending',
    viewed_date        TIMESTAMP,
    responded_date     TIMESTAMP,
    decline_reason     TEXT,
    is_shortlisted     BOOLEAN      DEFAULT false,
    shortlist_notes    TEXT,
    created_at         TIMESTAMP    DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (rfq_supplier_id),
    UNIQUE (rfq_id, supplier_id)
);
CREATE INDEX IF NOT EXISTS ix_rfq_suppliers_rfq_id_response_status ON rfq_suppliers (rfq_id, response_status);

CREATE TABLE IF NOT EXISTS supplier_audits (
    audit_id              VARCHAR(50)   NOT NULL,
    audit_number          VARCHAR(50)   NOT NULL,
    supplier_id           VARCHAR(50)   NOT NULL,
    audit_type            VARCHAR(30)   NOT NULL,
    audit_scope           VARCHAR(50),
    planned_date          DATE,
    actual_date           DATE,
    audit_duration_hours  NUMERIC(5,1),
    lead_auditor          VARCHAR(50),
    audit_team            TEXT[],
    audit_location        VARCHAR(200),
    audit_score           NUMERIC(5,2),
    audit_rating          VARCHAR(20),
    major_findings        INTEGER       DEFAULT 0,
    minor_findings        INTEGER       DEFAULT 0,
    observations          INTEGER       DEFAULT 0,
    followup_required     BOOLEAN       DEFAULT false,
    followup_date         DATE,
    audit_report_url      TEXT,
    audit_status          VARCHAR(30)   DEFAULT 'planned',
    created_at            TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    updated_at            TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (audit_id),
    UNIQUE (audit_number)
);
CREATE INDEX IF NOT EXISTS ix_supplier_audits_supplier_id_actual_date ON supplier_audits (supplier_id, actual_date);

CREATE TABLE IF NOT EXISTS supplier_contracts (
    contract_id             VARCHAR(50)    NOT NULL,
    contract_number         VARCHAR(50)    NOT NULL,
    supplier_id             VARCHAR(50)    NOT NULL,
    contract_name           VARCHAR(200)   NOT NULL,
    contract_type           VARCHAR(30),
    start_date              DATE           NOT NULL,
    end_date                DATE           NOT NULL,
    currency_code           VARCHAR(3)     DEFAULT 'INR',
    payment_terms           VARCHAR(100),
    minimum_order_quantity  NUMERIC(15,4),
    maximum_order_quantity  NUMERIC(15,4),
    committed_annual_value  NUMERIC(15,2),
    delivery_terms          TEXT,
    quality_terms           TEXT,
    warranty_terms          TEXT,
    return_policy           TEXT,
    penalty_for_delay       NUMERIC(15,2),
    incentive_for_early     NUMERIC(15,2),
    auto_renew              BOOLEAN        DEFAULT false,
    renewal_notice_days     INTEGER        DEFAULT 60,
    contract_status         VARCHAR(30)    DEFAULT 'draft',
    approved_by             VARCHAR(50),
    approved_date           DATE,
    contract_document_url   TEXT,
    actual_spend_to_date    NUMERIC(15,2)  DEFAULT 0,
    orders_placed           INTEGER        DEFAULT 0,
    created_at              TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    updated_at              TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (contract_id),
    UNIQUE (contract_number)
);
CREATE INDEX IF NOT EXISTS ix_supplier_contracts_start_date_end_date ON supplier_contracts (start_date, end_date);
CREATE INDEX IF NOT EXISTS ix_supplier_contracts_supplier_id_contract_status
    ON supplier_contracts (supplier_id, contract_status);

CREATE TABLE IF NOT EXISTS supplier_documents (
    document_id        VARCHAR(50)   NOT NULL,
    supplier_id        VARCHAR(50)   NOT NULL,
    document_type      VARCHAR(50)   NOT NULL,
    document_name      VARCHAR(200)  NOT NULL,
    document_number    VARCHAR(100),
    issue_date         DATE,
    expiry_date        DATE,
    verified           BOOLEAN       DEFAULT false,
    verified_by        VARCHAR(50),
    verified_date      DATE,
    document_status    VARCHAR(30)   DEFAULT 'pending',
    expiry_alert_sent  BOOLEAN       DEFAULT false,
    days_to_expiry     INTEGER,
    document_url       TEXT          NOT NULL,
    file_size_kb       INTEGER,
    notes              TEXT,
    created_at         TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    updated_at         TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (document_id)
);
CREATE INDEX IF NOT EXISTS ix_supplier_documents_supplier_id_expiry_date
    ON supplier_documents (supplier_id, expiry_date);

CREATE TABLE IF NOT EXISTS supplier_invoice_lines (
    line_id             VARCHAR(50)    NOT NULL,
    invoice_id          VARCHAR(50)    NOT NULL,
    line_number         INTEGER        NOT NULL,
    po_line_id          VARCHAR(50),
    receipt_line_id     VARCHAR(50),
    material_id         VARCHAR(50),
    line_description    TEXT           NOT NULL,
    invoiced_quantity   NUMERIC(15,4)  NOT NULL,
    unit_of_measure     VARCHAR(20),
    unit_price          NUMERIC(15,4)  NOT NULL,
    line_total          NUMERIC(15,2)  NOT NULL,
    po_quantity         NUMERIC(15,4),
    received_quantity   NUMERIC(15,4),
    po_unit_price       NUMERIC(15,4),
    quantity_variance   NUMERIC(15,4)  DEFAULT 0,
    price_variance      NUMERIC(15,2)  DEFAULT 0,
    match_status        VARCHAR(30)    DEFAULT 'pending',
    expense_account_id  VARCHAR(50),
    created_at          TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (line_id)
);

CREATE TABLE IF NOT EXISTS supplier_invoices (
    invoice_id               VARCHAR(50)    NOT NULL,
    invoice_number           VARCHAR(50)    NOT NULL,
    supplier_invoice_number  VARCHAR(50)    NOT NULL,
    supplier_id              VARCHAR(50)    NOT NULL,
    purchase_order_id        VARCHAR(50),
    invoice_date             DATE           NOT NULL,
    due_date                 DATE           NOT NULL,
    subtotal                 NUMERIC(15,2)  NOT NULL,
    tax_amount               NUMERIC(15,2)  DEFAULT 0,
    freight_charges          NUMERIC(15,2)  DEFAULT 0,
    other_charges            NUMERIC(15,2)  DEFAULT 0,
    discount_amount          NUMERIC(15,2)  DEFAULT 0,
    total_amount             NUMERIC(15,2)  NOT NULL,
    currency_code            VARCHAR(3)     DEFAULT 'INR',
    exchange_rate            NUMERIC(12,6)  DEFAULT 1.0,
    payment_terms            VARCHAR(100),
    matching_status          VARCHAR(30)    DEFAULT 'pending',
    po_match                 BOOLEAN        DEFAULT false,
    receipt_match            BOOLEAN        DEFAULT false,
    price_match              BOOLEAN        DEFAULT false,
    quantity_match           BOOLEAN        DEFAULT false,
    quantity_variance        NUMERIC(15,4)  DEFAULT 0,
    price_variance           NUMERIC(15,2)  DEFAULT 0,
    total_variance           NUMERIC(15,2)  DEFAULT 0,
    variance_reason          TEXT,
    variance_approved_by     VARCHAR(50),
    variance_approved_date   DATE,
    invoice_status           VARCHAR(30)    DEFAULT 'received',
    approved_by              VARCHAR(50),
    approved_date            DATE,
    approval_notes           TEXT,
    payment_status           VARCHAR(30)    DEFAULT 'pending',
    payment_id               VARCHAR(50),
    paid_date                DATE,
    paid_amount              NUMERIC(15,2),
    gl_journal_entry_id      VARCHAR(50),
    gl_posted                BOOLEAN        DEFAULT false,
    invoice_document_url     TEXT,
    submitted_via            VARCHAR(30)    DEFAULT 'portal',
    submitted_by             VARCHAR(50),
    submitted_at             TIMESTAMP,
    created_at               TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    updated_at               TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (invoice_id)
);
CREATE INDEX IF NOT EXISTS ix_supplier_invoices_matching_status ON supplier_invoices (matching_status);
CREATE INDEX IF NOT EXISTS ix_supplier_invoices_payment_status_due_date ON supplier_invoices (payment_status, due_date);
CREATE INDEX IF NOT EXISTS ix_supplier_invoices_purchase_order_id ON supplier_invoices (purchase_order_id);
CREATE INDEX IF NOT EXISTS ix_supplier_invoices_supplier_id_invoice_status
    ON supplier_invoices (supplier_id, invoice_status);

CREATE TABLE IF NOT EXISTS supplier_performance_metrics (
    metric_id                VARCHAR(50)    NOT NULL,
    supplier_id              VARCHAR(50)    NOT NULL,
    metric_period            VARCHAR(7)     NOT NULL,
    total_pos_issued         INTEGER        DEFAULT 0,
    pos_delivered_ontime     INTEGER        DEFAULT 0,
    ontime_delivery_pct      NUMERIC(5,2),
    average_lead_time_days   NUMERIC(5,1),
    total_quantity_received  NUMERIC(15,4)  DEFAULT 0,
    quantity_accepted        NUMERIC(15,4)  DEFAULT 0,
    quantity_rejected        NUMERIC(15,4)  DEFAULT 0,
    defect_ppm               INTEGER        DEFAULT 0,
    quality_acceptance_pct   NUMERIC(5,2),
    rfqs_sent                INTEGER        DEFAULT 0,
    rfqs_responded           INTEGER        DEFAULT 0,
    response_rate_pct        NUMERIC(5,2),
    avg_response_time_hours  NUMERIC(6,2),
    total_spend              NUMERIC(15,2)  DEFAULT 0,
    invoice_accuracy_pct     NUMERIC(5,2),
    payment_disputes         INTEGER        DEFAULT 0,
    certifications_valid     BOOLEAN        DEFAULT true,
    documentation_complete   BOOLEAN        DEFAULT true,
    audit_score              NUMERIC(5,2),
    overall_score            NUMERIC(5,2),
    performance_rating       VARCHAR(20),
    previous_period_score    NUMERIC(5,2),
    score_change             NUMERIC(5,2),
    trend                    VARCHAR(20),
    created_at               TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (metric_id),
    UNIQUE (supplier_id, metric_period)
);
CREATE INDEX IF NOT EXISTS ix_supplier_performance_metrics_supplier_id_metric_period
    ON supplier_performance_metrics (supplier_id, metric_period);

CREATE TABLE IF NOT EXISTS supplier_portal_integration_log (
    log_id                VARCHAR(50)  NOT NULL,
    log_timestamp         TIMESTAMP    DEFAULT CURRENT_TIMESTAMP,
    integration_type      VARCHAR(50)  NOT NULL,
    source_system         VARCHAR(30),
    target_system         VARCHAR(30),
    source_document_type  VARCHAR(50),
    source_document_id    VARCHAR(50),
    target_document_type  VARCHAR(50),
    target_document_id    VARCHAR(50),
    integration_status    VARCHAR(30)  DEFAULT 'success',
    error_message         TEXT,
    integration_data      JSONB,
    PRIMARY KEY (log_id)
);

CREATE TABLE IF NOT EXISTS supplier_portal_users (
    portal_user_id           VARCHAR(50)   NOT NULL,
    supplier_id              VARCHAR(50)   NOT NULL,
    user_email               VARCHAR(200)  NOT NULL,
    user_name                VARCHAR(200)  NOT NULL,
    user_phone               VARCHAR(50),
    user_role                VARCHAR(30),
    can_view_rfqs            BOOLEAN       DEFAULT true,
    can_submit_quotes        BOOLEAN       DEFAULT true,
    can_view_pos             BOOLEAN       DEFAULT true,
    can_submit_invoices      BOOLEAN       DEFAULT false,
    can_view_payments        BOOLEAN       DEFAULT false,
    can_view_performance     BOOLEAN       DEFAULT false,
    is_active                BOOLEAN       DEFAULT true,
    last_login               TIMESTAMP,
    login_count              INTEGER       DEFAULT 0,
    password_hash            VARCHAR(200),
    password_reset_required  BOOLEAN       DEFAULT true,
    created_at               TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    updated_at               TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (portal_user_id),
    UNIQUE (user_email)
);
CREATE INDEX IF NOT EXISTS ix_supplier_portal_users_supplier_id_is_active
    ON supplier_portal_users (supplier_id, is_active);

CREATE TABLE IF NOT EXISTS supplier_qualification (
    qualification_id              VARCHAR(50)   NOT NULL,
    supplier_id                   VARCHAR(50)   NOT NULL,
    qualification_status          VARCHAR(30)   DEFAULT 'initiated',
    business_license_verified     BOOLEAN       DEFAULT false,
    tax_registration_verified     BOOLEAN       DEFAULT false,
    bank_details_verified         BOOLEAN       DEFAULT false,
    iso_certificate_verified      BOOLEAN       DEFAULT false,
    financial_health_score        NUMERIC(5,2),
    credit_rating                 VARCHAR(20),
    payment_capacity_assessment   TEXT,
    production_capacity_verified  BOOLEAN       DEFAULT false,
    quality_system_verified       BOOLEAN       DEFAULT false,
    technical_capability_score    NUMERIC(5,2),
    audit_scheduled_date          DATE,
    audit_completed_date          DATE,
    audit_score                   NUMERIC(5,2),
    audit_report_url              TEXT,
    sample_submitted              BOOLEAN       DEFAULT false,
    sample_approved               BOOLEAN       DEFAULT false,
    sample_test_results           TEXT,
    trial_order_placed            BOOLEAN       DEFAULT false,
    trial_order_id                VARCHAR(50),
    trial_order_success           BOOLEAN       DEFAULT false,
    approved_by                   VARCHAR(50),
    approved_date                 DATE,
    rejection_reason              TEXT,
    approval_valid_until          DATE,
    created_at                    TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    updated_at                    TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (qualification_id)
);
CREATE INDEX IF NOT EXISTS ix_supplier_qualification_qualification_status
    ON supplier_qualification (qualification_status);

CREATE TABLE IF NOT EXISTS supplier_rating_history (
    history_id       VARCHAR(50)  NOT NULL,
    supplier_id      VARCHAR(50)  NOT NULL,
    rating_date      DATE         NOT NULL,
    previous_rating  VARCHAR(20),
    new_rating       VARCHAR(20),
    change_reason    TEXT,
    changed_by       VARCHAR(50),
    created_at       TIMESTAMP    DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (history_id)
);

CREATE TABLE IF NOT EXISTS supplier_scorecards (
    scorecard_id               VARCHAR(50)   NOT NULL,
    supplier_id                VARCHAR(50)   NOT NULL,
    scorecard_period           VARCHAR(7)    NOT NULL,
    scorecard_type             VARCHAR(30)   DEFAULT 'monthly',
    delivery_score             NUMERIC(5,2),
    quality_score              NUMERIC(5,2),
    responsiveness_score       NUMERIC(5,2),
    commercial_score           NUMERIC(5,2),
    sustainability_score       NUMERIC(5,2),
    overall_score              NUMERIC(5,2),
    supplier_rating            VARCHAR(20),
    action_required            BOOLEAN       DEFAULT false,
    action_plan                TEXT,
    improvement_plan_due_date  DATE,
    reviewed_by                VARCHAR(50),
    review_date                DATE,
    review_notes               TEXT,
    published_to_supplier      BOOLEAN       DEFAULT false,
    published_date             DATE,
    created_at                 TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (scorecard_id),
    UNIQUE (supplier_id, scorecard_period)
);
CREATE INDEX IF NOT EXISTS ix_supplier_scorecards_supplier_id_scorecard_period
    ON supplier_scorecards (supplier_id, scorecard_period);

CREATE TABLE IF NOT EXISTS three_way_match_log (
    log_id            VARCHAR(50)    NOT NULL,
    invoice_id        VARCHAR(50)    NOT NULL,
    match_timestamp   TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    match_type        VARCHAR(30),
    po_id             VARCHAR(50),
    receipt_id        VARCHAR(50),
    match_result      VARCHAR(30),
    expected_amount   NUMERIC(15,2),
    actual_amount     NUMERIC(15,2),
    variance_amount   NUMERIC(15,2),
    variance_pct      NUMERIC(5,2),
    within_tolerance  BOOLEAN        DEFAULT false,
    tolerance_pct     NUMERIC(5,2)   DEFAULT 2.0,
    action_taken      VARCHAR(30),
    notes             TEXT,
    PRIMARY KEY (log_id)
);
