"""The fixtures of the fault tests."""

import pytest

from tests.support.faults import ScratchTable


@pytest.fixture
def scratch(platform, source_rows, tmp_path):
    """A reporting table of the test's own with three days of rows, loaded once."""
    table = ScratchTable(tmp_path, source_rows.connect("master"))
    table.create()
    table.fill()
    table.load()
    try:
        yield table
    finally:
        table.drop()
