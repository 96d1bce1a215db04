-- genims_erp_db: sales and purchase orders, production orders, materials, stock and the general ledger.
-- Owner: ERP.

CREATE TABLE IF NOT EXISTS bill_of_materials (
    bom_id                     VARCHAR(50)    NOT NULL,
    bom_number                 VARCHAR(50)    NOT NULL,
    parent_material_id         VARCHAR(50)    NOT NULL,
    parent_quantity            NUMERIC(15,4)  DEFAULT 1,
    bom_usage                  VARCHAR(30),
    bom_status                 VARCHAR(30)    DEFAULT 'active',
    alternative_bom            INTEGER        DEFAULT 1,
    valid_from                 DATE           NOT NULL,
    valid_to                   DATE,
    base_quantity              NUMERIC(15,4)  DEFAULT 1,
    base_unit                  VARCHAR(20),
    lot_size                   NUMERIC(15,4),
    scrap_percentage           NUMERIC(5,2)   DEFAULT 0,
    plant_id                   VARCHAR(50),
    product_id                 VARCHAR(50),
    engineering_change_number  VARCHAR(50),
    revision                   VARCHAR(20),
    is_current_revision        BOOLEAN        DEFAULT true,
    created_by                 VARCHAR(50),
    created_at                 TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    updated_at                 TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (bom_id),
    UNIQUE (bom_number)
);
CREATE INDEX IF NOT EXISTS ix_bill_of_materials_parent_material_id_bom_status
    ON bill_of_materials (parent_material_id, bom_status);

CREATE TABLE IF NOT EXISTS bom_components (
    component_id                VARCHAR(50)    NOT NULL,
    bom_id                      VARCHAR(50)    NOT NULL,
    item_number                 INTEGER        NOT NULL,
    material_id                 VARCHAR(50)    NOT NULL,
    component_quantity          NUMERIC(15,4)  NOT NULL,
    component_unit              VARCHAR(20)    NOT NULL,
    component_scrap_percentage  NUMERIC(5,2)   DEFAULT 0,
    operation_number            INTEGER,
    backflush                   BOOLEAN        DEFAULT false,
    procurement_indicator       VARCHAR(30),
    cost_relevance              BOOLEAN        DEFAULT true,
    has_substitute              BOOLEAN        DEFAULT false,
    substitute_material_id      VARCHAR(50),
    valid_from                  DATE,
    valid_to                    DATE,
    created_at                  TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (component_id)
);
CREATE INDEX IF NOT EXISTS ix_bom_components_bom_id_item_number ON bom_components (bom_id, item_number);
CREATE INDEX IF NOT EXISTS ix_bom_components_material_id ON bom_components (material_id);

CREATE TABLE IF NOT EXISTS cost_centers (
    cost_center_id         VARCHAR(50)   NOT NULL,
    cost_center_code       VARCHAR(50)   NOT NULL,
    cost_center_name       VARCHAR(200)  NOT NULL,
    controlling_area       VARCHAR(10),
    cost_center_group      VARCHAR(50),
    parent_cost_center_id  VARCHAR(50),
    company_code           VARCHAR(10),
    business_area          VARCHAR(10),
    plant_id               VARCHAR(50),
    responsible_person     VARCHAR(50),
    cost_center_category   VARCHAR(50),
    is_active              BOOLEAN       DEFAULT true,
    valid_from             DATE,
    valid_to               DATE,
    created_at             TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (cost_center_id),
    UNIQUE (cost_center_code)
);

CREATE TABLE IF NOT EXISTS erp_mes_sync_log (
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
    created_at      TIMESTAMP    DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (sync_id)
);
CREATE INDEX IF NOT EXISTS ix_erp_mes_sync_log_document_type_document_id
    ON erp_mes_sync_log (document_type, document_id);
CREATE INDEX IF NOT EXISTS ix_erp_mes_sync_log_sync_status_sync_timestamp
    ON erp_mes_sync_log (sync_status, sync_timestamp);

