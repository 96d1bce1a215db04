-- genims_crm_db: accounts, contacts, leads, opportunities and quotations.
-- Owner: customer relationship management (CRM).

CREATE TABLE IF NOT EXISTS accounts (
    account_id                VARCHAR(50)    NOT NULL,
    account_number            VARCHAR(50)    NOT NULL,
    customer_id               VARCHAR(50),
    account_name              VARCHAR(200)   NOT NULL,
    account_type              VARCHAR(50),
    industry                  VARCHAR(100),
    industry_segment          VARCHAR(100),
    account_tier              VARCHAR(20),
    company_size              VARCHAR(30),
    annual_revenue            NUMERIC(18,2),
    employee_count            INTEGER,
    credit_limit              NUMERIC(15,2),
    payment_terms             VARCHAR(50),
    parent_account_id         VARCHAR(50),
    billing_address_line1     VARCHAR(200),
    billing_address_line2     VARCHAR(200),
    billing_city              VARCHAR(100),
    billing_state             VARCHAR(100),
    billing_country           VARCHAR(50)    DEFAULT 'India',
    billing_postal_code       VARCHAR(20),
    shipping_address_line1    VARCHAR(200),
    shipping_address_line2    VARCHAR(200),
    shipping_city             VARCHAR(100),
    shipping_state            VARCHAR(100),
    shipping_country          VARCHAR(50)    DEFAULT 'India',
    shipping_postal_code      VARCHAR(20),
    phone                     VARCHAR(50),
    fax                       VARCHAR(50),
    website                   VARCHAR(200),
    account_owner             VARCHAR(50),
    account_manager           VARCHAR(50),
    relationship_status       VARCHAR(30)    DEFAULT 'prospect',
    customer_since            DATE,
    last_purchase_date        DATE,
    lifetime_value            NUMERIC(18,2)  DEFAULT 0,
    ytd_revenue               NUMERIC(18,2)  DEFAULT 0,
    last_year_revenue         NUMERIC(18,2)  DEFAULT 0,
    health_score              INTEGER        DEFAULT 50,
    churn_risk                VARCHAR(20),
    preferred_contact_method  VARCHAR(30),
    communication_frequency   VARCHAR(30),
    linkedin_url              VARCHAR(200),
    twitter_handle            VARCHAR(100),
    description               TEXT,
    notes                     TEXT,
    is_active                 BOOLEAN        DEFAULT true,
    created_by                VARCHAR(50),
    created_at                TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    updated_at                TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (account_id),
    UNIQUE (account_number)
);
CREATE INDEX IF NOT EXISTS ix_accounts_account_owner_is_active ON accounts (account_owner, is_active);
CREATE INDEX IF NOT EXISTS ix_accounts_account_tier_relationship_status ON accounts (account_tier, relationship_status);
CREATE INDEX IF NOT EXISTS ix_accounts_account_type_is_active ON accounts (account_type, is_active);
CREATE INDEX IF NOT EXISTS ix_accounts_customer_id ON accounts (customer_id);
CREATE INDEX IF NOT EXISTS ix_accounts_parent_account_id ON accounts (parent_account_id);

CREATE TABLE IF NOT EXISTS campaigns (
    campaign_id            VARCHAR(50)    NOT NULL,
    campaign_code          VARCHAR(50)    NOT NULL,
    campaign_name          VARCHAR(200)   NOT NULL,
    campaign_type          VARCHAR(50),
    campaign_status        VARCHAR(30)    DEFAULT 'planned',
    start_date             DATE           NOT NULL,
    end_date               DATE           NOT NULL,
    target_audience        VARCHAR(200),
    target_industry        VARCHAR(100),
    target_company_size    VARCHAR(50),
    expected_response_pct  NUMERIC(5,2),
    budgeted_cost          NUMERIC(15,2),
    actual_cost            NUMERIC(15,2)  DEFAULT 0,
    total_leads            INTEGER        DEFAULT 0,
    qualified_leads        INTEGER        DEFAULT 0,
    opportunities_created  INTEGER        DEFAULT 0,
    deals_won              INTEGER        DEFAULT 0,
    total_revenue          NUMERIC(18,2)  DEFAULT 0,
    roi_pct                NUMERIC(8,2),
    cost_per_lead          NUMERIC(12,2),
    conversion_rate_pct    NUMERIC(5,2),
    description            TEXT,
    objectives             TEXT,
    campaign_owner         VARCHAR(50),
    is_active              BOOLEAN        DEFAULT true,
    created_at             TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    updated_at             TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (campaign_id),
    UNIQUE (campaign_code)
);
CREATE INDEX IF NOT EXISTS ix_campaigns_campaign_status_is_active ON campaigns (campaign_status, is_active);
CREATE INDEX IF NOT EXISTS ix_campaigns_start_date_end_date ON campaigns (start_date, end_date);

