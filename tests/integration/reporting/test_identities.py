"""Identities between tables hold on hostile rows: tests/cases/identities/hostile.yaml has the rows and the queries."""

from __future__ import annotations

from datetime import timedelta

import pytest
import yaml

from genims.core.paths import ROOT
from genims.core.settings import settings
from genims.engine.load import load
from genims.engine.source_contract import columns_read
from genims.engine.table import LoadedTable
from genims.engine.window import Window
from genims.reporting.tables import reporting_tables
from tests.support.render import statements
from tests.support.servers import administrator

HOSTILE = yaml.safe_load((ROOT / "tests" / "cases" / "identities" / "hostile.yaml").read_text())
TODAY = HOSTILE["today"]


def window_of(table: LoadedTable) -> Window:
    if table.load == "snapshot":
        return Window(TODAY, TODAY + timedelta(days=1), TODAY)
    window = Window(HOSTILE["first"], TODAY + timedelta(days=1), TODAY)
    return window.whole_months() if table.by_month else window


def in_order(tables: list[LoadedTable]) -> list[LoadedTable]:
    """Every table after those that it reads."""
    loaded: list[LoadedTable] = []
    while left := [table for table in tables if table not in loaded]:
        names = {table.name for table in loaded}
        loaded += [table for table in left if names.issuperset(table.after)]
    return loaded


@pytest.fixture(scope="module")
def hostile_tables(platform, source_rows):
    """All tables, loaded from the hostile rows; a session in the database that holds them."""
    tables = in_order(reporting_tables())
    all_statements = {table.name: statements(table, window_of(table)) for table in tables}
    for each in all_statements.values():
        source_rows.empty((column.database, column.table) for column in columns_read(each.sql))
    for name, rows in HOSTILE["given"].items():
        source_rows.insert(*name.split("."), rows)
    with administrator(settings().mysql_reporting_db) as connection:
        with connection.cursor() as cursor:
            for table in tables:
                cursor.execute(f"DELETE FROM {table.name}")
        for table in tables:
            load(table, all_statements[table.name])
        yield connection


@pytest.mark.parametrize("identity", HOSTILE["identities"])
def test_identity(identity, hostile_tables):
    with hostile_tables.cursor() as cursor:
        cursor.execute(HOSTILE["identities"][identity])
        assert cursor.fetchall() == ()