CREATE TABLE IF NOT EXISTS general_ledger (
    gl_transaction_id   VARCHAR(50)    NOT NULL,
    document_number     VARCHAR(50),
    document_type       VARCHAR(10),
    posting_date        DATE           NOT NULL,
    document_date       DATE           NOT NULL,
    gl_account          VARCHAR(20)    NOT NULL,
    company_code        VARCHAR(10)    NOT NULL,
    debit_amount        NUMERIC(15,2),
    credit_amount       NUMERIC(15,2),
    currency            VARCHAR(3)     DEFAULT 'INR',
    cost_center_id      VARCHAR(50),
    profit_center       VARCHAR(50),
    reference_document  VARCHAR(50),
    assignment          VARCHAR(50),
    text                TEXT,
    posting_key         VARCHAR(2),
    transaction_code    VARCHAR(10),
    source_system       VARCHAR(50),
    source_document_id  VARCHAR(50),
    fiscal_year         INTEGER,
    fiscal_period       INTEGER,
    cleared             BOOLEAN        DEFAULT false,
    clearing_document   VARCHAR(50),
    clearing_date       DATE,
    created_by          VARCHAR(50),
    created_at          TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (gl_transaction_id)
);

CREATE TABLE IF NOT EXISTS goods_receipts (
    goods_receipt_id   VARCHAR(50)    NOT NULL,
    gr_number          VARCHAR(50)    NOT NULL,
    gr_date            DATE           NOT NULL,
    posting_date       DATE           NOT NULL,
    purchase_order_id  VARCHAR(50),
    po_line_id         VARCHAR(50),
    supplier_id        VARCHAR(50),
    material_id        VARCHAR(50)    NOT NULL,
    quantity_received  NUMERIC(15,4)  NOT NULL,
    unit_of_measure    VARCHAR(20)    NOT NULL,
    plant_id           VARCHAR(50),
    storage_location   VARCHAR(50),
    batch_number       VARCHAR(50),
    inspection_lot     VARCHAR(50),
    quality_status     VARCHAR(30),
    unit_price         NUMERIC(12,4),
    total_value        NUMERIC(15,2),
    delivery_note      VARCHAR(50),
    bill_of_lading     VARCHAR(50),
    gr_status          VARCHAR(30)    DEFAULT 'posted',
    cancelled          BOOLEAN        DEFAULT false,
    reversal_gr        VARCHAR(50),
    created_by         VARCHAR(50),
    created_at         TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (goods_receipt_id),
    UNIQUE (gr_number)
);

CREATE TABLE IF NOT EXISTS inspection_plans (
    inspection_plan_id        VARCHAR(50)  NOT NULL,
    plan_number               VARCHAR(50)  NOT NULL,
    material_id               VARCHAR(50)  NOT NULL,
    plant_id                  VARCHAR(50),
    plan_usage                VARCHAR(30),
    inspection_type           VARCHAR(30),
    sample_size               INTEGER,
    sample_unit               VARCHAR(20),
    sampling_procedure        VARCHAR(50),
    inspection_interval_days  INTEGER,
    next_inspection_date      DATE,
    is_active                 BOOLEAN      DEFAULT true,
    created_at                TIMESTAMP    DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (inspection_plan_id),
    UNIQUE (plan_number)
);

CREATE TABLE IF NOT EXISTS inventory_balances (
    balance_id                VARCHAR(50)    NOT NULL,
    material_id               VARCHAR(50)    NOT NULL,
    plant_id                  VARCHAR(50)    NOT NULL,
    storage_location          VARCHAR(50)    NOT NULL,
    batch_number              VARCHAR(50),
    unrestricted_stock        NUMERIC(15,4)  DEFAULT 0,
    quality_inspection_stock  NUMERIC(15,4)  DEFAULT 0,
    blocked_stock             NUMERIC(15,4)  DEFAULT 0,
    consignment_stock         NUMERIC(15,4)  DEFAULT 0,
    in_transit_stock          NUMERIC(15,4)  DEFAULT 0,
    stock_value               NUMERIC(15,2),
    moving_average_price      NUMERIC(12,4),
    last_goods_receipt_date   DATE,
    last_goods_issue_date     DATE,
    last_count_date           DATE,
    cycle_count_indicator     VARCHAR(10),
    updated_at                TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (balance_id)
);
CREATE INDEX IF NOT EXISTS ix_inventory_balances_material_id_plant_id_storage_location
    ON inventory_balances (material_id, plant_id, storage_location);

