-- genims_hr_db: employees, attendance, leave, training and safety.
-- Owner: human capital management (HCM).

CREATE TABLE IF NOT EXISTS attendance_records (
    attendance_id            VARCHAR(50)   NOT NULL,
    employee_id              VARCHAR(50)   NOT NULL,
    attendance_date          DATE          NOT NULL,
    shift_id                 VARCHAR(50),
    clock_in_time            TIMESTAMP,
    clock_out_time           TIMESTAMP,
    clock_in_location        VARCHAR(200),
    clock_out_location       VARCHAR(200),
    scheduled_hours          NUMERIC(5,2),
    actual_hours             NUMERIC(5,2),
    regular_hours            NUMERIC(5,2),
    overtime_hours           NUMERIC(5,2),
    attendance_status        VARCHAR(30),
    late_minutes             INTEGER       DEFAULT 0,
    early_departure_minutes  INTEGER       DEFAULT 0,
    overtime_approved        BOOLEAN       DEFAULT false,
    approved_by              VARCHAR(50),
    notes                    TEXT,
    created_at               TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (attendance_id),
    UNIQUE (employee_id, attendance_date)
);
CREATE INDEX IF NOT EXISTS ix_attendance_records_attendance_date ON attendance_records (attendance_date);
CREATE INDEX IF NOT EXISTS ix_attendance_records_employee_id_attendance_date
    ON attendance_records (employee_id, attendance_date);

CREATE TABLE IF NOT EXISTS departments (
    department_id         VARCHAR(50)   NOT NULL,
    department_code       VARCHAR(50)   NOT NULL,
    department_name       VARCHAR(200)  NOT NULL,
    parent_department_id  VARCHAR(50),
    factory_id            VARCHAR(50),
    department_head_id    VARCHAR(50),
    cost_center           VARCHAR(50),
    description           TEXT,
    is_active             BOOLEAN       DEFAULT true,
    created_at            TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    updated_at            TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (department_id),
    UNIQUE (department_code)
);
CREATE INDEX IF NOT EXISTS ix_departments_factory_id_is_active ON departments (factory_id, is_active);
CREATE INDEX IF NOT EXISTS ix_departments_parent_department_id ON departments (parent_department_id);

CREATE TABLE IF NOT EXISTS employee_certifications (
    certification_id           VARCHAR(50)   NOT NULL,
    employee_id                VARCHAR(50)   NOT NULL,
    certification_name         VARCHAR(200)  NOT NULL,
    certification_type         VARCHAR(50),
    issuing_organization       VARCHAR(200),
    certification_number       VARCHAR(100),
    training_enrollment_id     VARCHAR(50),
    issue_date                 DATE          NOT NULL,
    expiry_date                DATE,
    requires_renewal           BOOLEAN       DEFAULT true,
    renewal_frequency_months   INTEGER,
    renewal_grace_period_days  INTEGER       DEFAULT 30,
    certification_status       VARCHAR(30)   DEFAULT 'active',
    certificate_file_url       VARCHAR(500),
    expiry_alert_sent          BOOLEAN       DEFAULT false,
    notes                      TEXT,
    created_at                 TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    updated_at                 TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (certification_id)
);
CREATE INDEX IF NOT EXISTS ix_employee_certifications_employee_id_certification_status
    ON employee_certifications (employee_id, certification_status);
CREATE INDEX IF NOT EXISTS ix_employee_certifications_expiry_date_certification_status
    ON employee_certifications (expiry_date, certification_status);

CREATE TABLE IF NOT EXISTS employee_employment_history (
    history_id              VARCHAR(50)    NOT NULL,
    employee_id             VARCHAR(50)    NOT NULL,
    change_type             VARCHAR(50),
    previous_position_id    VARCHAR(50),
    previous_department_id  VARCHAR(50),
    previous_job_title      VARCHAR(200),
    previous_job_level      VARCHAR(50),
    previous_manager_id     VARCHAR(50),
    previous_factory_id     VARCHAR(50),
    previous_salary         NUMERIC(15,2),
    new_position_id         VARCHAR(50),
    new_department_id       VARCHAR(50),
    new_job_title           VARCHAR(200),
    new_job_level           VARCHAR(50),
    new_manager_id          VARCHAR(50),
    new_factory_id          VARCHAR(50),
    new_salary              NUMERIC(15,2),
    effective_date          DATE           NOT NULL,
    reason                  TEXT,
    approved_by             VARCHAR(50),
    approved_date           DATE,
    created_at              TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (history_id)
);
CREATE INDEX IF NOT EXISTS ix_employee_employment_history_employee_id_effective_date
    ON employee_employment_history (employee_id, effective_date);

