-- genims_operations_db: machine states, sensors, faults and production runs.
-- Owner: SCADA.

CREATE TABLE IF NOT EXISTS machine_faults (
    fault_id                BIGSERIAL      NOT NULL,
    machine_id              VARCHAR(50)    NOT NULL,
    line_id                 VARCHAR(50)    NOT NULL,
    factory_id              VARCHAR(50)    NOT NULL,
    fault_code              VARCHAR(50)    NOT NULL,
    fault_category          VARCHAR(50),
    fault_severity          VARCHAR(20),
    fault_description       TEXT,
    fault_start_time        TIMESTAMP      NOT NULL,
    fault_end_time          TIMESTAMP,
    fault_duration_seconds  INTEGER,
    production_loss_units   INTEGER,
    downtime_minutes        INTEGER,
    estimated_cost_usd      NUMERIC(12,2),
    root_cause_category     VARCHAR(100),
    root_cause_description  TEXT,
    contributing_sensors    VARCHAR(500),
    resolution_action       TEXT,
    maintenance_ticket_id   VARCHAR(50),
    resolved_by             VARCHAR(50),
    detection_method        VARCHAR(50),
    predicted_in_advance    BOOLEAN        DEFAULT false,
    advance_warning_hours   NUMERIC(8,2),
    status                  VARCHAR(20)    DEFAULT 'open',
    created_at              TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    updated_at              TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (fault_id)
);
CREATE INDEX IF NOT EXISTS ix_machine_faults_factory_id_fault_start_time
    ON machine_faults (factory_id, fault_start_time);
CREATE INDEX IF NOT EXISTS ix_machine_faults_fault_category_fault_start_time
    ON machine_faults (fault_category, fault_start_time);
CREATE INDEX IF NOT EXISTS ix_machine_faults_fault_severity_fault_start_time
    ON machine_faults (fault_severity, fault_start_time);
CREATE INDEX IF NOT EXISTS ix_machine_faults_line_id_fault_start_time ON machine_faults (line_id, fault_start_time);
CREATE INDEX IF NOT EXISTS ix_machine_faults_machine_id_fault_start_time
    ON machine_faults (machine_id, fault_start_time);
CREATE INDEX IF NOT EXISTS ix_machine_faults_status_fault_start_time ON machine_faults (status, fault_start_time);

CREATE TABLE IF NOT EXISTS maintenance_events (
    maintenance_id        VARCHAR(50)    NOT NULL,
    machine_id            VARCHAR(50)    NOT NULL,
    line_id               VARCHAR(50)    NOT NULL,
    factory_id            VARCHAR(50)    NOT NULL,
    maintenance_type      VARCHAR(50),
    maintenance_category  VARCHAR(50),
    priority              VARCHAR(20),
    scheduled_start       TIMESTAMP,
    actual_start          TIMESTAMP,
    actual_end            TIMESTAMP,
    duration_minutes      INTEGER,
    work_description      TEXT,
    parts_replaced        VARCHAR(500),
    parts_cost_usd        NUMERIC(12,2),
    labor_hours           NUMERIC(8,2),
    labor_cost_usd        NUMERIC(12,2),
    total_cost_usd        NUMERIC(12,2),
    technician_id         VARCHAR(50),
    supervisor_id         VARCHAR(50),
    related_fault_id      BIGINT,
    completion_status     VARCHAR(20),
    notes                 TEXT,
    follow_up_required    BOOLEAN        DEFAULT false,
    next_maintenance_due  DATE,
    created_at            TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    updated_at            TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (maintenance_id)
);
CREATE INDEX IF NOT EXISTS ix_maintenance_events_completion_status_scheduled_start
    ON maintenance_events (completion_status, scheduled_start);
CREATE INDEX IF NOT EXISTS ix_maintenance_events_machine_id_scheduled_start
    ON maintenance_events (machine_id, scheduled_start);
CREATE INDEX IF NOT EXISTS ix_maintenance_events_maintenance_type_scheduled_start
    ON maintenance_events (maintenance_type, scheduled_start);