CREATE TABLE IF NOT EXISTS cases (
    case_id               VARCHAR(50)   NOT NULL,
    case_number           VARCHAR(50)   NOT NULL,
    account_id            VARCHAR(50)   NOT NULL,
    contact_id            VARCHAR(50),
    subject               VARCHAR(200)  NOT NULL,
    description           TEXT          NOT NULL,
    case_type             VARCHAR(50),
    case_category         VARCHAR(50),
    priority              VARCHAR(20)   DEFAULT 'medium',
    case_status           VARCHAR(30)   DEFAULT 'new',
    sla_response_hours    INTEGER,
    sla_resolution_hours  INTEGER,
    response_due_date     TIMESTAMP,
    resolution_due_date   TIMESTAMP,
    first_response_date   TIMESTAMP,
    resolved_date         TIMESTAMP,
    closed_date           TIMESTAMP,
    sla_violated          BOOLEAN       DEFAULT false,
    assigned_to           VARCHAR(50),
    assigned_team         VARCHAR(50),
    escalated             BOOLEAN       DEFAULT false,
    escalated_to          VARCHAR(50),
    escalated_at          TIMESTAMP,
    resolution            TEXT,
    root_cause            VARCHAR(200),
    related_product       VARCHAR(200),
    related_order_id      VARCHAR(50),
    satisfaction_rating   INTEGER,
    customer_feedback     TEXT,
    created_by            VARCHAR(50),
    created_at            TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    updated_at            TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (case_id),
    UNIQUE (case_number)
);
CREATE INDEX IF NOT EXISTS ix_cases_account_id_case_status ON cases (account_id, case_status);
CREATE INDEX IF NOT EXISTS ix_cases_assigned_to_case_status ON cases (assigned_to, case_status);
CREATE INDEX IF NOT EXISTS ix_cases_case_status_priority ON cases (case_status, priority);
CREATE INDEX IF NOT EXISTS ix_cases_sla_violated_case_status ON cases (sla_violated, case_status);

CREATE TABLE IF NOT EXISTS contacts (
    contact_id                VARCHAR(50)   NOT NULL,
    contact_number            VARCHAR(50)   NOT NULL,
    account_id                VARCHAR(50)   NOT NULL,
    salutation                VARCHAR(10),
    first_name                VARCHAR(100)  NOT NULL,
    last_name                 VARCHAR(100)  NOT NULL,
    middle_name               VARCHAR(100),
    job_title                 VARCHAR(100),
    department                VARCHAR(100),
    contact_role              VARCHAR(50),
    decision_authority        VARCHAR(50),
    email                     VARCHAR(100),
    email_opted_out           BOOLEAN       DEFAULT false,
    phone                     VARCHAR(50),
    mobile                    VARCHAR(50),
    reports_to_contact_id     VARCHAR(50),
    mailing_address_line1     VARCHAR(200),
    mailing_city              VARCHAR(100),
    mailing_state             VARCHAR(100),
    mailing_country           VARCHAR(50),
    mailing_postal_code       VARCHAR(20),
    linkedin_url              VARCHAR(200),
    twitter_handle            VARCHAR(100),
    relationship_strength     VARCHAR(30),
    last_contact_date         TIMESTAMP,
    contact_frequency         INTEGER,
    preferred_contact_method  VARCHAR(30),
    best_time_to_contact      VARCHAR(50),
    birthday                  DATE,
    interests                 TEXT,
    notes                     TEXT,
    contact_status            VARCHAR(30)   DEFAULT 'active',
    is_primary                BOOLEAN       DEFAULT false,
    created_by                VARCHAR(50),
    created_at                TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    updated_at                TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (contact_id),
    UNIQUE (contact_number)
);
CREATE INDEX IF NOT EXISTS ix_contacts_account_id_contact_status ON contacts (account_id, contact_status);
CREATE INDEX IF NOT EXISTS ix_contacts_account_id_is_primary ON contacts (account_id, is_primary);
CREATE INDEX IF NOT EXISTS ix_contacts_email ON contacts (email);

