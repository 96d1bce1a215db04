"""Sample data, without a server: the same every time, complete, in balance, and of one story in all databases."""

from datetime import date

import numpy as np
import pytest

from dev.sample_data.business import World
from dev.sample_data.databases import DATABASES
from dev.sample_data.load import complete
from dev.sample_data.plan import Plan
from dev.sample_data.schema import read_schema

UNTIL = date(2026, 3, 31)
SMALL = 70_000


def world_of(seed: int) -> World:
    return World(Plan(rows=SMALL, seed=seed, until=UNTIL))


def generate(seed: int) -> dict[str, dict[str, np.ndarray]]:
    """All tables as ``erp.sales_orders``: their columns at full length."""
    world = world_of(seed)
    return {
        f"{short(database)}.{name}": complete(read_schema(database).tables[name], columns, world.plan.start)
        for database, make in DATABASES.items()
        for name, columns in make(world).items()
    }


def short(database: str) -> str:
    return database.removeprefix("genims_").removesuffix("_db")


def content(columns: dict[str, np.ndarray]) -> str:
    return repr([(name, values.dtype.kind, values.tolist()) for name, values in columns.items()])


@pytest.fixture(scope="module")
def tables():
    return generate(seed=1)


def test_same_plan_gives_the_same_rows(tables):
    again = generate(seed=1)
    assert [name for name in tables if content(tables[name]) != content(again[name])] == []


def test_another_seed_gives_other_rows(tables):
    other = generate(seed=2)
    assert content(tables["erp.sales_orders"]) != content(other["erp.sales_orders"])


def test_every_declared_table_has_rows(tables):
    declared = {f"{short(database)}.{table}" for database in DATABASES for table in read_schema(database).tables}
    assert declared == set(tables)
    assert [name for name, columns in tables.items() if not len(next(iter(columns.values())))] == []


def test_rows_are_as_many_as_asked_for(tables):
    rows = sum(len(next(iter(columns.values()))) for columns in tables.values())
    assert rows == pytest.approx(SMALL, rel=0.1)


@pytest.mark.parametrize("database", DATABASES)
def test_columns_are_complete(tables, database):
    """Columns of a table are equally long, required ones never NULL, and keys unique."""
    for table in read_schema(database).tables.values():
        columns = tables[f"{short(database)}.{table.name}"]
        key = columns[table.primary_key]
        assert len(set(key.tolist())) == len(key), f"{table.name} repeats keys"
        for name, values in columns.items():
            assert len(values) == len(key), f"{table.name}.{name}"
            assert not (table.columns[name].required and is_null(values).any()), f"{table.name}.{name} is NULL"


@pytest.mark.parametrize("database", DATABASES)
def test_defaults_of_the_schema_are_not_written_again(database):
    """PostgreSQL fills them in: a constant column differs from the default of its schema."""
    declared = read_schema(database).tables
    repeated = [
        f"{table}.{name}"
        for table, columns in DATABASES[database](world_of(seed=1)).items()
        for name, value in columns.items()
        if np.ndim(value) == 0 and is_default(value, declared[table].columns[name].default)
    ]
    assert repeated == []


def is_default(value: object, default: str | None) -> bool:
    return default is not None and str(value).lower() == default.strip("'").lower()


def test_required_column_without_a_default_needs_values():
    factories = read_schema("genims_master_db").tables["factories"]
    with pytest.raises(ValueError, match=r"factories\.factory_name is NOT NULL without a default"):
        complete(factories, {"factory_id": np.array(["FAC-1"])}, np.datetime64("2026-01-01"))


def is_null(values: np.ndarray) -> np.ndarray:
    if values.dtype.kind == "O":
        return np.array([value is None for value in values])
    return np.isnat(values) if values.dtype.kind == "M" else np.isnan(values)


def cents(amounts: np.ndarray) -> np.ndarray:
    return np.round(np.asarray(amounts, dtype=float) * 100).astype(int)


@pytest.mark.parametrize(
    ("ledger", "document"),
    [("erp.general_ledger", "document_number"), ("financial.journal_entry_lines", "journal_entry_id")],
)
def test_every_document_balances(tables, ledger, document):
    rows = tables[ledger]
    _, number = np.unique(rows[document].astype(str), return_inverse=True)
    difference = cents(rows["debit_amount"]) - cents(rows["credit_amount"])
    assert not np.bincount(number, weights=difference).any()
    assert cents(rows["debit_amount"]).sum() > 0


def test_postings_use_accounts_of_the_chart(tables):
    chart = tables["financial.chart_of_accounts"]
    postable = {code for code, allowed in zip(chart["account_code"], chart["allow_posting"], strict=True) if allowed}
    assert set(tables["erp.general_ledger"]["gl_account"]) <= postable


