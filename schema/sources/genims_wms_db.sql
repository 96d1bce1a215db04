-- genims_wms_db: warehouses, stock by bin, receiving, putaway, picking and shipping.
-- Owner: warehouse management system (WMS).

CREATE TABLE IF NOT EXISTS packing_tasks (
    packing_task_id    VARCHAR(50)    NOT NULL,
    task_number        VARCHAR(50)    NOT NULL,
    sales_order_id     VARCHAR(50)    NOT NULL,
    wave_id            VARCHAR(50),
    warehouse_id       VARCHAR(50)    NOT NULL,
    packing_station    VARCHAR(50),
    package_type       VARCHAR(50),
    package_weight_kg  NUMERIC(10,2),
    package_length_cm  NUMERIC(8,2),
    package_width_cm   NUMERIC(8,2),
    package_height_cm  NUMERIC(8,2),
    tracking_number    VARCHAR(100),
    shipment_id        VARCHAR(50),
    task_status        VARCHAR(30)    DEFAULT 'pending',
    assigned_to        VARCHAR(50),
    created_at         TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    started_at         TIMESTAMP,
    completed_at       TIMESTAMP,
    box_id             VARCHAR(50),
    packing_materials  TEXT,
    notes              TEXT,
    PRIMARY KEY (packing_task_id),
    UNIQUE (task_number)
);
CREATE INDEX IF NOT EXISTS ix_packing_tasks_warehouse_id_task_status ON packing_tasks (warehouse_id, task_status);

CREATE TABLE IF NOT EXISTS picking_tasks (
    picking_task_id        VARCHAR(50)    NOT NULL,
    task_number            VARCHAR(50)    NOT NULL,
    wave_id                VARCHAR(50),
    wave_line_id           VARCHAR(50),
    sales_order_id         VARCHAR(50),
    material_id            VARCHAR(50)    NOT NULL,
    quantity_to_pick       NUMERIC(15,4),
    quantity_picked        NUMERIC(15,4)  DEFAULT 0,
    unit_of_measure        VARCHAR(20),
    warehouse_id           VARCHAR(50)    NOT NULL,
    pick_from_bin_id       VARCHAR(50),
    pick_from_location     VARCHAR(100),
    stage_to_location      VARCHAR(100),
    batch_number           VARCHAR(50),
    serial_numbers         TEXT,
    task_type              VARCHAR(30),
    pick_sequence          INTEGER,
    task_status            VARCHAR(30)    DEFAULT 'pending',
    assigned_to            VARCHAR(50),
    created_at             TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    assigned_at            TIMESTAMP,
    started_at             TIMESTAMP,
    completed_at           TIMESTAMP,
    requires_verification  BOOLEAN        DEFAULT false,
    verified_by            VARCHAR(50),
    verified_at            TIMESTAMP,
    notes                  TEXT,
    PRIMARY KEY (picking_task_id),
    UNIQUE (task_number)
);
CREATE INDEX IF NOT EXISTS ix_picking_tasks_warehouse_id_task_status ON picking_tasks (warehouse_id, task_status);
CREATE INDEX IF NOT EXISTS ix_picking_tasks_wave_id_task_status ON picking_tasks (wave_id, task_status);

CREATE TABLE IF NOT EXISTS putaway_tasks (
    putaway_task_id    VARCHAR(50)    NOT NULL,
    task_number        VARCHAR(50)    NOT NULL,
    receiving_task_id  VARCHAR(50),
    material_id        VARCHAR(50)    NOT NULL,
    quantity           NUMERIC(15,4),
    unit_of_measure    VARCHAR(20),
    batch_number       VARCHAR(50),
    lpn                VARCHAR(50),
    warehouse_id       VARCHAR(50)    NOT NULL,
    from_location      VARCHAR(50),
    to_bin_id          VARCHAR(50),
    putaway_strategy   VARCHAR(50),
    task_status        VARCHAR(30)    DEFAULT 'pending',
    assigned_to        VARCHAR(50),
    priority           INTEGER        DEFAULT 5,
    created_at         TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    assigned_at        TIMESTAMP,
    started_at         TIMESTAMP,
    completed_at       TIMESTAMP,
    equipment_used     VARCHAR(50),
    notes              TEXT,
    PRIMARY KEY (putaway_task_id),
    UNIQUE (task_number)
);
CREATE INDEX IF NOT EXISTS ix_putaway_tasks_warehouse_id_task_status ON putaway_tasks (warehouse_id, task_status);