CREATE TABLE IF NOT EXISTS employee_goals (
    goal_id              VARCHAR(50)   NOT NULL,
    employee_id          VARCHAR(50)   NOT NULL,
    goal_title           VARCHAR(200)  NOT NULL,
    goal_description     TEXT,
    is_specific          BOOLEAN       DEFAULT true,
    is_measurable        BOOLEAN       DEFAULT true,
    success_criteria     TEXT,
    start_date           DATE          NOT NULL,
    target_date          DATE          NOT NULL,
    completed_date       DATE,
    goal_category        VARCHAR(50),
    goal_status          VARCHAR(30)   DEFAULT 'in_progress',
    progress_pct         INTEGER       DEFAULT 0,
    weight_pct           NUMERIC(5,2)  DEFAULT 100,
    linked_to_review_id  VARCHAR(50),
    set_by_manager_id    VARCHAR(50),
    notes                TEXT,
    created_at           TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    updated_at           TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (goal_id)
);
CREATE INDEX IF NOT EXISTS ix_employee_goals_employee_id_goal_status ON employee_goals (employee_id, goal_status);

CREATE TABLE IF NOT EXISTS employees (
    employee_id                     VARCHAR(50)    NOT NULL,
    employee_number                 VARCHAR(50)    NOT NULL,
    first_name                      VARCHAR(100)   NOT NULL,
    middle_name                     VARCHAR(100),
    last_name                       VARCHAR(100)   NOT NULL,
    preferred_name                  VARCHAR(100),
    salutation                      VARCHAR(10),
    gender                          VARCHAR(20),
    date_of_birth                   DATE,
    personal_email                  VARCHAR(100),
    work_email                      VARCHAR(100),
    mobile_phone                    VARCHAR(50),
    home_phone                      VARCHAR(50),
    address_line1                   VARCHAR(200),
    address_line2                   VARCHAR(200),
    city                            VARCHAR(100),
    state                           VARCHAR(100),
    country                         VARCHAR(50)    DEFAULT 'India',
    postal_code                     VARCHAR(20),
    emergency_contact_name          VARCHAR(200),
    emergency_contact_relationship  VARCHAR(50),
    emergency_contact_phone         VARCHAR(50),
    hire_date                       DATE           NOT NULL,
    employment_type                 VARCHAR(30),
    employment_status               VARCHAR(30)    DEFAULT 'active',
    termination_date                DATE,
    termination_reason              VARCHAR(200),
    primary_factory_id              VARCHAR(50),
    primary_department_id           VARCHAR(50),
    primary_position_id             VARCHAR(50),
    reports_to_employee_id          VARCHAR(50),
    job_title                       VARCHAR(200),
    job_level                       VARCHAR(50),
    work_location                   VARCHAR(200),
    shift_type                      VARCHAR(30),
    weekly_hours                    NUMERIC(5,2)   DEFAULT 40,
    salary_grade                    VARCHAR(20),
    annual_salary                   NUMERIC(15,2),
    currency                        VARCHAR(3)     DEFAULT 'INR',
    benefits_eligible               BOOLEAN        DEFAULT true,
    national_id                     VARCHAR(50),
    passport_number                 VARCHAR(50),
    tax_id                          VARCHAR(50),
    photo_url                       VARCHAR(500),
    user_account_created            BOOLEAN        DEFAULT false,
    username                        VARCHAR(100),
    is_active                       BOOLEAN        DEFAULT true,
    created_by                      VARCHAR(50),
    created_at                      TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    updated_at                      TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (employee_id),
    UNIQUE (employee_number)
);
CREATE INDEX IF NOT EXISTS ix_employees_employment_status_is_active ON employees (employment_status, is_active);
CREATE INDEX IF NOT EXISTS ix_employees_hire_date ON employees (hire_date);
CREATE INDEX IF NOT EXISTS ix_employees_primary_department_id_employment_status
    ON employees (primary_department_id, employment_status);
CREATE INDEX IF NOT EXISTS ix_employees_primary_factory_id_employment_status
    ON employees (primary_factory_id, employment_status);
CREATE INDEX IF NOT EXISTS ix_employees_reports_to_employee_id ON employees (reports_to_employee_id);

CREATE TABLE IF NOT EXISTS hcm_integration_log (
    log_id                 VARCHAR(50)  NOT NULL,
    log_timestamp          TIMESTAMP    DEFAULT CURRENT_TIMESTAMP,
    integration_direction  VARCHAR(30),
    document_type          VARCHAR(50),
    document_id            VARCHAR(50),
    target_system          VARCHAR(50),
    integration_status     VARCHAR(30),
    error_message          TEXT,
    integration_data       JSONB,
    retry_count            INTEGER      DEFAULT 0,
    last_retry_at          TIMESTAMP,
    PRIMARY KEY (log_id)
);
CREATE INDEX IF NOT EXISTS ix_hcm_integration_log_integration_status_log_timestamp
    ON hcm_integration_log (integration_status, log_timestamp);