CREATE TABLE IF NOT EXISTS contracts (
    contract_id                VARCHAR(50)    NOT NULL,
    contract_number            VARCHAR(50)    NOT NULL,
    contract_name              VARCHAR(200)   NOT NULL,
    account_id                 VARCHAR(50)    NOT NULL,
    contract_type              VARCHAR(50),
    contract_start_date        DATE           NOT NULL,
    contract_end_date          DATE           NOT NULL,
    contract_term_months       INTEGER,
    contract_status            VARCHAR(30)    DEFAULT 'draft',
    signed_date                DATE,
    contract_value             NUMERIC(18,2)  NOT NULL,
    billing_frequency          VARCHAR(30),
    auto_renewal               BOOLEAN        DEFAULT false,
    renewal_term_months        INTEGER,
    renewal_notice_days        INTEGER        DEFAULT 60,
    renewal_date               DATE,
    termination_notice_days    INTEGER,
    early_termination_penalty  NUMERIC(15,2),
    payment_terms              VARCHAR(50),
    service_level_agreement    TEXT,
    special_terms              TEXT,
    contract_owner             VARCHAR(50),
    contract_document_url      VARCHAR(500),
    parent_contract_id         VARCHAR(50),
    created_by                 VARCHAR(50),
    created_at                 TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    updated_at                 TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (contract_id),
    UNIQUE (contract_number)
);
CREATE INDEX IF NOT EXISTS ix_contracts_account_id_contract_status ON contracts (account_id, contract_status);
CREATE INDEX IF NOT EXISTS ix_contracts_contract_status ON contracts (contract_status);
CREATE INDEX IF NOT EXISTS ix_contracts_renewal_date_auto_renewal ON contracts (renewal_date, auto_renewal);

