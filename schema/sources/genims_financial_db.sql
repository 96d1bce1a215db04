-- genims_financial_db: chart of accounts, journals, budgets and fiscal periods.
-- Owner: finance.

CREATE TABLE IF NOT EXISTS account_balances (
    balance_id         VARCHAR(50)    NOT NULL,
    account_id         VARCHAR(50)    NOT NULL,
    fiscal_year        INTEGER        NOT NULL,
    fiscal_period      INTEGER        NOT NULL,
    cost_center_id     VARCHAR(50),
    beginning_balance  NUMERIC(15,2)  DEFAULT 0,
    period_debit       NUMERIC(15,2)  DEFAULT 0,
    period_credit      NUMERIC(15,2)  DEFAULT 0,
    ending_balance     NUMERIC(15,2)  DEFAULT 0,
    ytd_debit          NUMERIC(15,2)  DEFAULT 0,
    ytd_credit         NUMERIC(15,2)  DEFAULT 0,
    period_budget      NUMERIC(15,2)  DEFAULT 0,
    ytd_budget         NUMERIC(15,2)  DEFAULT 0,
    last_updated       TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (balance_id),
    UNIQUE (account_id, fiscal_year, fiscal_period, cost_center_id)
);
CREATE INDEX IF NOT EXISTS ix_account_balances_account_id_fiscal_year_fiscal_period
    ON account_balances (account_id, fiscal_year, fiscal_period);
CREATE INDEX IF NOT EXISTS ix_account_balances_fiscal_year_fiscal_period
    ON account_balances (fiscal_year, fiscal_period);

CREATE TABLE IF NOT EXISTS budget_headers (
    budget_id       VARCHAR(50)   NOT NULL,
    budget_code     VARCHAR(50)   NOT NULL,
    budget_name     VARCHAR(200)  NOT NULL,
    fiscal_year     INTEGER       NOT NULL,
    budget_type     VARCHAR(30),
    budget_version  INTEGER       DEFAULT 1,
    is_approved     BOOLEAN       DEFAULT false,
    budget_status   VARCHAR(30)   DEFAULT 'draft',
    approved_by     VARCHAR(50),
    approved_date   DATE,
    created_at      TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (budget_id),
    UNIQUE (budget_code)
);

CREATE TABLE IF NOT EXISTS budget_lines (
    budget_line_id  VARCHAR(50)    NOT NULL,
    budget_id       VARCHAR(50)    NOT NULL,
    account_id      VARCHAR(50)    NOT NULL,
    cost_center_id  VARCHAR(50),
    period_01       NUMERIC(15,2)  DEFAULT 0,
    period_02       NUMERIC(15,2)  DEFAULT 0,
    period_03       NUMERIC(15,2)  DEFAULT 0,
    period_04       NUMERIC(15,2)  DEFAULT 0,
    period_05       NUMERIC(15,2)  DEFAULT 0,
    period_06       NUMERIC(15,2)  DEFAULT 0,
    period_07       NUMERIC(15,2)  DEFAULT 0,
    period_08       NUMERIC(15,2)  DEFAULT 0,
    period_09       NUMERIC(15,2)  DEFAULT 0,
    period_10       NUMERIC(15,2)  DEFAULT 0,
    period_11       NUMERIC(15,2)  DEFAULT 0,
    period_12       NUMERIC(15,2)  DEFAULT 0,
    annual_total    NUMERIC(15,2)  DEFAULT 0,
    notes           TEXT,
    created_at      TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (budget_line_id)
);
CREATE INDEX IF NOT EXISTS ix_budget_lines_account_id ON budget_lines (account_id);
CREATE INDEX IF NOT EXISTS ix_budget_lines_budget_id ON budget_lines (budget_id);

CREATE TABLE IF NOT EXISTS chart_of_accounts (
    account_id            VARCHAR(50)   NOT NULL,
    account_code          VARCHAR(50)   NOT NULL,
    account_name          VARCHAR(200)  NOT NULL,
    parent_account_id     VARCHAR(50),
    account_level         INTEGER,
    account_type          VARCHAR(30)   NOT NULL,
    account_subtype       VARCHAR(50),
    financial_statement   VARCHAR(30),
    normal_balance        VARCHAR(10),
    is_control_account    BOOLEAN       DEFAULT false,
    allow_posting         BOOLEAN       DEFAULT true,
    currency_code         VARCHAR(3)    DEFAULT 'INR',
    allow_multi_currency  BOOLEAN       DEFAULT false,
    requires_cost_center  BOOLEAN       DEFAULT false,
    description           TEXT,
    is_active             BOOLEAN       DEFAULT true,
    effective_date        DATE,
    inactive_date         DATE,
    created_at            TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    updated_at            TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (account_id),
    UNIQUE (account_code)
);
CREATE INDEX IF NOT EXISTS ix_chart_of_accounts_account_type_is_active ON chart_of_accounts (account_type, is_active);
CREATE INDEX IF NOT EXISTS ix_chart_of_accounts_parent_account_id ON chart_of_accounts (parent_account_id);

