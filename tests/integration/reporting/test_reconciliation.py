"""The reconciliation compares tables with their sources, and names exactly what differs."""

import json
from datetime import date, timedelta

import pytest

from genims.audit.ledger.columns import add_missing_columns
from genims.core.errors import PlatformError, ReconciliationError
from genims.core.paths import SQL
from genims.core.settings import settings
from genims.engine.source_contract import columns_read
from genims.engine.window import Window
from genims.reporting.tables import reporting_tables
from tests.support.faults.faults import TODAY, Table, refused
from tests.support.render import statements
from tests.support.servers import administrator

TABLES = {table.name: table for table in reporting_tables()}


def test_every_table_has_an_independent_query():
    assert {path.stem for path in (SQL / "reconcile").glob("*.sql")} == set(TABLES)


@pytest.fixture
def production(platform, source_rows, reporting) -> Table:
    """One work order and what is booked on it on each of some days, loaded and reconciled."""
    table = Table("production_summary_daily")
    window = Window(TODAY - timedelta(days=90), TODAY + timedelta(days=1), TODAY)
    read = columns_read(statements(TABLES[table.name], window).sql)
    source_rows.empty((column.database, column.table) for column in read)
    for days in (60, 45, 3, 1, 0, -1):
        order = {
            "work_order_id": f"WO-{days}",
            "factory_id": "F1",
            "line_id": "L1",
            "status": "completed",
            "produced_quantity": 10,
            "good_quantity": 9,
            "actual_end_time": f"{day(days)} 10:00:00",
        }
        source_rows.insert("manufacturing", "work_orders", [order])
    table.load(rebuild=True)
    table.reconcile()
    assert results(table) == [("reconciliation", None, True, None)]
    return table


def day(days_ago: int) -> date:
    return TODAY - timedelta(days=days_ago)


def results(table: Table) -> list[tuple]:
    logged = table.logged()
    assert logged.action == "reconcile"
    return [(r["check"], r["column"], r["passed"], r["example"]) for r in json.loads(logged.checks)]


def test_exactly_the_tampered_days_are_named(production, reporting):
    with reporting.cursor() as cursor:
        for days, assignment in ((3, "good_units = 8"), (45, "units_produced = 11, good_units = 10")):
            cursor.execute(f"UPDATE production_summary_daily SET {assignment} WHERE production_date = %s", (day(days),))
        cursor.execute("DELETE FROM production_summary_daily WHERE production_date = %s", (day(1),))
    source = "genims_manufacturing_db"
    named = [
        ("good_units", f"{day(45)}: {source} has 9, MySQL has 10.0000"),
        ("units_produced", f"{day(45)}: {source} has 10, MySQL has 11.0000"),
        ("good_units", f"{day(3)}: {source} has 9, MySQL has 8.0000"),
        ("good_units", f"{day(1)}: {source} has 9, MySQL has 0"),
        ("orders_finished", f"{day(1)}: {source} has 1, MySQL has 0"),
        ("units_produced", f"{day(1)}: {source} has 10, MySQL has 0"),
        ("orders_with_quantity_mismatch", f"{day(1)}: {source} has 1, MySQL has 0"),
    ]
    sentences = [f"{column} of production_date {example}" for column, example in named]
    with refused(production, ReconciliationError, "production_summary_daily: 7 totals", *sentences, retried=False):
        production.reconcile()
    altered = [
        ("as_published", None, False,
         f"{day(45)}: 1 rows were published, with other values (units_produced of (UNKNOWN, UNKNOWN) 11.0000 "
         "rather than 10.0000; good_units of (UNKNOWN, UNKNOWN) 10.0000 rather than 9.0000)"),
        ("as_published", None, False,
         f"{day(3)}: 1 rows were published, with other values (good_units of (UNKNOWN, UNKNOWN) 8.0000 "
         "rather than 9.0000)"),
        ("as_published", None, False, f"{day(1)}: 1 rows were published, 0 are found (1 rows are missing)"),
    ]  # fmt: skip
    differing = [("reconciliation", column, False, example) for column, example in named]
    assert results(production) == differing + altered

    production.load(nightly=True)
    production.reconcile()
    assert results(production) == [("reconciliation", None, True, None)]


def test_days_that_may_differ_are_named_and_do_not_fail(production, source_rows):
    """Today and tomorrow go on, and sixty days ago lies further back than the night recomputes."""
    orders = source_rows.connect("manufacturing")
    orders.execute("UPDATE work_orders SET produced_quantity = 12 WHERE work_order_id IN ('WO-60', 'WO-0', 'WO--1')")
    production.reconcile()
    assert results(production) == [
        ("reconciliation", "units_produced", False, f"{day(days)}: genims_manufacturing_db has 12, MySQL has 10.0000")
        for days in (60, 0, -1)
    ]


def test_a_source_that_lost_all_rows_is_a_difference(production, source_rows):
    source_rows.connect("manufacturing").execute("DELETE FROM work_orders")
    with refused(production, ReconciliationError, f"units_produced of production_date {day(45)}", retried=False):
        production.reconcile()


ALTERATIONS = {
    "a cost that no total covers": ("UPDATE {t} SET standard_cost = 1 WHERE {d}", "standard_cost"),
    "a text": ("UPDATE {t} SET line_name = 'other' WHERE {d}", "line_name"),
    "a NULL": ("UPDATE {t} SET yield_pct = NULL WHERE {d}", "yield_pct"),
    "a row that is gone": ("DELETE FROM {t} WHERE {d}", "1 rows are missing"),
    "a row moved to another line": ("UPDATE {t} SET line_id = 'L2' WHERE {d}", "1 rows are missing; 1 rows were added"),
}


@pytest.mark.parametrize(("alteration", "named"), ALTERATIONS.values(), ids=ALTERATIONS)
def test_whatever_is_altered_in_mysql_is_named(production, reporting, alteration, named):
    """On a day that the night does not recompute, in a column that no total covers; until it is put right."""
    with reporting.cursor() as cursor:
        cursor.execute(
            alteration.format(t="production_summary_daily", d="production_date = %s"),
            (day(60),),
        )
    for _ in range(2):
        with refused(production, ReconciliationError, f"production_date {day(60)}", named, retried=False):
            production.reconcile()
    production.load(from_=str(day(60)), to=str(day(60)))
    production.reconcile()
    assert results(production) == [("reconciliation", None, True, None)]


def test_what_is_no_value_is_counted_and_named(production, source_rows):
    """The figures are right without it, so it is a warning."""
    orders = source_rows.connect("manufacturing")
    orders.execute("UPDATE work_orders SET planned_end_date = 'infinity' WHERE work_order_id IN ('WO-3', 'WO-1')")
    production.load(nightly=True)
    production.reconcile()
    place = "manufacturing.work_orders.planned_end_date"
    assert results(production) == [("no_value", place, False, "work_order_id=WO-1; work_order_id=WO-3")]


def test_a_run_log_without_digests_asks_for_platform_setup(production, caplog):
    """After a release and before its platform_setup: loads publish and are logged, only the comparison has to wait."""
    with administrator(settings().mysql_audit_db) as audit, audit.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_etl_sync_log DROP COLUMN digests")
        try:
            production.load(nightly=True)
            assert production.logged().status == "success"
            assert "run platform_setup" in caplog.text
            with refused(production, PlatformError, "lacks the column digests: run platform_setup", retried=False):
                production.reconcile()
        finally:
            assert add_missing_columns(cursor) == ["audit_etl_sync_log.digests"]
    production.load(nightly=True)
    production.reconcile()
    assert results(production) == [("reconciliation", None, True, None)]
