"""Columns that a newer release has given to audit tables."""

from __future__ import annotations

import pytest

from genims.audit.ledger import columns
from genims.audit.ledger.columns import add_missing_columns
from genims.core.errors import TableBusy
from genims.core.settings import settings
from genims.setup import schema
from genims.setup.verify import verify
from tests.support.audit.tampering import findings
from tests.support.audit.writing import events, new_source, opened
from tests.support.servers import administrator


@pytest.fixture
def cursor(platform):
    """Of the administrator; the version of blocks is no column, until the test is over."""
    with administrator(settings().mysql_audit_db) as connection, connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_trail_completeness DROP COLUMN format_version")
        yield cursor
        add_missing_columns(cursor)


def test_a_table_that_a_long_transaction_holds_delays_nobody_for_long(cursor, monkeypatch):
    monkeypatch.setattr(columns, "ATTEMPTS", 2)
    with administrator(settings().mysql_audit_db) as reading, reading.cursor() as reader:
        reader.execute("START TRANSACTION")
        reader.execute("SELECT COUNT(*) FROM audit_trail_completeness")
        with pytest.raises(TableBusy, match=r"audit_trail_completeness: column format_version .* Clear this task"):
            add_missing_columns(cursor)
    assert add_missing_columns(cursor) == ["audit_trail_completeness.format_version"]


def test_blocks_from_before_are_of_version_1_and_the_ledger_goes_on(cursor, platform):
    schema.create_missing_columns()
    name = new_source()
    with opened(name) as book:
        book.append(events(3), seal=True)
        cursor.execute("ALTER TABLE audit_trail_completeness DROP COLUMN format_version")
        schema.create_missing_columns()
        book.append(events(3, first=4), seal=True)
    cursor.execute("SELECT format_version FROM audit_trail_completeness WHERE source_database = %s", (name,))
    assert cursor.fetchall() == ((1,), (1,))
    assert findings(name) == []
    verify()
