"""A year of a small company in the sources, and the close begun anew for each test."""

from __future__ import annotations

import pytest

from genims.close import figures
from genims.core.settings import settings
from tests.support.close import TABLES, Nights
from tests.support.company import empty_company, fill_company
from tests.support.faults.faults import Table
from tests.support.servers import administrator

LOADED = ("inventory_value_summary", *TABLES)


@pytest.fixture(scope="module")
def company(platform, source_rows, source_server):
    """The sources, and the reporting tables loaded from them."""
    fill_company(source_rows, source_server)
    for name in LOADED:
        Table(name).load(rebuild=True, accept_fewer_rows="a test")
    yield source_rows
    Nights().reopen()
    empty_company(source_rows)
    with administrator(settings().mysql_reporting_db) as connection, connection.cursor() as cursor:
        for name in LOADED:
            cursor.execute(f"DELETE FROM {name}")


@pytest.fixture
def nights(company):
    """The nights of the close, none of which was yet."""
    found = Nights()
    found.reopen()
    yield found
    found.reopen()
    Table("trial_balance_daily").load()


@pytest.fixture
def one_table(monkeypatch):
    """The close of one table alone, so that many nights take few seconds."""
    [table] = [table for table in figures.closing_tables() if table.name == "trial_balance_daily"]
    monkeypatch.setattr(figures, "closing_tables", lambda: [table])