CREATE TABLE IF NOT EXISTS crm_integration_log (
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
CREATE INDEX IF NOT EXISTS ix_crm_integration_log_integration_status_log_timestamp
    ON crm_integration_log (integration_status, log_timestamp);

CREATE TABLE IF NOT EXISTS leads (
    lead_id                      VARCHAR(50)    NOT NULL,
    lead_number                  VARCHAR(50)    NOT NULL,
    company_name                 VARCHAR(200)   NOT NULL,
    lead_source                  VARCHAR(50),
    source_campaign_id           VARCHAR(50),
    contact_first_name           VARCHAR(100),
    contact_last_name            VARCHAR(100),
    contact_title                VARCHAR(100),
    email                        VARCHAR(100),
    phone                        VARCHAR(50),
    mobile                       VARCHAR(50),
    industry                     VARCHAR(100),
    company_size                 VARCHAR(30),
    annual_revenue_range         VARCHAR(50),
    number_of_employees          INTEGER,
    address_line1                VARCHAR(200),
    address_line2                VARCHAR(200),
    city                         VARCHAR(100),
    state                        VARCHAR(100),
    country                      VARCHAR(50)    DEFAULT 'India',
    postal_code                  VARCHAR(20),
    lead_score                   INTEGER        DEFAULT 0,
    lead_grade                   VARCHAR(1),
    lead_status                  VARCHAR(30)    DEFAULT 'new',
    qualification_status         VARCHAR(30),
    has_budget                   BOOLEAN        DEFAULT false,
    is_decision_maker            BOOLEAN        DEFAULT false,
    has_identified_need          BOOLEAN        DEFAULT false,
    has_timeline                 BOOLEAN        DEFAULT false,
    product_interest             VARCHAR(200),
    estimated_deal_value         NUMERIC(15,2),
    expected_close_date          DATE,
    assigned_to                  VARCHAR(50),
    assigned_date                TIMESTAMP,
    converted                    BOOLEAN        DEFAULT false,
    converted_date               TIMESTAMP,
    converted_to_account_id      VARCHAR(50),
    converted_to_opportunity_id  VARCHAR(50),
    first_contact_date           TIMESTAMP,
    last_contact_date            TIMESTAMP,
    contact_attempts             INTEGER        DEFAULT 0,
    description                  TEXT,
    notes                        TEXT,
    is_active                    BOOLEAN        DEFAULT true,
    created_by                   VARCHAR(50),
    created_at                   TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    updated_at                   TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (lead_id),
    UNIQUE (lead_number)
);
CREATE INDEX IF NOT EXISTS ix_leads_assigned_to_lead_status ON leads (assigned_to, lead_status);
CREATE INDEX IF NOT EXISTS ix_leads_lead_score ON leads (lead_score);
CREATE INDEX IF NOT EXISTS ix_leads_lead_source_created_at ON leads (lead_source, created_at);
CREATE INDEX IF NOT EXISTS ix_leads_lead_status_is_active ON leads (lead_status, is_active);

CREATE TABLE IF NOT EXISTS opportunities (
    opportunity_id             VARCHAR(50)    NOT NULL,
    opportunity_number         VARCHAR(50)    NOT NULL,
    opportunity_name           VARCHAR(200)   NOT NULL,
    account_id                 VARCHAR(50)    NOT NULL,
    primary_contact_id         VARCHAR(50),
    lead_source                VARCHAR(50),
    source_lead_id             VARCHAR(50),
    source_campaign_id         VARCHAR(50),
    opportunity_type           VARCHAR(50),
    product_category           VARCHAR(100),
    solution_description       TEXT,
    amount                     NUMERIC(15,2)  NOT NULL,
    expected_revenue           NUMERIC(15,2),
    cost_estimate              NUMERIC(15,2),
    margin_pct                 NUMERIC(5,2),
    stage                      VARCHAR(50)    DEFAULT 'prospecting',
    probability_pct            INTEGER        DEFAULT 10,
    close_date                 DATE           NOT NULL,
    expected_close_date        DATE,
    actual_close_date          DATE,
    forecast_category          VARCHAR(30),
    opportunity_owner          VARCHAR(50),
    sales_team                 TEXT,
    competitors                TEXT,
    competitive_position       VARCHAR(30),
    decision_criteria          TEXT,
    key_success_factors        TEXT,
    customer_requirements      TEXT,
    technical_requirements     TEXT,
    budget_confirmed           BOOLEAN        DEFAULT false,
    budget_amount              NUMERIC(15,2),
    decision_maker_identified  BOOLEAN        DEFAULT false,
    customer_timeline          VARCHAR(100),
    next_step                  VARCHAR(200),
    next_step_date             DATE,
    win_loss_status            VARCHAR(20),
    win_loss_reason            VARCHAR(200),
    win_loss_notes             TEXT,
    lost_to_competitor         VARCHAR(200),
    converted_to_quote_id      VARCHAR(50),
    converted_to_order_id      VARCHAR(50),
    description                TEXT,
    notes                      TEXT,
    is_active                  BOOLEAN        DEFAULT true,
    is_closed                  BOOLEAN        DEFAULT false,
    created_by                 VARCHAR(50),
    created_at                 TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    updated_at                 TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    closed_by                  VARCHAR(50),
    closed_at                  TIMESTAMP,
    PRIMARY KEY (opportunity_id),
    UNIQUE (opportunity_number)
);
CREATE INDEX IF NOT EXISTS ix_opportunities_account_id_is_active ON opportunities (account_id, is_active);
CREATE INDEX IF NOT EXISTS ix_opportunities_amount ON opportunities (amount);
CREATE INDEX IF NOT EXISTS ix_opportunities_close_date_stage ON opportunities (close_date, stage);
CREATE INDEX IF NOT EXISTS ix_opportunities_opportunity_owner_is_active ON opportunities (opportunity_owner, is_active);
CREATE INDEX IF NOT EXISTS ix_opportunities_stage_is_active ON opportunities (stage, is_active);

CREATE TABLE IF NOT EXISTS opportunity_products (
    opp_product_id       VARCHAR(50)    NOT NULL,
    opportunity_id       VARCHAR(50)    NOT NULL,
    line_number          INTEGER,
    material_id          VARCHAR(50),
    product_name         VARCHAR(200),
    product_description  TEXT,
    quantity             NUMERIC(15,4),
    unit_of_measure      VARCHAR(20),
    list_price           NUMERIC(12,4),
    discount_pct         NUMERIC(5,2)   DEFAULT 0,
    unit_price           NUMERIC(12,4),
    line_total           NUMERIC(15,2),
    required_date        DATE,
    created_at           TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (opp_product_id)
);
CREATE INDEX IF NOT EXISTS ix_opportunity_products_opportunity_id ON opportunity_products (opportunity_id);

CREATE TABLE IF NOT EXISTS opportunity_stage_history (
    history_id           VARCHAR(50)    NOT NULL,
    opportunity_id       VARCHAR(50)    NOT NULL,
    from_stage           VARCHAR(50),
    to_stage             VARCHAR(50)    NOT NULL,
    from_amount          NUMERIC(15,2),
    to_amount            NUMERIC(15,2),
    from_probability     INTEGER,
    to_probability       INTEGER,
    from_close_date      DATE,
    to_close_date        DATE,
    change_reason        TEXT,
    stage_duration_days  INTEGER,
    changed_by           VARCHAR(50),
    changed_at           TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (history_id)
);
CREATE INDEX IF NOT EXISTS ix_opportunity_stage_history_opportunity_id_changed_at
    ON opportunity_stage_history (opportunity_id, changed_at);

CREATE TABLE IF NOT EXISTS quotation_lines (
    quote_line_id            VARCHAR(50)    NOT NULL,
    quotation_id             VARCHAR(50)    NOT NULL,
    line_number              INTEGER,
    material_id              VARCHAR(50),
    product_name             VARCHAR(200)   NOT NULL,
    product_description      TEXT,
    quantity                 NUMERIC(15,4),
    unit_of_measure          VARCHAR(20),
    list_price               NUMERIC(12,4),
    discount_pct             NUMERIC(5,2)   DEFAULT 0,
    unit_price               NUMERIC(12,4),
    line_total               NUMERIC(15,2),
    delivery_lead_time_days  INTEGER,
    created_at               TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (quote_line_id)
);
CREATE INDEX IF NOT EXISTS ix_quotation_lines_quotation_id ON quotation_lines (quotation_id);

CREATE TABLE IF NOT EXISTS quotations (
    quotation_id           VARCHAR(50)    NOT NULL,
    quotation_number       VARCHAR(50)    NOT NULL,
    quotation_name         VARCHAR(200)   NOT NULL,
    opportunity_id         VARCHAR(50),
    account_id             VARCHAR(50)    NOT NULL,
    contact_id             VARCHAR(50),
    quotation_date         DATE           NOT NULL,
    valid_until_date       DATE           NOT NULL,
    quotation_status       VARCHAR(30)    DEFAULT 'draft',
    subtotal               NUMERIC(15,2),
    discount_amount        NUMERIC(15,2)  DEFAULT 0,
    tax_amount             NUMERIC(15,2)  DEFAULT 0,
    shipping_cost          NUMERIC(15,2)  DEFAULT 0,
    total_amount           NUMERIC(15,2)  NOT NULL,
    currency               VARCHAR(3)     DEFAULT 'INR',
    payment_terms          VARCHAR(50),
    delivery_terms         VARCHAR(100),
    warranty_terms         TEXT,
    requires_approval      BOOLEAN        DEFAULT false,
    approval_status        VARCHAR(30),
    approved_by            VARCHAR(50),
    approved_at            TIMESTAMP,
    converted              BOOLEAN        DEFAULT false,
    converted_date         DATE,
    converted_to_order_id  VARCHAR(50),
    revision_number        INTEGER        DEFAULT 1,
    parent_quotation_id    VARCHAR(50),
    special_terms          TEXT,
    notes                  TEXT,
    document_url           VARCHAR(500),
    prepared_by            VARCHAR(50),
    created_at             TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    updated_at             TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (quotation_id),
    UNIQUE (quotation_number)
);
CREATE INDEX IF NOT EXISTS ix_quotations_account_id ON quotations (account_id);
CREATE INDEX IF NOT EXISTS ix_quotations_opportunity_id ON quotations (opportunity_id);
CREATE INDEX IF NOT EXISTS ix_quotations_quotation_status_valid_until_date
    ON quotations (quotation_status, valid_until_date);

CREATE TABLE IF NOT EXISTS sales_forecasts (
    forecast_id            VARCHAR(50)    NOT NULL,
    forecast_period        VARCHAR(20),
    forecast_year          INTEGER        NOT NULL,
    forecast_quarter       INTEGER,
    forecast_month         INTEGER,
    territory_id           VARCHAR(50),
    sales_rep_id           VARCHAR(50),
    pipeline_amount        NUMERIC(18,2)  DEFAULT 0,
    best_case_amount       NUMERIC(18,2)  DEFAULT 0,
    commit_amount          NUMERIC(18,2)  DEFAULT 0,
    closed_amount          NUMERIC(18,2)  DEFAULT 0,
    total_forecast         NUMERIC(18,2)  DEFAULT 0,
    quota_amount           NUMERIC(18,2),
    quota_attainment_pct   NUMERIC(5,2),
    actual_revenue         NUMERIC(18,2)  DEFAULT 0,
    forecast_accuracy_pct  NUMERIC(5,2),
    snapshot_date          DATE           NOT NULL,
    created_at             TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (forecast_id)
);
CREATE INDEX IF NOT EXISTS ix_sales_forecasts_foreca_foreca_foreca
    ON sales_forecasts (forecast_year, forecast_quarter, forecast_month);
CREATE INDEX IF NOT EXISTS ix_sales_forecasts_sales_rep_id_forecast_year
    ON sales_forecasts (sales_rep_id, forecast_year);
