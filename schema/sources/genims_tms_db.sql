-- genims_tms_db: carriers, shipments, tracking, returns and freight invoices.
-- Owner: transport management system (TMS).

CREATE TABLE IF NOT EXISTS carrier_rates (
    rate_id                      VARCHAR(50)    NOT NULL,
    carrier_id                   VARCHAR(50)    NOT NULL,
    service_id                   VARCHAR(50)    NOT NULL,
    origin_country               VARCHAR(50),
    origin_state                 VARCHAR(100),
    origin_postal_code           VARCHAR(20),
    destination_country          VARCHAR(50),
    destination_state            VARCHAR(100),
    destination_postal_code      VARCHAR(20),
    zone                         VARCHAR(20),
    min_weight_kg                NUMERIC(10,2),
    max_weight_kg                NUMERIC(10,2),
    base_rate                    NUMERIC(12,4),
    per_kg_rate                  NUMERIC(12,4),
    fuel_surcharge_pct           NUMERIC(5,2),
    currency                     VARCHAR(3)     DEFAULT 'INR',
    residential_delivery_charge  NUMERIC(10,2),
    signature_charge             NUMERIC(10,2),
    insurance_rate_pct           NUMERIC(5,2),
    effective_date               DATE           NOT NULL,
    expiry_date                  DATE,
    is_active                    BOOLEAN        DEFAULT true,
    created_at                   TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (rate_id)
);
CREATE INDEX IF NOT EXISTS ix_carrier_rates_carrier_id_service_id ON carrier_rates (carrier_id, service_id);

CREATE TABLE IF NOT EXISTS carriers (
    carrier_id                 VARCHAR(50)    NOT NULL,
    carrier_code               VARCHAR(50)    NOT NULL,
    carrier_name               VARCHAR(200)   NOT NULL,
    contact_person             VARCHAR(100),
    email                      VARCHAR(100),
    phone                      VARCHAR(50),
    website                    VARCHAR(200),
    address_line1              VARCHAR(200),
    city                       VARCHAR(100),
    state                      VARCHAR(100),
    country                    VARCHAR(50),
    postal_code                VARCHAR(20),
    tax_id                     VARCHAR(50),
    carrier_type               VARCHAR(50),
    api_integration            BOOLEAN        DEFAULT false,
    tracking_url_template      VARCHAR(500),
    on_time_delivery_pct       NUMERIC(5,2),
    damage_rate_pct            NUMERIC(5,2),
    total_shipments            INTEGER        DEFAULT 0,
    total_freight_spend        NUMERIC(15,2)  DEFAULT 0,
    cargo_insurance_available  BOOLEAN        DEFAULT false,
    max_insurance_value        NUMERIC(15,2),
    carrier_status             VARCHAR(30)    DEFAULT 'active',
    approved_for_shipments     BOOLEAN        DEFAULT true,
    carrier_rating             NUMERIC(3,2),
    created_at                 TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    updated_at                 TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (carrier_id),
    UNIQUE (carrier_code)
);
CREATE INDEX IF NOT EXISTS ix_carriers_carrier_status ON carriers (carrier_status);

CREATE TABLE IF NOT EXISTS freight_invoice_lines (
    invoice_line_id     VARCHAR(50)    NOT NULL,
    invoice_id          VARCHAR(50)    NOT NULL,
    line_number         INTEGER,
    shipment_id         VARCHAR(50),
    shipment_number     VARCHAR(50),
    tracking_number     VARCHAR(100),
    charge_type         VARCHAR(50),
    charge_description  VARCHAR(200),
    charge_amount       NUMERIC(15,2),
    expected_amount     NUMERIC(15,2),
    variance_amount     NUMERIC(15,2),
    approved            BOOLEAN        DEFAULT false,
    disputed            BOOLEAN        DEFAULT false,
    dispute_reason      TEXT,
    created_at          TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (invoice_line_id)
);
CREATE INDEX IF NOT EXISTS ix_freight_invoice_lines_invoice_id ON freight_invoice_lines (invoice_id);

