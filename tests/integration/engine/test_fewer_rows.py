"""A source that somebody has emptied does not empty the dashboards, until a person says that it should."""

from __future__ import annotations

import pytest

from genims.core.errors import FewerRows
from genims.core.settings import settings
from tests.support.faults.faults import TODAY, Table, query, refused

pytest_plugins = ["tests.support.faults.fixtures"]

EMPTYING = ["TRUNCATE fault_rows", "DELETE FROM fault_rows", "DELETE FROM fault_rows WHERE id <> 'K1'"]


@pytest.fixture
def thirty(scratch):
    """Thirty published rows of three days."""
    scratch.owner.execute("TRUNCATE fault_rows")
    scratch.fill(rows=10)
    scratch.load()
    assert len(scratch.rows()) == 30
    return scratch


@pytest.mark.parametrize("emptying", EMPTYING)
@pytest.mark.parametrize("params", [{}, {"rebuild": True}, {"nightly": True}], ids=["hourly", "rebuild", "nightly"])
def test_an_emptied_source_leaves_the_figures(thirty, emptying, params):
    """However often it is tried: each run looks at what is published, not at the run before."""
    thirty.owner.execute(emptying)
    for _ in range(2):
        with refused(thirty, FewerRows, "fault_rows", "30 are published", "Accept fewer rows", retried=False):
            thirty.load(**params)
    thirty.owner.execute("TRUNCATE fault_rows")
    thirty.fill(rows=10)
    thirty.load(**params)
    assert len(thirty.rows()) == 30


def test_an_emptied_source_is_named(thirty):
    thirty.owner.execute("TRUNCATE fault_rows")
    with refused(thirty, FewerRows, "genims_master_db.fault_rows is empty", "0 were read", retried=False):
        thirty.load()


def test_a_person_may_say_that_fewer_rows_are_right(thirty):
    thirty.owner.execute("DELETE FROM fault_rows WHERE id <> 'K1'")
    thirty.load(accept_fewer_rows="Test orders were removed", triggered_by="paula")
    assert len(thirty.rows()) == 3
    [(decided_by, step, detail)] = query(
        f"SELECT decided_by, step, detail FROM {settings().mysql_audit_db}.approval_audit_log "
        "WHERE document_type = 'fewer_rows' ORDER BY audit_sequence DESC LIMIT 1"
    )
    assert (decided_by, step) == ("paula", "approved")
    assert detail.startswith("Test orders were removed\n") and "30 are published, 3 were read" in detail
    # From now on that is what is published.
    thirty.load()


ORDINARY = {
    "a third of the rows": "DELETE FROM fault_rows WHERE id IN ('K1', 'K2', 'K3')",
    "a quiet day": "DELETE FROM fault_rows WHERE day = (SELECT max(day) FROM fault_rows)",
    "figures of an order that is done": "UPDATE fault_rows SET amount = 0, quantity = 0",
}


@pytest.mark.parametrize("change", ORDINARY.values(), ids=ORDINARY)
def test_ordinary_changes_are_published(thirty, change):
    thirty.owner.execute(change)
    thirty.load()
    assert thirty.logged().status == "success"


def test_a_small_table_may_be_emptied(scratch):
    scratch.owner.execute("DELETE FROM fault_rows")
    scratch.load()
    assert scratch.rows() == []


@pytest.fixture
def sales(platform, source_rows):
    """A published order of each of three customers on each of eight days, made in a known factory."""
    table = Table("sales_order_summary")
    for database, name in (("erp", "sales_orders"), ("erp", "sales_order_lines"), ("master", "customers"),
                           ("master", "factories")):  # fmt: skip
        source_rows.connect(database).execute(f"DELETE FROM {name}")
    source_rows.insert("master", "factories", [{"factory_id": "F1", "factory_name": "One"}])
    source_rows.insert("master", "customers", [{"customer_id": f"C{n}", "customer_name": str(n)} for n in range(3)])
    for number in range(24):
        day, customer = number // 3, number % 3
        order = {"sales_order_id": f"SO{number}", "customer_id": f"C{customer}", "order_date": f"{TODAY}",
                 "total_net_value": 10, "total_value": 12, "order_status": "delivered"}  # fmt: skip
        line = {"sales_order_line_id": f"L{number}", "sales_order_id": f"SO{number}", "plant_id": "F1",
                "order_quantity": 1, "unit_price": 10}  # fmt: skip
        source_rows.insert("erp", "sales_orders", [order])
        source_rows.connect("erp").execute(
            "UPDATE sales_orders SET order_date = order_date - %s WHERE sales_order_id = %s", (day, f"SO{number}")
        )
        source_rows.insert("erp", "sales_order_lines", [line])
    query(f"DELETE FROM {settings().mysql_reporting_db}.sales_order_summary")
    table.load()
    yield table
    for database, name in (("erp", "sales_orders"), ("erp", "sales_order_lines"), ("master", "customers"),
                           ("master", "factories")):  # fmt: skip
        source_rows.connect(database).execute(f"DELETE FROM {name}")
    query(f"DELETE FROM {settings().mysql_reporting_db}.sales_order_summary")


EMPTIED = {
    "facts": ("erp", "sales_orders", "genims_erp_db.sales_orders is empty"),
    "lines": ("erp", "sales_order_lines", "genims_erp_db.sales_order_lines is empty"),
    "members": ("master", "customers", "rows with a known customer_id"),
}


@pytest.mark.parametrize(("database", "name", "said"), EMPTIED.values(), ids=EMPTIED)
def test_an_emptied_table_of_many(sales, source_rows, database, name, said):
    owner = source_rows.connect(database)
    owner.execute("BEGIN")
    owner.execute(f"CREATE TABLE kept AS TABLE {name}")
    owner.execute(f"DELETE FROM {name}")
    owner.execute("COMMIT")
    try:
        with refused(sales, FewerRows, said, retried=False):
            sales.load()
    finally:
        owner.execute(f"INSERT INTO {name} TABLE kept")
        owner.execute("DROP TABLE kept")
    sales.load()


def test_a_reason_alone_is_not_put_on_record(thirty):
    """Where nothing fell, nobody has accepted anything."""
    counted = f"SELECT COUNT(*) FROM {settings().mysql_audit_db}.approval_audit_log"
    before = query(counted)
    thirty.load(accept_fewer_rows="just in case", triggered_by="paula")
    assert query(counted) == before


def test_the_form_has_no_field_for_the_person():
    from tests.support.tasks import dag

    assert "accept_fewer_rows" in dag("reporting_load").params
    assert not {"person", "user"} & set(dag("reporting_load").params)