CREATE TABLE IF NOT EXISTS inventory_transactions (
    transaction_id              VARCHAR(50)    NOT NULL,
    material_document           VARCHAR(50),
    document_item               INTEGER,
    transaction_type            VARCHAR(50)    NOT NULL,
    movement_type               VARCHAR(10)    NOT NULL,
    posting_date                DATE           NOT NULL,
    document_date               DATE           NOT NULL,
    material_id                 VARCHAR(50)    NOT NULL,
    plant_id                    VARCHAR(50)    NOT NULL,
    storage_location            VARCHAR(50),
    batch_number                VARCHAR(50),
    quantity                    NUMERIC(15,4)  NOT NULL,
    unit_of_measure             VARCHAR(20)    NOT NULL,
    amount                      NUMERIC(15,2),
    purchase_order_id           VARCHAR(50),
    sales_order_id              VARCHAR(50),
    production_order_id         VARCHAR(50),
    work_order_id               VARCHAR(50),
    goods_receipt_id            VARCHAR(50),
    receiving_plant             VARCHAR(50),
    receiving_storage_location  VARCHAR(50),
    reason_code                 VARCHAR(20),
    reason_text                 TEXT,
    cancelled                   BOOLEAN        DEFAULT false,
    reversal_indicator          BOOLEAN        DEFAULT false,
    created_by                  VARCHAR(50),
    created_at                  TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (transaction_id)
);
CREATE INDEX IF NOT EXISTS ix_inventory_transactions_material_id_posting_date
    ON inventory_transactions (material_id, posting_date);
CREATE INDEX IF NOT EXISTS ix_inventory_transactions_transaction_type_posting_date
    ON inventory_transactions (transaction_type, posting_date);

CREATE TABLE IF NOT EXISTS materials (
    material_id               VARCHAR(50)    NOT NULL,
    material_code             VARCHAR(50)    NOT NULL,
    material_name             VARCHAR(200)   NOT NULL,
    material_type             VARCHAR(50)    NOT NULL,
    material_group            VARCHAR(50),
    commodity_code            VARCHAR(50),
    product_family            VARCHAR(50),
    base_unit_of_measure      VARCHAR(20)    NOT NULL,
    weight_kg                 NUMERIC(10,4),
    volume_m3                 NUMERIC(10,6),
    dimensions                VARCHAR(100),
    procurement_type          VARCHAR(30),
    default_supplier_id       VARCHAR(50),
    lead_time_days            INTEGER,
    minimum_order_quantity    NUMERIC(15,4),
    order_multiple            NUMERIC(15,4),
    abc_classification        VARCHAR(1),
    reorder_point             NUMERIC(15,4),
    safety_stock              NUMERIC(15,4),
    maximum_stock             NUMERIC(15,4),
    valuation_class           VARCHAR(50),
    standard_cost             NUMERIC(15,4),
    moving_average_cost       NUMERIC(15,4),
    last_purchase_price       NUMERIC(15,4),
    inspection_required       BOOLEAN        DEFAULT false,
    shelf_life_days           INTEGER,
    mrp_type                  VARCHAR(30),
    lot_sizing_procedure      VARCHAR(30),
    planning_time_fence_days  INTEGER,
    material_status           VARCHAR(30)    DEFAULT 'active',
    blocked_for_procurement   BOOLEAN        DEFAULT false,
    blocked_for_production    BOOLEAN        DEFAULT false,
    product_id                VARCHAR(50),
    created_by                VARCHAR(50),
    created_at                TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    updated_at                TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (material_id),
    UNIQUE (material_code)
);
CREATE INDEX IF NOT EXISTS ix_materials_material_type_material_status ON materials (material_type, material_status);
CREATE INDEX IF NOT EXISTS ix_materials_procurement_type_default_supplier_id
    ON materials (procurement_type, default_supplier_id);