CREATE TABLE IF NOT EXISTS production_runs (
    run_id                       VARCHAR(50)   NOT NULL,
    line_id                      VARCHAR(50)   NOT NULL,
    factory_id                   VARCHAR(50)   NOT NULL,
    product_id                   VARCHAR(50)   NOT NULL,
    run_number                   INTEGER,
    batch_number                 VARCHAR(50),
    work_order_number            VARCHAR(50),
    customer_id                  VARCHAR(50),
    run_start_time               TIMESTAMP     NOT NULL,
    run_end_time                 TIMESTAMP,
    planned_duration_minutes     INTEGER,
    actual_duration_minutes      INTEGER,
    target_quantity              INTEGER,
    actual_quantity              INTEGER,
    rejected_quantity            INTEGER,
    scrapped_quantity            INTEGER,
    rework_quantity              INTEGER,
    first_pass_yield_percentage  NUMERIC(5,2),
    defect_rate_ppm              INTEGER,
    quality_grade                VARCHAR(20),
    oee_percentage               NUMERIC(5,2),
    availability_percentage      NUMERIC(5,2),
    performance_percentage       NUMERIC(5,2),
    quality_percentage           NUMERIC(5,2),
    previous_product_id          VARCHAR(50),
    changeover_time_minutes      INTEGER,
    shift_id                     VARCHAR(50),
    supervisor_id                VARCHAR(50),
    status                       VARCHAR(20)   DEFAULT 'in_progress',
    created_at                   TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    updated_at                   TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (run_id)
);
CREATE INDEX IF NOT EXISTS ix_production_runs_line_id_run_start_time ON production_runs (line_id, run_start_time);
CREATE INDEX IF NOT EXISTS ix_production_runs_product_id_run_start_time ON production_runs (product_id, run_start_time);
CREATE INDEX IF NOT EXISTS ix_production_runs_status_run_start_time ON production_runs (status, run_start_time);

CREATE TABLE IF NOT EXISTS scada_machine_data (
    scada_id                   BIGSERIAL      NOT NULL,
    machine_id                 VARCHAR(50)    NOT NULL,
    line_id                    VARCHAR(50)    NOT NULL,
    factory_id                 VARCHAR(50)    NOT NULL,
    timestamp                  TIMESTAMP      NOT NULL,
    machine_state              VARCHAR(50)    NOT NULL,
    operation_mode             VARCHAR(50),
    fault_code                 VARCHAR(50),
    fault_description          TEXT,
    parts_produced_cumulative  BIGINT,
    parts_produced_shift       INTEGER,
    parts_rejected_shift       INTEGER,
    target_cycle_time_seconds  INTEGER,
    actual_cycle_time_seconds  NUMERIC(10,2),
    availability_percentage    NUMERIC(5,2),
    performance_percentage     NUMERIC(5,2),
    quality_percentage         NUMERIC(5,2),
    oee_percentage             NUMERIC(5,2),
    spindle_speed_rpm          INTEGER,
    feed_rate_mm_min           NUMERIC(10,2),
    tool_number                INTEGER,
    program_number             VARCHAR(50),
    power_consumption_kw       NUMERIC(10,2),
    energy_consumed_kwh        NUMERIC(15,4),
    temperature_setpoint_c     NUMERIC(8,2),
    temperature_actual_c       NUMERIC(8,2),
    pressure_setpoint_bar      NUMERIC(8,2),
    pressure_actual_bar        NUMERIC(8,2),
    downtime_seconds_shift     INTEGER,
    last_fault_timestamp       TIMESTAMP,
    uptime_seconds_shift       INTEGER,
    active_alarms              INTEGER,
    alarm_codes                VARCHAR(500),
    warning_codes              VARCHAR(500),
    shift_id                   VARCHAR(50),
    operator_id                VARCHAR(50),
    data_source                VARCHAR(50)    DEFAULT 'PLC',
    data_quality               VARCHAR(20)    DEFAULT 'good',
    created_at                 TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (scada_id)
);
CREATE INDEX IF NOT EXISTS ix_scada_machine_data_factory_id_timestamp ON scada_machine_data (factory_id, timestamp);
CREATE INDEX IF NOT EXISTS ix_scada_machine_data_fault_code ON scada_machine_data (fault_code);
CREATE INDEX IF NOT EXISTS ix_scada_machine_data_line_id_timestamp ON scada_machine_data (line_id, timestamp);
CREATE INDEX IF NOT EXISTS ix_scada_machine_data_machine_id_timestamp ON scada_machine_data (machine_id, timestamp);
CREATE INDEX IF NOT EXISTS ix_scada_machine_data_machine_state_timestamp
    ON scada_machine_data (machine_state, timestamp);