CREATE TABLE IF NOT EXISTS receiving_tasks (
    receiving_task_id            VARCHAR(50)    NOT NULL,
    task_number                  VARCHAR(50)    NOT NULL,
    purchase_order_id            VARCHAR(50),
    po_line_id                   VARCHAR(50),
    goods_receipt_id             VARCHAR(50),
    warehouse_id                 VARCHAR(50)    NOT NULL,
    receiving_dock               VARCHAR(50),
    material_id                  VARCHAR(50)    NOT NULL,
    expected_quantity            NUMERIC(15,4),
    received_quantity            NUMERIC(15,4)  DEFAULT 0,
    unit_of_measure              VARCHAR(20),
    batch_number                 VARCHAR(50),
    supplier_lot_number          VARCHAR(50),
    quality_inspection_required  BOOLEAN        DEFAULT false,
    inspection_status            VARCHAR(30),
    task_status                  VARCHAR(30)    DEFAULT 'pending',
    assigned_to                  VARCHAR(50),
    scheduled_date               TIMESTAMP,
    started_at                   TIMESTAMP,
    completed_at                 TIMESTAMP,
    notes                        TEXT,
    created_at                   TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (receiving_task_id),
    UNIQUE (task_number)
);
CREATE INDEX IF NOT EXISTS ix_receiving_tasks_purchase_order_id ON receiving_tasks (purchase_order_id);
CREATE INDEX IF NOT EXISTS ix_receiving_tasks_warehouse_id_task_status ON receiving_tasks (warehouse_id, task_status);

CREATE TABLE IF NOT EXISTS shipping_tasks (
    shipping_task_id          VARCHAR(50)    NOT NULL,
    task_number               VARCHAR(50)    NOT NULL,
    sales_order_id            VARCHAR(50)    NOT NULL,
    warehouse_id              VARCHAR(50)    NOT NULL,
    shipping_dock             VARCHAR(50),
    shipment_id               VARCHAR(50),
    carrier_id                VARCHAR(50),
    carrier_service           VARCHAR(50),
    number_of_packages        INTEGER,
    total_weight_kg           NUMERIC(10,2),
    total_volume_m3           NUMERIC(10,4),
    task_status               VARCHAR(30)    DEFAULT 'pending',
    scheduled_ship_date       DATE,
    actual_ship_date          DATE,
    scheduled_ship_time       TIME,
    actual_ship_time          TIME,
    assigned_to               VARCHAR(50),
    bol_number                VARCHAR(100),
    bol_generated             BOOLEAN        DEFAULT false,
    carrier_pickup_confirmed  BOOLEAN        DEFAULT false,
    carrier_pickup_time       TIMESTAMP,
    created_at                TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    completed_at              TIMESTAMP,
    notes                     TEXT,
    PRIMARY KEY (shipping_task_id),
    UNIQUE (task_number)
);
CREATE INDEX IF NOT EXISTS ix_shipping_tasks_warehouse_id_task_status ON shipping_tasks (warehouse_id, task_status);

CREATE TABLE IF NOT EXISTS slotting_rules (
    rule_id         VARCHAR(50)   NOT NULL,
    rule_name       VARCHAR(200)  NOT NULL,
    warehouse_id    VARCHAR(50)   NOT NULL,
    material_type   VARCHAR(50),
    velocity_class  VARCHAR(1),
    product_family  VARCHAR(50),
    zone_type       VARCHAR(50),
    zone_id         VARCHAR(50),
    strategy_type   VARCHAR(50),
    priority        INTEGER       DEFAULT 5,
    is_active       BOOLEAN       DEFAULT true,
    created_at      TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (rule_id)
);

CREATE TABLE IF NOT EXISTS storage_bins (
    bin_id                  VARCHAR(50)    NOT NULL,
    warehouse_id            VARCHAR(50)    NOT NULL,
    zone_id                 VARCHAR(50),
    aisle_id                VARCHAR(50),
    bin_code                VARCHAR(50)    NOT NULL,
    level                   INTEGER,
    position                INTEGER,
    full_location           VARCHAR(100),
    bin_type                VARCHAR(50),
    length_cm               NUMERIC(8,2),
    width_cm                NUMERIC(8,2),
    height_cm               NUMERIC(8,2),
    weight_capacity_kg      NUMERIC(10,2),
    dedicated_material_id   VARCHAR(50),
    mixed_storage           BOOLEAN        DEFAULT true,
    velocity_class          VARCHAR(1),
    hazmat_approved         BOOLEAN        DEFAULT false,
    temperature_controlled  BOOLEAN        DEFAULT false,
    bin_status              VARCHAR(30)    DEFAULT 'available',
    current_occupancy_pct   NUMERIC(5,2)   DEFAULT 0,
    last_putaway_date       TIMESTAMP,
    last_pick_date          TIMESTAMP,
    created_at              TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (bin_id),
    UNIQUE (bin_code)
);
CREATE INDEX IF NOT EXISTS ix_storage_bins_warehouse_id_bin_status ON storage_bins (warehouse_id, bin_status);
CREATE INDEX IF NOT EXISTS ix_storage_bins_zone_id_aisle_id ON storage_bins (zone_id, aisle_id);