CREATE TABLE IF NOT EXISTS freight_invoices (
    invoice_id           VARCHAR(50)    NOT NULL,
    invoice_number       VARCHAR(50)    NOT NULL,
    carrier_id           VARCHAR(50)    NOT NULL,
    invoice_date         DATE           NOT NULL,
    due_date             DATE,
    freight_charges      NUMERIC(15,2),
    fuel_surcharge       NUMERIC(15,2),
    accessorial_charges  NUMERIC(15,2),
    total_amount         NUMERIC(15,2),
    currency             VARCHAR(3)     DEFAULT 'INR',
    invoice_status       VARCHAR(30)    DEFAULT 'received',
    audit_status         VARCHAR(30),
    variance_amount      NUMERIC(15,2),
    dispute_reason       TEXT,
    payment_terms        VARCHAR(50),
    paid                 BOOLEAN        DEFAULT false,
    payment_date         DATE,
    payment_reference    VARCHAR(100),
    reconciled           BOOLEAN        DEFAULT false,
    reconciliation_date  DATE,
    created_at           TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (invoice_id),
    UNIQUE (invoice_number)
);
CREATE INDEX IF NOT EXISTS ix_freight_invoices_carrier_id_invoice_status
    ON freight_invoices (carrier_id, invoice_status);
CREATE INDEX IF NOT EXISTS ix_freight_invoices_invoice_date ON freight_invoices (invoice_date);

CREATE TABLE IF NOT EXISTS proof_of_delivery (
    pod_id              VARCHAR(50)    NOT NULL,
    delivery_id         VARCHAR(50)    NOT NULL,
    shipment_id         VARCHAR(50)    NOT NULL,
    received_by_name    VARCHAR(200),
    signature           TEXT,
    signature_url       VARCHAR(500),
    photo1_url          VARCHAR(500),
    photo2_url          VARCHAR(500),
    photo3_url          VARCHAR(500),
    packages_delivered  INTEGER,
    packages_condition  VARCHAR(50),
    delivery_latitude   NUMERIC(10,7),
    delivery_longitude  NUMERIC(10,7),
    geo_verified        BOOLEAN        DEFAULT false,
    delivery_timestamp  TIMESTAMP      NOT NULL,
    delivery_notes      TEXT,
    pod_document_url    VARCHAR(500),
    created_at          TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (pod_id)
);
CREATE INDEX IF NOT EXISTS ix_proof_of_delivery_delivery_id ON proof_of_delivery (delivery_id);

CREATE TABLE IF NOT EXISTS return_order_lines (
    return_line_id        VARCHAR(50)    NOT NULL,
    return_order_id       VARCHAR(50)    NOT NULL,
    line_number           INTEGER,
    sales_order_line_id   VARCHAR(50),
    material_id           VARCHAR(50)    NOT NULL,
    material_description  VARCHAR(200),
    quantity_to_return    NUMERIC(15,4),
    quantity_received     NUMERIC(15,4)  DEFAULT 0,
    unit_of_measure       VARCHAR(20),
    condition_on_receipt  VARCHAR(50),
    serial_number         VARCHAR(50),
    batch_number          VARCHAR(50),
    disposition           VARCHAR(50),
    created_at            TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (return_line_id)
);
CREATE INDEX IF NOT EXISTS ix_return_order_lines_return_order_id ON return_order_lines (return_order_id);

