"""Every dashboard statement returns rows, and MySQL finds them by an index."""

import pytest

from genims.core.settings import settings
from genims.reporting.tables import reporting_tables
from tests.bench.dashboard_statements import draw, plan, statements
from tests.support.servers import administrator

SETS = 5


@pytest.fixture(scope="module")
def cursor(filled):
    with administrator(settings().mysql_reporting_db) as connection, connection.cursor() as cursor:
        # A table that has just been filled has no statistics yet; MySQL makes them in the background, seconds later.
        cursor.execute(f"ANALYZE TABLE {', '.join(table.name for table in reporting_tables())}")
        yield cursor


@pytest.mark.parametrize("statement", statements(), ids=lambda statement: f"{statement.table}: {statement.name}")
def test_a_statement_finds_rows_by_an_index(statement, cursor):
    rows = 0
    for parameters in draw(cursor, statement, SETS):
        rows += cursor.execute(statement.sql, parameters)
        accesses = plan(cursor, statement, parameters)
        assert all(access.by_index for access in accesses), accesses
    assert rows
