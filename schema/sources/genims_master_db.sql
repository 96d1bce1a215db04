-- genims_master_db: factories, lines, machines, sensors, products, customers, employees and shifts.
-- Owner: master data management.

CREATE TABLE IF NOT EXISTS customer_product_mapping (
    mapping_id               VARCHAR(50)    NOT NULL,
    customer_id              VARCHAR(50)    NOT NULL,
    product_id               VARCHAR(50)    NOT NULL,
    is_active                BOOLEAN        DEFAULT true,
    annual_volume            INTEGER,
    unit_price_usd           NUMERIC(10,2),
    lead_time_days           INTEGER,
    quality_requirement_ppm  INTEGER,
    created_at               TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (mapping_id)
);
CREATE INDEX IF NOT EXISTS ix_customer_product_mapping_customer_id ON customer_product_mapping (customer_id);
CREATE INDEX IF NOT EXISTS ix_customer_product_mapping_product_id ON customer_product_mapping (product_id);

CREATE TABLE IF NOT EXISTS customers (
    customer_id                      VARCHAR(50)   NOT NULL,
    customer_code                    VARCHAR(50),
    customer_name                    VARCHAR(200)  NOT NULL,
    customer_type                    VARCHAR(50),
    country                          VARCHAR(100),
    region                           VARCHAR(100),
    industry_segment                 VARCHAR(100),
    annual_volume_estimate           INTEGER,
    quality_rating                   VARCHAR(20),
    payment_terms_days               INTEGER,
    sla_on_time_delivery_percentage  NUMERIC(5,2),
    sla_quality_ppm_max              INTEGER,
    status                           VARCHAR(20)   DEFAULT 'active',
    created_at                       TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (customer_id)
);

CREATE TABLE IF NOT EXISTS employees (
    employee_id       VARCHAR(50)   NOT NULL,
    factory_id        VARCHAR(50)   NOT NULL,
    line_id           VARCHAR(50),
    employee_code     VARCHAR(50),
    first_name        VARCHAR(100),
    last_name         VARCHAR(100),
    email             VARCHAR(200),
    phone             VARCHAR(50),
    role              VARCHAR(100),
    department        VARCHAR(100),
    skill_level       VARCHAR(50),
    shift             VARCHAR(20),
    hire_date         DATE,
    experience_years  NUMERIC(5,2),
    certifications    VARCHAR(500),
    status            VARCHAR(20)   DEFAULT 'active',
    created_at        TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (employee_id)
);
CREATE INDEX IF NOT EXISTS ix_employees_factory_id ON employees (factory_id);
CREATE INDEX IF NOT EXISTS ix_employees_line_id ON employees (line_id);
CREATE INDEX IF NOT EXISTS ix_employees_role ON employees (role);

CREATE TABLE IF NOT EXISTS factories (
    factory_id         VARCHAR(50)   NOT NULL,
    factory_name       VARCHAR(200)  NOT NULL,
    country            VARCHAR(100)  NOT NULL,
    city               VARCHAR(100)  NOT NULL,
    region             VARCHAR(100),
    timezone           VARCHAR(50),
    total_area_sqm     INTEGER,
    operational_since  DATE,
    factory_type       VARCHAR(50),
    certification      VARCHAR(200),
    status             VARCHAR(20)   DEFAULT 'active',
    created_at         TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (factory_id)
);

CREATE TABLE IF NOT EXISTS line_product_mapping (
    mapping_id                   VARCHAR(50)   NOT NULL,
    line_id                      VARCHAR(50)   NOT NULL,
    product_id                   VARCHAR(50)   NOT NULL,
    factory_id                   VARCHAR(50)   NOT NULL,
    is_primary_line              BOOLEAN       DEFAULT false,
    standard_cycle_time_seconds  INTEGER,
    setup_time_minutes           INTEGER,
    changeover_time_minutes      INTEGER,
    yield_percentage             NUMERIC(5,2),
    status                       VARCHAR(20)   DEFAULT 'active',
    created_at                   TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (mapping_id)
);
CREATE INDEX IF NOT EXISTS ix_line_product_mapping_line_id ON line_product_mapping (line_id);
CREATE INDEX IF NOT EXISTS ix_line_product_mapping_product_id ON line_product_mapping (product_id);

