"""The reconciliation compares with the sources themselves, and can tell a difference."""

from datetime import date, timedelta

from genims.paths import SQL
from genims.reconciliation import differences
from genims.reporting_load import load
from genims.reporting_table import reporting_tables
from genims.source_contract import columns_read
from genims.window import Window
from tests.support.render import statements

TABLES = {table.name: table for table in reporting_tables()}
DAY = date(2026, 3, 2)
WINDOW = Window(DAY, DAY + timedelta(days=1), DAY)


def test_every_table_has_an_independent_query():
    assert {path.stem for path in (SQL / "reconcile").glob("*.sql")} == set(TABLES)


def test_a_changed_row_is_named(platform, source_rows, reporting):
    table = TABLES["production_summary_daily"]
    load_statements = statements(table, WINDOW)
    source_rows.empty((column.database, column.table) for column in columns_read(load_statements.sql))
    order = {
        "work_order_id": "WO-1",
        "factory_id": "F1",
        "line_id": "L1",
        "status": "completed",
        "produced_quantity": 10,
        "good_quantity": 10,
        "actual_end_time": "2026-03-02 10:00:00",
    }
    source_rows.insert("manufacturing", "work_orders", [order])
    load(table, load_statements)
    assert list(differences(table, WINDOW)) == []

    with reporting.cursor() as cursor:
        cursor.execute("UPDATE production_summary_daily SET units_produced = 9")
    assert list(differences(table, WINDOW)) == [
        "production_summary_daily.units_produced of production_date 2026-03-02: "
        "genims_manufacturing_db has 10, MySQL has 9.0000"
    ]
