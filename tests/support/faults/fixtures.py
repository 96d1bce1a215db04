"""The fixtures of the fault tests."""

import pytest

from genims.core.paths import SCHEMA
from genims.core.settings import settings
from tests.support.faults.faults import DATABASES, ScratchTable, create_databases, declared_in


@pytest.fixture
def scratch(platform, source_rows, tmp_path, monkeypatch):
    """A reporting table of the test's own, loaded from three days of rows."""
    create_databases()
    for name, database in DATABASES.items():
        monkeypatch.setenv(name, database)
    settings.cache_clear()
    table = ScratchTable(tmp_path, source_rows.connect("master"))
    try:
        table.create()
        table.fill()
        table.load()
        yield table
        table.drop_tables()
    finally:
        declared_in(SCHEMA)
        monkeypatch.undo()
        settings.cache_clear()