CREATE TABLE IF NOT EXISTS return_orders (
    return_order_id         VARCHAR(50)    NOT NULL,
    return_number           VARCHAR(50)    NOT NULL,
    rma_number              VARCHAR(50),
    sales_order_id          VARCHAR(50),
    original_shipment_id    VARCHAR(50),
    customer_id             VARCHAR(50)    NOT NULL,
    return_reason           VARCHAR(50),
    return_reason_details   TEXT,
    return_type             VARCHAR(50),
    authorized_by           VARCHAR(50),
    authorization_date      DATE,
    return_to_warehouse_id  VARCHAR(50),
    return_status           VARCHAR(30)    DEFAULT 'pending',
    refund_amount           NUMERIC(15,2),
    restocking_fee          NUMERIC(15,2),
    refund_processed        BOOLEAN        DEFAULT false,
    disposition             VARCHAR(50),
    created_at              TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    updated_at              TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (return_order_id),
    UNIQUE (return_number)
);
CREATE INDEX IF NOT EXISTS ix_return_orders_customer_id_return_status ON return_orders (customer_id, return_status);
CREATE INDEX IF NOT EXISTS ix_return_orders_sales_order_id ON return_orders (sales_order_id);

CREATE TABLE IF NOT EXISTS return_shipments (
    return_shipment_id  VARCHAR(50)    NOT NULL,
    return_order_id     VARCHAR(50)    NOT NULL,
    carrier_id          VARCHAR(50),
    service_id          VARCHAR(50),
    tracking_number     VARCHAR(100),
    return_label_url    VARCHAR(500),
    label_cost          NUMERIC(15,2),
    pickup_scheduled    BOOLEAN        DEFAULT false,
    pickup_date         DATE,
    shipment_status     VARCHAR(30)    DEFAULT 'created',
    shipped_date        DATE,
    received_date       DATE,
    created_at          TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (return_shipment_id)
);

CREATE TABLE IF NOT EXISTS shipment_lines (
    shipment_line_id      VARCHAR(50)    NOT NULL,
    shipment_id           VARCHAR(50)    NOT NULL,
    line_number           INTEGER,
    sales_order_id        VARCHAR(50),
    sales_order_line_id   VARCHAR(50),
    material_id           VARCHAR(50)    NOT NULL,
    material_description  VARCHAR(200),
    quantity              NUMERIC(15,4),
    unit_of_measure       VARCHAR(20),
    package_number        INTEGER,
    serial_numbers        TEXT,
    batch_numbers         TEXT,
    created_at            TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (shipment_line_id)
);
CREATE INDEX IF NOT EXISTS ix_shipment_lines_shipment_id ON shipment_lines (shipment_id);

