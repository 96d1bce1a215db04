"""A year of a small company in the sources, and the close begun anew for each test."""

from __future__ import annotations

import pytest

from genims.reporting.tables import reporting_tables
from tests.support.close import Nights
from tests.support.company import empty_company, fill_company
from tests.support.faults.faults import Table


@pytest.fixture(scope="module")
def company(platform, source_rows, source_server):
    """The sources, and the reporting tables loaded from them."""
    fill_company(source_rows, source_server)
    for table in sorted(reporting_tables(), key=lambda table: bool(table.after)):
        Table(table.name).load(rebuild=True, accept_fewer_rows="a test")
    yield source_rows
    Nights().reopen()
    empty_company(source_rows)


@pytest.fixture
def nights(company):
    """The nights of the close, none of which was yet."""
    found = Nights()
    found.reopen()
    yield found
    found.reopen()