CREATE TABLE IF NOT EXISTS leave_requests (
    request_id               VARCHAR(50)   NOT NULL,
    employee_id              VARCHAR(50)   NOT NULL,
    leave_type_id            VARCHAR(50)   NOT NULL,
    request_date             DATE          NOT NULL,
    start_date               DATE          NOT NULL,
    end_date                 DATE          NOT NULL,
    total_days               NUMERIC(5,2)  NOT NULL,
    is_half_day              BOOLEAN       DEFAULT false,
    half_day_session         VARCHAR(10),
    reason                   TEXT,
    supporting_document_url  VARCHAR(500),
    request_status           VARCHAR(30)   DEFAULT 'pending',
    approved_by              VARCHAR(50),
    approval_date            DATE,
    rejection_reason         TEXT,
    hr_approved              BOOLEAN       DEFAULT false,
    hr_approved_by           VARCHAR(50),
    hr_approval_date         DATE,
    cancelled                BOOLEAN       DEFAULT false,
    cancelled_date           DATE,
    cancellation_reason      TEXT,
    notes                    TEXT,
    created_at               TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    updated_at               TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (request_id)
);
CREATE INDEX IF NOT EXISTS ix_leave_requests_employee_id_request_status ON leave_requests (employee_id, request_status);
CREATE INDEX IF NOT EXISTS ix_leave_requests_request_status_start_date ON leave_requests (request_status, start_date);

CREATE TABLE IF NOT EXISTS leave_types (
    leave_type_id           VARCHAR(50)   NOT NULL,
    leave_type_code         VARCHAR(50)   NOT NULL,
    leave_type_name         VARCHAR(200)  NOT NULL,
    leave_category          VARCHAR(50),
    accrual_enabled         BOOLEAN       DEFAULT true,
    accrual_frequency       VARCHAR(30),
    accrual_rate            NUMERIC(5,2),
    max_days_per_year       NUMERIC(5,2),
    max_carry_forward       NUMERIC(5,2),
    min_days_per_request    NUMERIC(5,2)  DEFAULT 0.5,
    max_days_per_request    NUMERIC(5,2),
    min_notice_days         INTEGER       DEFAULT 7,
    requires_approval       BOOLEAN       DEFAULT true,
    applicable_gender       VARCHAR(20),
    requires_documentation  BOOLEAN       DEFAULT false,
    is_active               BOOLEAN       DEFAULT true,
    created_at              TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (leave_type_id),
    UNIQUE (leave_type_code)
);

CREATE TABLE IF NOT EXISTS offboarding_records (
    offboarding_id                 VARCHAR(50)   NOT NULL,
    employee_id                    VARCHAR(50)   NOT NULL,
    last_working_date              DATE          NOT NULL,
    exit_type                      VARCHAR(50),
    exit_reason                    VARCHAR(200),
    notice_period_days             INTEGER,
    notice_given_date              DATE,
    clearance_status               VARCHAR(30)   DEFAULT 'pending',
    it_clearance                   BOOLEAN       DEFAULT false,
    facility_clearance             BOOLEAN       DEFAULT false,
    finance_clearance              BOOLEAN       DEFAULT false,
    hr_clearance                   BOOLEAN       DEFAULT false,
    exit_interview_conducted       BOOLEAN       DEFAULT false,
    exit_interview_date            DATE,
    exit_interview_feedback        TEXT,
    eligible_for_rehire            BOOLEAN       DEFAULT true,
    resignation_letter_url         VARCHAR(500),
    full_and_final_settlement_url  VARCHAR(500),
    notes                          TEXT,
    created_at                     TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    updated_at                     TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (offboarding_id)
);
CREATE INDEX IF NOT EXISTS ix_offboarding_records_employee_id ON offboarding_records (employee_id);