CREATE TABLE IF NOT EXISTS shipments (
    shipment_id                VARCHAR(50)    NOT NULL,
    shipment_number            VARCHAR(50)    NOT NULL,
    sales_order_id             VARCHAR(50),
    shipping_task_id           VARCHAR(50),
    warehouse_id               VARCHAR(50),
    carrier_id                 VARCHAR(50)    NOT NULL,
    service_id                 VARCHAR(50),
    carrier_service_name       VARCHAR(200),
    tracking_number            VARCHAR(100),
    master_tracking_number     VARCHAR(100),
    bol_number                 VARCHAR(100),
    pro_number                 VARCHAR(100),
    origin_warehouse_id        VARCHAR(50),
    origin_name                VARCHAR(200),
    origin_address_line1       VARCHAR(200),
    origin_city                VARCHAR(100),
    origin_state               VARCHAR(100),
    origin_country             VARCHAR(50),
    origin_postal_code         VARCHAR(20),
    customer_id                VARCHAR(50),
    destination_name           VARCHAR(200),
    destination_contact        VARCHAR(100),
    destination_phone          VARCHAR(50),
    destination_email          VARCHAR(100),
    destination_address_line1  VARCHAR(200),
    destination_address_line2  VARCHAR(200),
    destination_city           VARCHAR(100),
    destination_state          VARCHAR(100),
    destination_country        VARCHAR(50),
    destination_postal_code    VARCHAR(20),
    shipment_type              VARCHAR(50),
    incoterms                  VARCHAR(20),
    number_of_packages         INTEGER,
    total_weight_kg            NUMERIC(10,2),
    total_volume_m3            NUMERIC(10,4),
    declared_value             NUMERIC(15,2),
    signature_required         BOOLEAN        DEFAULT false,
    insurance_required         BOOLEAN        DEFAULT false,
    insurance_value            NUMERIC(15,2),
    temperature_controlled     BOOLEAN        DEFAULT false,
    hazmat                     BOOLEAN        DEFAULT false,
    fragile                    BOOLEAN        DEFAULT false,
    ship_date                  DATE,
    scheduled_pickup_date      DATE,
    actual_pickup_date         DATE,
    estimated_delivery_date    DATE,
    actual_delivery_date       DATE,
    transit_days               INTEGER,
    shipment_status            VARCHAR(30)    DEFAULT 'created',
    freight_cost               NUMERIC(15,2),
    fuel_surcharge             NUMERIC(15,2),
    accessorial_charges        NUMERIC(15,2),
    insurance_cost             NUMERIC(15,2),
    total_cost                 NUMERIC(15,2),
    currency                   VARCHAR(3)     DEFAULT 'INR',
    freight_invoice_id         VARCHAR(50),
    invoiced                   BOOLEAN        DEFAULT false,
    invoice_approved           BOOLEAN        DEFAULT false,
    delivered_to_name          VARCHAR(200),
    delivery_signature         VARCHAR(200),
    delivery_notes             TEXT,
    bol_document_url           VARCHAR(500),
    pod_document_url           VARCHAR(500),
    created_by                 VARCHAR(50),
    created_at                 TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    updated_at                 TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (shipment_id),
    UNIQUE (shipment_number)
);
CREATE INDEX IF NOT EXISTS ix_shipments_carrier_id_shipment_status ON shipments (carrier_id, shipment_status);
CREATE INDEX IF NOT EXISTS ix_shipments_customer_id_shipment_status ON shipments (customer_id, shipment_status);
CREATE INDEX IF NOT EXISTS ix_shipments_sales_order_id ON shipments (sales_order_id);
CREATE INDEX IF NOT EXISTS ix_shipments_tracking_number ON shipments (tracking_number);
CREATE INDEX IF NOT EXISTS ix_shipments_warehouse_id_ship_date ON shipments (warehouse_id, ship_date);

CREATE TABLE IF NOT EXISTS tracking_events (
    event_id           VARCHAR(50)   NOT NULL,
    shipment_id        VARCHAR(50)   NOT NULL,
    tracking_number    VARCHAR(100),
    event_type         VARCHAR(50),
    event_code         VARCHAR(20),
    event_description  TEXT,
    location_city      VARCHAR(100),
    location_state     VARCHAR(100),
    location_country   VARCHAR(50),
    facility_name      VARCHAR(200),
    event_timestamp    TIMESTAMP     NOT NULL,
    signed_by          VARCHAR(200),
    exception_reason   TEXT,
    data_source        VARCHAR(50),
    created_at         TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (event_id)
);
CREATE INDEX IF NOT EXISTS ix_tracking_events_shipment_id_event_timestamp
    ON tracking_events (shipment_id, event_timestamp);
CREATE INDEX IF NOT EXISTS ix_tracking_events_tracking_number_event_timestamp
    ON tracking_events (tracking_number, event_timestamp);

CREATE TABLE IF NOT EXISTS wms_tms_sync_log (
    sync_id         VARCHAR(50)  NOT NULL,
    sync_timestamp  TIMESTAMP    DEFAULT CURRENT_TIMESTAMP,
    sync_direction  VARCHAR(10),
    document_type   VARCHAR(50),
    document_id     VARCHAR(50),
    sync_status     VARCHAR(30),
    error_message   TEXT,
    sync_data       JSONB,
    retry_count     INTEGER      DEFAULT 0,
    last_retry_at   TIMESTAMP,
    PRIMARY KEY (sync_id)
);
CREATE INDEX IF NOT EXISTS ix_wms_tms_sync_log_sync_status_sync_timestamp
    ON wms_tms_sync_log (sync_status, sync_timestamp);