CREATE TABLE IF NOT EXISTS machines (
    machine_id                      VARCHAR(50)    NOT NULL,
    line_id                         VARCHAR(50)    NOT NULL,
    factory_id                      VARCHAR(50)    NOT NULL,
    machine_name                    VARCHAR(200)   NOT NULL,
    machine_code                    VARCHAR(50),
    machine_type                    VARCHAR(100),
    manufacturer                    VARCHAR(100),
    model_number                    VARCHAR(100),
    serial_number                   VARCHAR(100),
    installation_date               DATE,
    last_major_overhaul             DATE,
    design_capacity_units_per_hour  INTEGER,
    power_rating_kw                 NUMERIC(10,2),
    maintenance_schedule            VARCHAR(50),
    criticality                     VARCHAR(20),
    asset_value_usd                 NUMERIC(15,2),
    expected_life_years             INTEGER,
    current_age_years               NUMERIC(5,2),
    status                          VARCHAR(20)    DEFAULT 'active',
    created_at                      TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (machine_id)
);
CREATE INDEX IF NOT EXISTS ix_machines_factory_id ON machines (factory_id);
CREATE INDEX IF NOT EXISTS ix_machines_line_id ON machines (line_id);

CREATE TABLE IF NOT EXISTS production_lines (
    line_id                            VARCHAR(50)    NOT NULL,
    factory_id                         VARCHAR(50)    NOT NULL,
    line_name                          VARCHAR(200)   NOT NULL,
    line_number                        INTEGER,
    product_category                   VARCHAR(100),
    line_type                          VARCHAR(50),
    design_capacity_units_per_hour     INTEGER,
    installed_capacity_units_per_hour  INTEGER,
    line_length_meters                 NUMERIC(10,2),
    num_stations                       INTEGER,
    automation_level                   VARCHAR(50),
    commissioning_date                 DATE,
    status                             VARCHAR(20)    DEFAULT 'active',
    created_at                         TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (line_id)
);
CREATE INDEX IF NOT EXISTS ix_production_lines_factory_id ON production_lines (factory_id);

CREATE TABLE IF NOT EXISTS products (
    product_id                   VARCHAR(50)    NOT NULL,
    product_code                 VARCHAR(50),
    product_name                 VARCHAR(200)   NOT NULL,
    product_category             VARCHAR(100),
    product_type                 VARCHAR(100),
    description                  TEXT,
    bill_of_material_complexity  VARCHAR(50),
    number_of_components         INTEGER,
    standard_cycle_time_seconds  INTEGER,
    target_quality_ppm           INTEGER,
    unit_weight_kg               NUMERIC(10,3),
    material_type                VARCHAR(100),
    status                       VARCHAR(20)    DEFAULT 'active',
    created_at                   TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (product_id)
);

CREATE TABLE IF NOT EXISTS sensors (
    sensor_id                   VARCHAR(50)    NOT NULL,
    machine_id                  VARCHAR(50)    NOT NULL,
    line_id                     VARCHAR(50)    NOT NULL,
    factory_id                  VARCHAR(50)    NOT NULL,
    sensor_name                 VARCHAR(200)   NOT NULL,
    sensor_code                 VARCHAR(50),
    sensor_type                 VARCHAR(100),
    measurement_unit            VARCHAR(50),
    measurement_range_min       NUMERIC(15,4),
    measurement_range_max       NUMERIC(15,4),
    normal_operating_min        NUMERIC(15,4),
    normal_operating_max        NUMERIC(15,4),
    warning_threshold_min       NUMERIC(15,4),
    warning_threshold_max       NUMERIC(15,4),
    critical_threshold_min      NUMERIC(15,4),
    critical_threshold_max      NUMERIC(15,4),
    sampling_frequency_hz       NUMERIC(10,2),
    data_protocol               VARCHAR(50),
    manufacturer                VARCHAR(100),
    model_number                VARCHAR(100),
    calibration_date            DATE,
    calibration_frequency_days  INTEGER,
    accuracy_percentage         NUMERIC(5,2),
    status                      VARCHAR(20)    DEFAULT 'active',
    created_at                  TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (sensor_id)
);
CREATE INDEX IF NOT EXISTS ix_sensors_factory_id ON sensors (factory_id);
CREATE INDEX IF NOT EXISTS ix_sensors_line_id ON sensors (line_id);
CREATE INDEX IF NOT EXISTS ix_sensors_machine_id ON sensors (machine_id);

CREATE TABLE IF NOT EXISTS shifts (
    shift_id                VARCHAR(50)   NOT NULL,
    factory_id              VARCHAR(50)   NOT NULL,
    shift_name              VARCHAR(50),
    shift_code              VARCHAR(20),
    start_time              TIME,
    end_time                TIME,
    duration_hours          NUMERIC(4,2),
    shift_type              VARCHAR(50),
    break_duration_minutes  INTEGER,
    days_of_week            VARCHAR(100),
    status                  VARCHAR(20)   DEFAULT 'active',
    created_at              TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (shift_id)
);
CREATE INDEX IF NOT EXISTS ix_shifts_factory_id ON shifts (factory_id);