CREATE TABLE IF NOT EXISTS warehouse_inventory (
    inventory_id           VARCHAR(50)    NOT NULL,
    warehouse_id           VARCHAR(50)    NOT NULL,
    bin_id                 VARCHAR(50)    NOT NULL,
    material_id            VARCHAR(50)    NOT NULL,
    batch_number           VARCHAR(50),
    serial_number          VARCHAR(50),
    quantity_on_hand       NUMERIC(15,4)  DEFAULT 0,
    unit_of_measure        VARCHAR(20),
    stock_status           VARCHAR(30)    DEFAULT 'available',
    lot_number             VARCHAR(50),
    manufacture_date       DATE,
    expiry_date            DATE,
    retest_date            DATE,
    pallet_id              VARCHAR(50),
    lpn                    VARCHAR(50),
    damaged                BOOLEAN        DEFAULT false,
    reserved_quantity      NUMERIC(15,4)  DEFAULT 0,
    available_quantity     NUMERIC(15,4)  DEFAULT 0,
    last_movement_date     TIMESTAMP,
    last_cycle_count_date  TIMESTAMP,
    updated_at             TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (inventory_id)
);
CREATE INDEX IF NOT EXISTS ix_warehouse_inventory_bin_id_stock_status ON warehouse_inventory (bin_id, stock_status);
CREATE INDEX IF NOT EXISTS ix_warehouse_inventory_material_id_stock_status
    ON warehouse_inventory (material_id, stock_status);
CREATE INDEX IF NOT EXISTS ix_warehouse_inventory_warehouse_id_material_id
    ON warehouse_inventory (warehouse_id, material_id);

CREATE TABLE IF NOT EXISTS warehouse_workers (
    worker_id                 VARCHAR(50)   NOT NULL,
    worker_code               VARCHAR(50)   NOT NULL,
    employee_id               VARCHAR(50),
    first_name                VARCHAR(100),
    last_name                 VARCHAR(100),
    warehouse_id              VARCHAR(50)   NOT NULL,
    primary_zone_id           VARCHAR(50),
    worker_role               VARCHAR(50),
    forklift_certified        BOOLEAN       DEFAULT false,
    hazmat_certified          BOOLEAN       DEFAULT false,
    pick_rate_units_per_hour  NUMERIC(8,2),
    accuracy_percentage       NUMERIC(5,2),
    current_shift             VARCHAR(20),
    worker_status             VARCHAR(30)   DEFAULT 'available',
    current_task_id           VARCHAR(50),
    current_task_type         VARCHAR(50),
    is_active                 BOOLEAN       DEFAULT true,
    created_at                TIMESTAMP     DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (worker_id),
    UNIQUE (worker_code)
);
CREATE INDEX IF NOT EXISTS ix_warehouse_workers_warehouse_id_worker_status
    ON warehouse_workers (warehouse_id, worker_status);

CREATE TABLE IF NOT EXISTS warehouses (
    warehouse_id              VARCHAR(50)    NOT NULL,
    warehouse_code            VARCHAR(50)    NOT NULL,
    warehouse_name            VARCHAR(200)   NOT NULL,
    plant_id                  VARCHAR(50),
    address_line1             VARCHAR(200),
    city                      VARCHAR(100),
    state                     VARCHAR(100),
    country                   VARCHAR(50),
    postal_code               VARCHAR(20),
    warehouse_type            VARCHAR(50),
    total_area_sqm            NUMERIC(12,2),
    storage_capacity_pallets  INTEGER,
    dock_doors                INTEGER,
    operates_24x7             BOOLEAN        DEFAULT false,
    operating_hours           VARCHAR(100),
    temperature_controlled    BOOLEAN        DEFAULT false,
    min_temperature_celsius   NUMERIC(5,2),
    max_temperature_celsius   NUMERIC(5,2),
    is_active                 BOOLEAN        DEFAULT true,
    created_at                TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    updated_at                TIMESTAMP      DEFAULT CURRENT_TIMESTAMP,
    PRIMARY KEY (warehouse_id),
    UNIQUE (warehouse_code)
);