CREATE TABLE IF NOT EXISTS cost_centers (
    cost_center_id           VARCHAR(50)   NOT NULL,
    cost_center_code         VARCHAR(50)   NOT NULL,
    cost_center_name         VARCHAR(200)  NOT NULL,
    parent_cost_center_id    VARCHAR(50),
    cost_center_type         VARCHAR(30),
    responsible_employee_id  VARCHAR(50),
    factory_id               VARCHAR(50),
    department_id            VARCHAR(50),
    is_active                BOOLEAN       DEFAULT true,
    created_at               TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (cost_center_id),
    UNIQUE (cost_center_code)
);
CREATE INDEX IF NOT EXISTS ix_cost_centers_factory_id_is_active ON cost_centers (factory_id, is_active);
CREATE INDEX IF NOT EXISTS ix_cost_centers_parent_cost_center_id ON cost_centers (parent_cost_center_id);

CREATE TABLE IF NOT EXISTS exchange_rates (
    rate_id         VARCHAR(50)    NOT NULL,
    from_currency   VARCHAR(3)     NOT NULL,
    to_currency     VARCHAR(3)     NOT NULL,
    effective_date  DATE           NOT NULL,
    exchange_rate   NUMERIC(12,6)  NOT NULL,
    inverse_rate    NUMERIC(12,6),
    rate_type       VARCHAR(30)    DEFAULT 'spot',
    created_at      TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (rate_id),
    UNIQUE (from_currency, to_currency, effective_date, rate_type)
);
CREATE INDEX IF NOT EXISTS ix_exchange_rates_from_currency_to_currency_effective_date
    ON exchange_rates (from_currency, to_currency, effective_date);

CREATE TABLE IF NOT EXISTS financial_statements (
    statement_id      VARCHAR(50)  NOT NULL,
    statement_type    VARCHAR(30)  NOT NULL,
    fiscal_year       INTEGER      NOT NULL,
    fiscal_period     INTEGER,
    start_date        DATE         NOT NULL,
    end_date          DATE         NOT NULL,
    generated_at      TIMESTAMP,
    generated_by      VARCHAR(50),
    statement_status  VARCHAR(30)  DEFAULT 'draft',
    statement_data    JSONB,
    created_at        TIMESTAMP    DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (statement_id)
);

CREATE TABLE IF NOT EXISTS fiscal_periods (
    period_id      VARCHAR(50)  NOT NULL,
    fiscal_year    INTEGER      NOT NULL,
    period_number  INTEGER      NOT NULL,
    period_name    VARCHAR(50),
    start_date     DATE         NOT NULL,
    end_date       DATE         NOT NULL,
    period_status  VARCHAR(30)  DEFAULT 'open',
    closed_date    DATE,
    closed_by      VARCHAR(50),
    allow_posting  BOOLEAN      DEFAULT true,
    created_at     TIMESTAMP    DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (period_id),
    UNIQUE (fiscal_year, period_number)
);
CREATE INDEX IF NOT EXISTS ix_fiscal_periods_fiscal_year_period_number ON fiscal_periods (fiscal_year, period_number);

CREATE TABLE IF NOT EXISTS fiscal_years (
    fiscal_year_id  VARCHAR(50)  NOT NULL,
    fiscal_year     INTEGER      NOT NULL,
    start_date      DATE         NOT NULL,
    end_date        DATE         NOT NULL,
    year_status     VARCHAR(30)  DEFAULT 'open',
    closed_date     DATE,
    closed_by       VARCHAR(50),
    created_at      TIMESTAMP    DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (fiscal_year_id),
    UNIQUE (fiscal_year)
);

CREATE TABLE IF NOT EXISTS gl_audit_trail (
    audit_id         VARCHAR(50)   NOT NULL,
    audit_timestamp  TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    action_type      VARCHAR(30),
    entity_type      VARCHAR(50),
    entity_id        VARCHAR(50),
    old_values       JSONB,
    new_values       JSONB,
    user_id          VARCHAR(50),
    user_name        VARCHAR(200),
    ip_address       VARCHAR(50),
    session_id       VARCHAR(100),
    PRIMARY KEY (audit_id)
);

CREATE TABLE IF NOT EXISTS gl_posting_rules (
    rule_id               VARCHAR(50)   NOT NULL,
    rule_code             VARCHAR(50)   NOT NULL,
    rule_name             VARCHAR(200)  NOT NULL,
    transaction_type      VARCHAR(50)   NOT NULL,
    transaction_subtype   VARCHAR(50),
    condition_rules       TEXT,
    debit_account_id      VARCHAR(50),
    credit_account_id     VARCHAR(50),
    amount_field          VARCHAR(100),
    description_template  TEXT,
    effective_from        DATE,
    effective_to          DATE,
    rule_priority         INTEGER       DEFAULT 10,
    is_active             BOOLEAN       DEFAULT true,
    created_at            TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (rule_id),
    UNIQUE (rule_code)
);