CREATE INDEX IF NOT EXISTS ix_materials_product_id ON materials (product_id);

CREATE TABLE IF NOT EXISTS mrp_elements (
    element_id            VARCHAR(50)    NOT NULL,
    mrp_run_id            VARCHAR(50)    NOT NULL,
    material_id           VARCHAR(50)    NOT NULL,
    plant_id              VARCHAR(50)    NOT NULL,
    element_type          VARCHAR(30)    NOT NULL,
    element_date          DATE           NOT NULL,
    requirement_quantity  NUMERIC(15,4),
    receipt_quantity      NUMERIC(15,4),
    source_document       VARCHAR(50),
    source_line           INTEGER,
    exception_message     VARCHAR(200),
    created_at            TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (element_id)
);
CREATE INDEX IF NOT EXISTS ix_mrp_elements_material_id_element_date ON mrp_elements (material_id, element_date);
CREATE INDEX IF NOT EXISTS ix_mrp_elements_mrp_run_id ON mrp_elements (mrp_run_id);

CREATE TABLE IF NOT EXISTS production_orders (
    production_order_id      VARCHAR(50)    NOT NULL,
    production_order_number  VARCHAR(50)    NOT NULL,
    material_id              VARCHAR(50)    NOT NULL,
    plant_id                 VARCHAR(50)    NOT NULL,
    sales_order_id           VARCHAR(50),
    sales_order_line         INTEGER,
    mrp_element              VARCHAR(50),
    order_type               VARCHAR(30),
    production_version       INTEGER        DEFAULT 1,
    order_quantity           NUMERIC(15,4)  NOT NULL,
    delivered_quantity       NUMERIC(15,4)  DEFAULT 0,
    scrap_quantity           NUMERIC(15,4)  DEFAULT 0,
    basic_start_date         DATE           NOT NULL,
    basic_end_date           DATE           NOT NULL,
    scheduled_start_date     DATE,
    scheduled_end_date       DATE,
    actual_start_date        DATE,
    actual_finish_date       DATE,
    system_status            VARCHAR(30)    DEFAULT 'created',
    user_status              VARCHAR(30),
    priority                 INTEGER        DEFAULT 5,
    scheduling_type          VARCHAR(30),
    bom_id                   VARCHAR(50),
    routing_id               VARCHAR(50),
    work_order_id            VARCHAR(50),
    planned_costs            NUMERIC(15,2),
    actual_costs             NUMERIC(15,2),
    variance_amount          NUMERIC(15,2),
    settlement_rule          VARCHAR(50),
    settlement_receiver      VARCHAR(50),
    created_by               VARCHAR(50),
    created_at               TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    updated_at               TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    released_by              VARCHAR(50),
    released_at              TIMESTAMP,
    closed_at                TIMESTAMP,
    PRIMARY KEY (production_order_id),
    UNIQUE (production_order_number)
);
CREATE INDEX IF NOT EXISTS ix_production_orders_basic_start_date_basic_end_date
    ON production_orders (basic_start_date, basic_end_date);
CREATE INDEX IF NOT EXISTS ix_production_orders_material_id_system_status
    ON production_orders (material_id, system_status);
CREATE INDEX IF NOT EXISTS ix_production_orders_sales_order_id ON production_orders (sales_order_id);
CREATE INDEX IF NOT EXISTS ix_production_orders_work_order_id ON production_orders (work_order_id);