CREATE TABLE IF NOT EXISTS performance_reviews (
    review_id                     VARCHAR(50)   NOT NULL,
    employee_id                   VARCHAR(50)   NOT NULL,
    review_type                   VARCHAR(30),
    review_period_start           DATE          NOT NULL,
    review_period_end             DATE          NOT NULL,
    reviewer_id                   VARCHAR(50),
    review_date                   DATE,
    overall_rating                NUMERIC(3,2),
    performance_level             VARCHAR(30),
    technical_competency_rating   NUMERIC(3,2),
    behavioral_competency_rating  NUMERIC(3,2),
    leadership_rating             NUMERIC(3,2),
    key_strengths                 TEXT,
    areas_for_improvement         TEXT,
    goals_achieved                INTEGER,
    goals_total                   INTEGER,
    goals_achievement_pct         NUMERIC(5,2),
    manager_comments              TEXT,
    employee_comments             TEXT,
    review_status                 VARCHAR(30)   DEFAULT 'draft',
    acknowledged_by_employee      BOOLEAN       DEFAULT false,
    acknowledged_date             DATE,
    hr_reviewed                   BOOLEAN       DEFAULT false,
    hr_reviewed_by                VARCHAR(50),
    hr_reviewed_date              DATE,
    development_plan              TEXT,
    created_at                    TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    updated_at                    TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (review_id)
);
CREATE INDEX IF NOT EXISTS ix_performance_reviews_employee_id_review_date
    ON performance_reviews (employee_id, review_date);
CREATE INDEX IF NOT EXISTS ix_performance_reviews_reviewer_id ON performance_reviews (reviewer_id);

CREATE TABLE IF NOT EXISTS safety_incidents (
    incident_id                 VARCHAR(50)   NOT NULL,
    incident_number             VARCHAR(50)   NOT NULL,
    employee_id                 VARCHAR(50),
    incident_date               DATE          NOT NULL,
    incident_time               TIME,
    factory_id                  VARCHAR(50),
    department_id               VARCHAR(50),
    incident_location           VARCHAR(200),
    incident_type               VARCHAR(50),
    severity                    VARCHAR(30),
    description                 TEXT          NOT NULL,
    immediate_cause             TEXT,
    root_cause                  TEXT,
    injury_type                 VARCHAR(50),
    body_part_affected          VARCHAR(100),
    medical_treatment_required  BOOLEAN       DEFAULT false,
    days_away_from_work         INTEGER       DEFAULT 0,
    investigation_status        VARCHAR(30)   DEFAULT 'pending',
    investigated_by             VARCHAR(50),
    investigation_date          DATE,
    investigation_findings      TEXT,
    corrective_actions          TEXT,
    preventive_measures         TEXT,
    osha_recordable             BOOLEAN       DEFAULT false,
    incident_status             VARCHAR(30)   DEFAULT 'open',
    closed_date                 DATE,
    created_at                  TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    updated_at                  TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (incident_id),
    UNIQUE (incident_number)
);
CREATE INDEX IF NOT EXISTS ix_safety_incidents_employee_id_incident_date
    ON safety_incidents (employee_id, incident_date);
CREATE INDEX IF NOT EXISTS ix_safety_incidents_factory_id_incident_date ON safety_incidents (factory_id, incident_date);
CREATE INDEX IF NOT EXISTS ix_safety_incidents_incident_status ON safety_incidents (incident_status);

CREATE TABLE IF NOT EXISTS succession_candidates (
    candidate_id                 VARCHAR(50)  NOT NULL,
    succession_id                VARCHAR(50)  NOT NULL,
    employee_id                  VARCHAR(50)  NOT NULL,
    readiness_level              VARCHAR(30),
    strengths                    TEXT,
    development_needs            TEXT,
    individual_development_plan  TEXT,
    last_assessment_date         DATE,
    created_at                   TIMESTAMP    DEFAULT CURRENT_TIMESTAMP,
    updated_at                   TIMESTAMP    DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (candidate_id),
    UNIQUE (succession_id, employee_id)
);
CREATE INDEX IF NOT EXISTS ix_succession_candidates_employee_id ON succession_candidates (employee_id);

CREATE TABLE IF NOT EXISTS succession_planning (
    succession_id          VARCHAR(50)  NOT NULL,
    position_id            VARCHAR(50)  NOT NULL,
    current_incumbent_id   VARCHAR(50),
    succession_risk        VARCHAR(30),
    expected_vacancy_date  DATE,
    successor_ready        BOOLEAN      DEFAULT false,
    development_plan       TEXT,
    notes                  TEXT,
    created_at             TIMESTAMP    DEFAULT CURRENT_TIMESTAMP,
    updated_at             TIMESTAMP    DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (succession_id)
);
CREATE INDEX IF NOT EXISTS ix_succession_planning_position_id ON succession_planning (position_id);