CREATE TABLE IF NOT EXISTS inter_company_transactions (
    transaction_id           VARCHAR(50)    NOT NULL,
    transaction_number       VARCHAR(50)    NOT NULL,
    from_company_id          VARCHAR(50),
    to_company_id            VARCHAR(50),
    transaction_type         VARCHAR(50),
    transaction_date         DATE           NOT NULL,
    amount                   NUMERIC(15,2)  NOT NULL,
    currency_code            VARCHAR(3)     DEFAULT 'INR',
    from_company_journal_id  VARCHAR(50),
    to_company_journal_id    VARCHAR(50),
    reconciled               BOOLEAN        DEFAULT false,
    reconciled_date          DATE,
    description              TEXT,
    created_at               TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (transaction_id),
    UNIQUE (transaction_number)
);

CREATE TABLE IF NOT EXISTS journal_entry_headers (
    journal_entry_id          VARCHAR(50)    NOT NULL,
    journal_number            VARCHAR(50)    NOT NULL,
    entry_type                VARCHAR(30)    DEFAULT 'standard',
    source_type               VARCHAR(30),
    source_document_id        VARCHAR(50),
    posting_date              DATE           NOT NULL,
    fiscal_year               INTEGER,
    fiscal_period             INTEGER,
    description               TEXT,
    reference                 VARCHAR(100),
    total_debit               NUMERIC(15,2)  DEFAULT 0,
    total_credit              NUMERIC(15,2)  DEFAULT 0,
    currency_code             VARCHAR(3)     DEFAULT 'INR',
    exchange_rate             NUMERIC(12,6)  DEFAULT 1,
    functional_currency_code  VARCHAR(3)     DEFAULT 'INR',
    entry_status              VARCHAR(30)    DEFAULT 'draft',
    posted                    BOOLEAN        DEFAULT false,
    posted_by                 VARCHAR(50),
    posted_at                 TIMESTAMP,
    reversed                  BOOLEAN        DEFAULT false,
    reversal_entry_id         VARCHAR(50),
    reversed_date             DATE,
    requires_approval         BOOLEAN        DEFAULT false,
    approved                  BOOLEAN        DEFAULT false,
    approved_by               VARCHAR(50),
    approved_at               TIMESTAMP,
    created_by                VARCHAR(50),
    created_at                TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    updated_at                TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (journal_entry_id),
    UNIQUE (journal_number)
);
CREATE INDEX IF NOT EXISTS ix_journal_entry_headers_entry_status_posted ON journal_entry_headers (entry_status, posted);
CREATE INDEX IF NOT EXISTS ix_journal_entry_headers_fiscal_year_fiscal_period
    ON journal_entry_headers (fiscal_year, fiscal_period);
CREATE INDEX IF NOT EXISTS ix_journal_entry_headers_posting_date ON journal_entry_headers (posting_date);
CREATE INDEX IF NOT EXISTS ix_journal_entry_headers_source_type_source_document_id
    ON journal_entry_headers (source_type, source_document_id);

CREATE TABLE IF NOT EXISTS journal_entry_lines (
    line_id            VARCHAR(50)    NOT NULL,
    journal_entry_id   VARCHAR(50)    NOT NULL,
    line_number        INTEGER,
    account_id         VARCHAR(50)    NOT NULL,
    debit_amount       NUMERIC(15,2)  DEFAULT 0,
    credit_amount      NUMERIC(15,2)  DEFAULT 0,
    currency_code      VARCHAR(3)     DEFAULT 'INR',
    exchange_rate      NUMERIC(12,6)  DEFAULT 1,
    functional_debit   NUMERIC(15,2)  DEFAULT 0,
    functional_credit  NUMERIC(15,2)  DEFAULT 0,
    cost_center_id     VARCHAR(50),
    department_id      VARCHAR(50),
    factory_id         VARCHAR(50),
    line_description   TEXT,
    created_at         TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (line_id)
);
CREATE INDEX IF NOT EXISTS ix_journal_entry_lines_account_id ON journal_entry_lines (account_id);
CREATE INDEX IF NOT EXISTS ix_journal_entry_lines_journal_entry_id ON journal_entry_lines (journal_entry_id);

CREATE TABLE IF NOT EXISTS period_close_tasks (
    task_id           VARCHAR(50)   NOT NULL,
    fiscal_year       INTEGER       NOT NULL,
    fiscal_period     INTEGER       NOT NULL,
    task_sequence     INTEGER,
    task_name         VARCHAR(200)  NOT NULL,
    task_description  TEXT,
    task_status       VARCHAR(30)   DEFAULT 'pending',
    started_at        TIMESTAMP,
    completed_at      TIMESTAMP,
    completed_by      VARCHAR(50),
    result_message    TEXT,
    created_at        TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (task_id)
);