REFERENCES = [
    ("erp.sales_orders.customer_id", "master.customers.customer_id"),
    ("erp.sales_order_lines.sales_order_id", "erp.sales_orders.sales_order_id"),
    ("erp.sales_order_lines.material_id", "erp.materials.material_id"),
    ("erp.materials.product_id", "master.products.product_id"),
    ("erp.production_orders.work_order_id", "manufacturing.work_orders.work_order_id"),
    ("erp.purchase_orders.supplier_id", "erp.suppliers.supplier_id"),
    ("erp.inventory_balances.plant_id", "master.factories.factory_id"),
    ("manufacturing.work_orders.line_id", "master.production_lines.line_id"),
    ("manufacturing.work_orders.sales_order_number", "erp.sales_orders.sales_order_number"),
    ("manufacturing.labor_transactions.work_order_id", "manufacturing.work_orders.work_order_id"),
    ("manufacturing.labor_transactions.employee_id", "master.employees.employee_id"),
    ("manufacturing.material_transactions.material_code", "erp.materials.material_code"),
    ("tms.shipments.sales_order_id", "erp.sales_orders.sales_order_id"),
    ("tms.shipments.carrier_id", "tms.carriers.carrier_id"),
    ("tms.shipments.warehouse_id", "wms.warehouses.warehouse_id"),
    ("tms.shipment_lines.sales_order_line_id", "erp.sales_order_lines.sales_order_line_id"),
    ("tms.return_orders.original_shipment_id", "tms.shipments.shipment_id"),
    ("wms.receiving_tasks.purchase_order_id", "erp.purchase_orders.purchase_order_id"),
    ("wms.warehouse_inventory.bin_id", "wms.storage_bins.bin_id"),
    ("maintenance.maintenance_assets.machine_id", "master.machines.machine_id"),
    ("maintenance.work_orders.failure_code", "maintenance.failure_codes.failure_code"),
    ("operations.scada_machine_data.machine_id", "master.machines.machine_id"),
    ("operations.scada_machine_data.shift_id", "master.shifts.shift_id"),
    ("operations.sensor_data.sensor_id", "master.sensors.sensor_id"),
    ("hr.employees.employee_id", "master.employees.employee_id"),
    ("hr.safety_incidents.department_id", "hr.departments.department_id"),
    ("crm.accounts.customer_id", "master.customers.customer_id"),
    ("service.service_tickets.account_id", "crm.accounts.account_id"),
    ("service.service_tickets.related_product", "master.products.product_name"),
    ("service.warranty_registrations.account_id", "master.customers.customer_id"),
    ("supplier.supplier_invoices.purchase_order_id", "erp.purchase_orders.purchase_order_id"),
    ("quality.ncr_headers.detection_location", "master.factories.factory_id"),
    ("financial.journal_entry_lines.account_id", "financial.chart_of_accounts.account_id"),
    ("erp_wms_sync.inventory_adjustments_sync.location_id", "master.factories.factory_id"),
]


@pytest.mark.parametrize(("child", "parent"), REFERENCES)
def test_keys_match_across_databases(tables, child, parent):
    missing = set(column(tables, child)) - set(column(tables, parent)) - {None}
    assert not missing


def column(tables, path: str) -> np.ndarray:
    database, table, name = path.split(".")
    return tables[f"{database}.{table}"][name]


def test_formats_that_queries_must_normalise(tables):
    parts = {f"MRO-{number[4:]:0>6}" for number in column(tables, "maintenance.mro_parts.part_number")}
    assert set(column(tables, "maintenance.mro_parts_transactions.mro_part_id")) <= parts
    materials = {name.replace("MAT-", "MATERIAL-") for name in column(tables, "erp.materials.material_id")}
    assert set(column(tables, "erp_wms_sync.inventory_reconciliation_lines.material_id")) <= materials
    assert column(tables, "quality.supplier_quality_metrics.supplier_id")[0] == "SUP-00001"


def test_shipments_agree_with_their_orders(tables):
    orders, shipments = tables["erp.sales_orders"], tables["tms.shipments"]
    customer = dict(zip(orders["sales_order_id"], orders["customer_id"], strict=True))
    assert [customer[order] for order in shipments["sales_order_id"]] == shipments["customer_id"].tolist()
    ordered = dict(zip(orders["sales_order_id"], orders["order_date"], strict=True))
    shipped = zip(shipments["ship_date"], shipments["sales_order_id"], strict=True)
    assert all(day > ordered[order] for day, order in shipped)


def test_order_values_are_the_sum_of_their_lines(tables):
    orders, lines = tables["erp.sales_orders"], tables["erp.sales_order_lines"]
    position = {key: number for number, key in enumerate(orders["sales_order_id"])}
    number = np.array([position[key] for key in lines["sales_order_id"]])
    value = np.bincount(number, weights=lines["order_quantity"] * lines["unit_price"])
    assert (cents(value) == cents(orders["total_net_value"])).all()


def test_business_is_plausible(tables):
    shipments = tables["tms.shipments"]
    orders = tables["erp.sales_orders"]
    requested = dict(zip(orders["sales_order_id"], orders["requested_delivery_date"], strict=True))
    delivered = ~np.isnat(shipments["actual_delivery_date"])
    due = np.array([requested[order] for order in shipments["sales_order_id"]])
    assert 0.80 <= np.mean((shipments["actual_delivery_date"] <= due)[delivered]) <= 0.97

    lines, materials = tables["erp.sales_order_lines"], tables["erp.materials"]
    cost = dict(zip(materials["material_id"], materials["standard_cost"], strict=True))
    assert (lines["unit_price"] > [cost[material] for material in lines["material_id"]]).all()

    assert 60 <= tables["operations.scada_machine_data"]["oee_percentage"].mean() <= 85


def test_history_ends_on_the_last_day_but_for_planned_rows(tables):
    until = np.datetime64(UNTIL)
    ordered = column(tables, "erp.sales_orders.order_date")
    assert ordered.min() >= np.datetime64("2025-02-28")
    assert ordered.max() <= until
    assert np.nanmax(column(tables, "manufacturing.work_orders.actual_end_time")) <= until + 1
    assert (column(tables, "manufacturing.work_orders.planned_end_date") > until).any()
    assert (column(tables, "erp.sales_orders.requested_delivery_date") > until).any()
    readings = column(tables, "operations.scada_machine_data.timestamp")
    assert readings.min() >= until - 14