CREATE INDEX IF NOT EXISTS ix_scada_machine_data_timestamp ON scada_machine_data (timestamp);

CREATE TABLE IF NOT EXISTS sensor_data (
    sensor_data_id     BIGSERIAL      NOT NULL,
    sensor_id          VARCHAR(50)    NOT NULL,
    machine_id         VARCHAR(50)    NOT NULL,
    line_id            VARCHAR(50)    NOT NULL,
    factory_id         VARCHAR(50)    NOT NULL,
    timestamp          TIMESTAMP      NOT NULL,
    measurement_value  NUMERIC(15,4)  NOT NULL,
    measurement_unit   VARCHAR(50)    NOT NULL,
    status             VARCHAR(20)    DEFAULT 'normal',
    quality            VARCHAR(20)    DEFAULT 'good',
    is_below_warning   BOOLEAN        DEFAULT false,
    is_above_warning   BOOLEAN        DEFAULT false,
    is_below_critical  BOOLEAN        DEFAULT false,
    is_above_critical  BOOLEAN        DEFAULT false,
    min_value_1min     NUMERIC(15,4),
    max_value_1min     NUMERIC(15,4),
    avg_value_1min     NUMERIC(15,4),
    std_dev_1min       NUMERIC(15,4),
    anomaly_score      NUMERIC(8,4),
    is_anomaly         BOOLEAN        DEFAULT false,
    data_source        VARCHAR(50)    DEFAULT 'IoT',
    protocol           VARCHAR(50),
    created_at         TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (sensor_data_id)
);
CREATE INDEX IF NOT EXISTS ix_sensor_data_is_anomaly_timestamp ON sensor_data (is_anomaly, timestamp);
CREATE INDEX IF NOT EXISTS ix_sensor_data_line_id_timestamp ON sensor_data (line_id, timestamp);
CREATE INDEX IF NOT EXISTS ix_sensor_data_machine_id_timestamp ON sensor_data (machine_id, timestamp);
CREATE INDEX IF NOT EXISTS ix_sensor_data_sensor_id_timestamp ON sensor_data (sensor_id, timestamp);
CREATE INDEX IF NOT EXISTS ix_sensor_data_status_timestamp ON sensor_data (status, timestamp);
CREATE INDEX IF NOT EXISTS ix_sensor_data_timestamp ON sensor_data (timestamp);

CREATE TABLE IF NOT EXISTS sensor_health (
    health_id                   BIGSERIAL      NOT NULL,
    sensor_id                   VARCHAR(50)    NOT NULL,
    machine_id                  VARCHAR(50)    NOT NULL,
    timestamp                   TIMESTAMP      NOT NULL,
    health_score                NUMERIC(5,2),
    drift_percentage            NUMERIC(8,4),
    noise_level                 NUMERIC(8,4),
    days_since_calibration      INTEGER,
    is_calibration_due          BOOLEAN        DEFAULT false,
    calibration_drift_detected  BOOLEAN        DEFAULT false,
    packet_loss_percentage      NUMERIC(5,2),
    average_latency_ms          NUMERIC(10,2),
    last_communication          TIMESTAMP,
    communication_failures_24h  INTEGER,
    battery_percentage          NUMERIC(5,2),
    is_low_battery              BOOLEAN        DEFAULT false,
    stuck_value_detected        BOOLEAN        DEFAULT false,
    erratic_readings_detected   BOOLEAN        DEFAULT false,
    out_of_range_readings_24h   INTEGER,
    overall_status              VARCHAR(20)    DEFAULT 'healthy',
    created_at                  TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (health_id)
);
CREATE INDEX IF NOT EXISTS ix_sensor_health_overall_status_timestamp ON sensor_health (overall_status, timestamp);
CREATE INDEX IF NOT EXISTS ix_sensor_health_sensor_id_timestamp ON sensor_health (sensor_id, timestamp);