CREATE TABLE IF NOT EXISTS purchase_order_lines (
    po_line_id                   VARCHAR(50)    NOT NULL,
    purchase_order_id            VARCHAR(50)    NOT NULL,
    line_number                  INTEGER        NOT NULL,
    material_id                  VARCHAR(50)    NOT NULL,
    material_description         VARCHAR(200),
    order_quantity               NUMERIC(15,4)  NOT NULL,
    unit_of_measure              VARCHAR(20)    NOT NULL,
    received_quantity            NUMERIC(15,4)  DEFAULT 0,
    invoiced_quantity            NUMERIC(15,4)  DEFAULT 0,
    unit_price                   NUMERIC(12,4)  NOT NULL,
    net_price                    NUMERIC(15,2),
    tax_code                     VARCHAR(20),
    tax_amount                   NUMERIC(15,2),
    delivery_date                DATE           NOT NULL,
    plant_id                     VARCHAR(50),
    storage_location             VARCHAR(50),
    gl_account                   VARCHAR(20),
    cost_center_id               VARCHAR(50),
    goods_receipt_required       BOOLEAN        DEFAULT true,
    invoice_receipt_required     BOOLEAN        DEFAULT true,
    quality_inspection_required  BOOLEAN        DEFAULT false,
    requisition_id               VARCHAR(50),
    requisition_line             INTEGER,
    line_status                  VARCHAR(30)    DEFAULT 'open',
    deletion_indicator           BOOLEAN        DEFAULT false,
    created_at                   TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (po_line_id)
);
CREATE INDEX IF NOT EXISTS ix_purchase_order_lines_material_id ON purchase_order_lines (material_id);
CREATE INDEX IF NOT EXISTS ix_purchase_order_lines_purchase_order_id_line_number
    ON purchase_order_lines (purchase_order_id, line_number);

CREATE TABLE IF NOT EXISTS purchase_orders (
    purchase_order_id        VARCHAR(50)    NOT NULL,
    po_number                VARCHAR(50)    NOT NULL,
    supplier_id              VARCHAR(50)    NOT NULL,
    po_date                  DATE           NOT NULL,
    po_type                  VARCHAR(30),
    company_code             VARCHAR(10),
    purchasing_organization  VARCHAR(10),
    purchasing_group         VARCHAR(10),
    payment_terms            VARCHAR(50),
    incoterms                VARCHAR(20),
    currency                 VARCHAR(3)     DEFAULT 'INR',
    exchange_rate            NUMERIC(10,6)  DEFAULT 1,
    total_value              NUMERIC(15,2),
    tax_amount               NUMERIC(15,2),
    freight_charges          NUMERIC(15,2),
    po_status                VARCHAR(30)    DEFAULT 'created',
    release_indicator        BOOLEAN        DEFAULT false,
    delivery_address_id      VARCHAR(50),
    contract_number          VARCHAR(50),
    quotation_number         VARCHAR(50),
    created_by               VARCHAR(50),
    created_at               TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    updated_at               TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    released_by              VARCHAR(50),
    released_at              TIMESTAMP,
    PRIMARY KEY (purchase_order_id),
    UNIQUE (po_number)
);
CREATE INDEX IF NOT EXISTS ix_purchase_orders_po_date ON purchase_orders (po_date);
CREATE INDEX IF NOT EXISTS ix_purchase_orders_supplier_id_po_status ON purchase_orders (supplier_id, po_status);

CREATE TABLE IF NOT EXISTS purchase_requisition_lines (
    requisition_line_id   VARCHAR(50)    NOT NULL,
    requisition_id        VARCHAR(50)    NOT NULL,
    line_number           INTEGER        NOT NULL,
    material_id           VARCHAR(50)    NOT NULL,
    material_description  VARCHAR(200),
    quantity              NUMERIC(15,4)  NOT NULL,
    unit_of_measure       VARCHAR(20)    NOT NULL,
    delivery_date         DATE           NOT NULL,
    delivery_location     VARCHAR(100),
    estimated_price       NUMERIC(12,4),
    estimated_total       NUMERIC(15,2),
    assigned_to_po        VARCHAR(50),
    assigned_quantity     NUMERIC(15,4)  DEFAULT 0,
    gl_account            VARCHAR(20),
    cost_center_id        VARCHAR(50),
    line_status           VARCHAR(30)    DEFAULT 'open',
    created_at            TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (requisition_line_id)
);