CREATE TABLE IF NOT EXISTS training_courses (
    course_id                    VARCHAR(50)    NOT NULL,
    course_code                  VARCHAR(50)    NOT NULL,
    course_name                  VARCHAR(200)   NOT NULL,
    course_category              VARCHAR(50),
    course_type                  VARCHAR(50),
    description                  TEXT,
    learning_objectives          TEXT,
    duration_hours               NUMERIC(5,2),
    delivery_method              VARCHAR(50),
    training_provider            VARCHAR(200),
    instructor_name              VARCHAR(200),
    max_participants             INTEGER,
    prerequisites                TEXT,
    has_assessment               BOOLEAN        DEFAULT false,
    passing_score                INTEGER,
    provides_certification       BOOLEAN        DEFAULT false,
    certificate_validity_months  INTEGER,
    cost_per_participant         NUMERIC(12,2),
    currency                     VARCHAR(3)     DEFAULT 'INR',
    course_materials             TEXT,
    course_status                VARCHAR(30)    DEFAULT 'active',
    is_active                    BOOLEAN        DEFAULT true,
    created_at                   TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    updated_at                   TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (course_id),
    UNIQUE (course_code)
);
CREATE INDEX IF NOT EXISTS ix_training_courses_course_category_is_active
    ON training_courses (course_category, is_active);

CREATE TABLE IF NOT EXISTS training_enrollments (
    enrollment_id            VARCHAR(50)   NOT NULL,
    schedule_id              VARCHAR(50)   NOT NULL,
    employee_id              VARCHAR(50)   NOT NULL,
    enrollment_date          DATE          NOT NULL,
    enrollment_status        VARCHAR(30)   DEFAULT 'enrolled',
    attended                 BOOLEAN       DEFAULT false,
    attendance_date          DATE,
    attendance_hours         NUMERIC(5,2),
    assessment_score         NUMERIC(5,2),
    passed                   BOOLEAN,
    completion_status        VARCHAR(30),
    completion_date          DATE,
    certificate_issued       BOOLEAN       DEFAULT false,
    certificate_number       VARCHAR(100),
    certificate_issue_date   DATE,
    certificate_expiry_date  DATE,
    certificate_url          VARCHAR(500),
    feedback_rating          INTEGER,
    feedback_comments        TEXT,
    notes                    TEXT,
    created_at               TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    updated_at               TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (enrollment_id),
    UNIQUE (schedule_id, employee_id)
);
CREATE INDEX IF NOT EXISTS ix_training_enrollments_employee_id_completion_status
    ON training_enrollments (employee_id, completion_status);
CREATE INDEX IF NOT EXISTS ix_training_enrollments_schedule_id ON training_enrollments (schedule_id);

CREATE TABLE IF NOT EXISTS training_requirements (
    requirement_id        VARCHAR(50)   NOT NULL,
    requirement_type      VARCHAR(30),
    role_id               VARCHAR(50),
    factory_id            VARCHAR(50),
    department_id         VARCHAR(50),
    equipment_type        VARCHAR(100),
    course_id             VARCHAR(50)   NOT NULL,
    is_mandatory          BOOLEAN       DEFAULT true,
    frequency             VARCHAR(30),
    validity_months       INTEGER,
    grace_period_days     INTEGER       DEFAULT 30,
    regulatory_body       VARCHAR(200),
    regulation_reference  VARCHAR(200),
    is_active             BOOLEAN       DEFAULT true,
    created_at            TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (requirement_id)
);
CREATE INDEX IF NOT EXISTS ix_training_requirements_factory_id ON training_requirements (factory_id);
CREATE INDEX IF NOT EXISTS ix_training_requirements_role_id_is_mandatory
    ON training_requirements (role_id, is_mandatory);

CREATE TABLE IF NOT EXISTS training_schedules (
    schedule_id          VARCHAR(50)   NOT NULL,
    course_id            VARCHAR(50)   NOT NULL,
    session_name         VARCHAR(200),
    start_datetime       TIMESTAMP     NOT NULL,
    end_datetime         TIMESTAMP     NOT NULL,
    factory_id           VARCHAR(50),
    training_location    VARCHAR(200),
    is_virtual           BOOLEAN       DEFAULT false,
    virtual_meeting_url  VARCHAR(500),
    instructor_id        VARCHAR(50),
    instructor_name      VARCHAR(200),
    max_participants     INTEGER,
    current_enrollment   INTEGER       DEFAULT 0,
    schedule_status      VARCHAR(30)   DEFAULT 'scheduled',
    completed_date       DATE,
    notes                TEXT,
    created_at           TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    updated_at           TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (schedule_id)
);
CREATE INDEX IF NOT EXISTS ix_training_schedules_course_id_start_datetime
    ON training_schedules (course_id, start_datetime);
CREATE INDEX IF NOT EXISTS ix_training_schedules_schedule_status ON training_schedules (schedule_status);