CREATE TABLE IF NOT EXISTS purchase_requisitions (
    requisition_id      VARCHAR(50)  NOT NULL,
    requisition_number  VARCHAR(50)  NOT NULL,
    requisition_type    VARCHAR(30),
    requisition_date    DATE         NOT NULL,
    required_date       DATE         NOT NULL,
    requester_id        VARCHAR(50),
    cost_center_id      VARCHAR(50),
    plant_id            VARCHAR(50),
    priority            VARCHAR(30)  DEFAULT 'normal',
    approval_status     VARCHAR(30)  DEFAULT 'pending',
    approved_by         VARCHAR(50),
    approved_at         TIMESTAMP,
    source_type         VARCHAR(50),
    source_document     VARCHAR(50),
    overall_status      VARCHAR(30)  DEFAULT 'open',
    remarks             TEXT,
    created_at          TIMESTAMP    DEFAULT CURRENT_TIMESTAMP,
    updated_at          TIMESTAMP    DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (requisition_id),
    UNIQUE (requisition_number)
);

CREATE TABLE IF NOT EXISTS routing (
    routing_id      VARCHAR(50)    NOT NULL,
    routing_number  VARCHAR(50)    NOT NULL,
    material_id     VARCHAR(50)    NOT NULL,
    plant_id        VARCHAR(50),
    routing_usage   VARCHAR(30),
    routing_status  VARCHAR(30)    DEFAULT 'active',
    base_quantity   NUMERIC(15,4)  DEFAULT 1,
    lot_size_from   NUMERIC(15,4),
    lot_size_to     NUMERIC(15,4),
    valid_from      DATE           NOT NULL,
    valid_to        DATE,
    created_by      VARCHAR(50),
    created_at      TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    updated_at      TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (routing_id),
    UNIQUE (routing_number)
);

CREATE TABLE IF NOT EXISTS sales_order_lines (
    sales_order_line_id      VARCHAR(50)    NOT NULL,
    sales_order_id           VARCHAR(50)    NOT NULL,
    line_number              INTEGER        NOT NULL,
    material_id              VARCHAR(50)    NOT NULL,
    product_id               VARCHAR(50),
    material_description     VARCHAR(200),
    order_quantity           NUMERIC(15,4)  NOT NULL,
    unit_of_measure          VARCHAR(20)    NOT NULL,
    delivered_quantity       NUMERIC(15,4)  DEFAULT 0,
    invoiced_quantity        NUMERIC(15,4)  DEFAULT 0,
    unit_price               NUMERIC(12,4)  NOT NULL,
    discount_percentage      NUMERIC(5,2)   DEFAULT 0,
    net_price                NUMERIC(15,2),
    tax_code                 VARCHAR(20),
    tax_amount               NUMERIC(15,2),
    requested_delivery_date  DATE,
    confirmed_delivery_date  DATE,
    plant_id                 VARCHAR(50),
    atp_date                 DATE,
    atp_quantity             NUMERIC(15,4),
    make_to_order            BOOLEAN        DEFAULT false,
    production_order_id      VARCHAR(50),
    item_category            VARCHAR(10),
    line_status              VARCHAR(30)    DEFAULT 'open',
    rejection_reason         VARCHAR(100),
    deletion_indicator       BOOLEAN        DEFAULT false,
    created_at               TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (sales_order_line_id)
);
CREATE INDEX IF NOT EXISTS ix_sales_order_lines_material_id ON sales_order_lines (material_id);
CREATE INDEX IF NOT EXISTS ix_sales_order_lines_sales_order_id_line_number
    ON sales_order_lines (sales_order_id, line_number);

CREATE TABLE IF NOT EXISTS sales_orders (
    sales_order_id           VARCHAR(50)    NOT NULL,
    sales_order_number       VARCHAR(50)    NOT NULL,
    customer_id              VARCHAR(50)    NOT NULL,
    order_date               DATE           NOT NULL,
    order_type               VARCHAR(30),
    sales_organization       VARCHAR(10),
    distribution_channel     VARCHAR(10),
    division                 VARCHAR(10),
    currency                 VARCHAR(3)     DEFAULT 'INR',
    total_net_value          NUMERIC(15,2),
    tax_amount               NUMERIC(15,2),
    freight_charges          NUMERIC(15,2),
    total_value              NUMERIC(15,2),
    payment_terms            VARCHAR(50),
    payment_method           VARCHAR(30),
    delivery_priority        VARCHAR(30)    DEFAULT 'normal',
    requested_delivery_date  DATE,
    confirmed_delivery_date  DATE,
    incoterms                VARCHAR(20),
    ship_to_party            VARCHAR(50),
    shipping_address_id      VARCHAR(50),
    shipping_instructions    TEXT,
    order_status             VARCHAR(30)    DEFAULT 'open',
    overall_delivery_status  VARCHAR(30),
    overall_billing_status   VARCHAR(30),
    credit_check_status      VARCHAR(30),
    credit_limit_used        NUMERIC(15,2),
    customer_po_number       VARCHAR(50),
    quotation_number         VARCHAR(50),
    contract_number          VARCHAR(50),
    created_by               VARCHAR(50),
    created_at               TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    updated_at               TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (sales_order_id),
    UNIQUE (sales_order_number)
);
CREATE INDEX IF NOT EXISTS ix_sales_orders_customer_id_order_status ON sales_orders (customer_id, order_status);
CREATE INDEX IF NOT EXISTS ix_sales_orders_order_date_requested_delivery_date
    ON sales_orders (order_date, requested_delivery_date);

CREATE TABLE IF NOT EXISTS suppliers (
    supplier_id                  VARCHAR(50)    NOT NULL,
    supplier_code                VARCHAR(50)    NOT NULL,
    supplier_name                VARCHAR(200)   NOT NULL,
    contact_person               VARCHAR(100),
    email                        VARCHAR(100),
    phone                        VARCHAR(50),
    address_line1                VARCHAR(200),
    address_line2                VARCHAR(200),
    city                         VARCHAR(100),
    state                        VARCHAR(100),
    country                      VARCHAR(50),
    postal_code                  VARCHAR(20),
    tax_id                       VARCHAR(50),
    currency                     VARCHAR(3)     DEFAULT 'INR',
    payment_terms                VARCHAR(50),
    on_time_delivery_percentage  NUMERIC(5,2),
    quality_rating               NUMERIC(5,2),
    total_orders_count           INTEGER        DEFAULT 0,
    total_purchase_value         NUMERIC(15,2)  DEFAULT 0,
    supplier_type                VARCHAR(50),
    certification_status         VARCHAR(100),
    supplier_status              VARCHAR(30)    DEFAULT 'active',
    blocked_for_orders           BOOLEAN        DEFAULT false,
    created_by                   VARCHAR(50),
    created_at                   TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    updated_at                   TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (supplier_id),
    UNIQUE (supplier_code)
);

CREATE TABLE IF NOT EXISTS work_centers (
    work_center_id          VARCHAR(50)    NOT NULL,
    work_center_code        VARCHAR(50)    NOT NULL,
    work_center_name        VARCHAR(200)   NOT NULL,
    plant_id                VARCHAR(50),
    cost_center_id          VARCHAR(50),
    work_center_category    VARCHAR(50),
    capacity_category       VARCHAR(50),
    available_capacity      NUMERIC(10,2),
    utilization_percentage  NUMERIC(5,2),
    hourly_rate             NUMERIC(10,2),
    currency                VARCHAR(3)     DEFAULT 'INR',
    queue_time_days         NUMERIC(5,2)   DEFAULT 0,
    setup_time_minutes      NUMERIC(10,2)  DEFAULT 0,
    line_id                 VARCHAR(50),
    machine_id              VARCHAR(50),
    is_active               BOOLEAN        DEFAULT true,
    created_at              TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (work_center_id),
    UNIQUE (work_center_code)
);
