"""Months are added without holding up the writer, whoever reads; if they cannot be, somebody is told in time."""

from __future__ import annotations

import logging
import threading
import time
from contextlib import contextmanager
from datetime import date

import pytest

from genims.audit.ledger.partitions import MOST_COPIED, ensure_partitions
from genims.core.errors import TableHeld
from genims.hooks import brief_ddl
from tests.support.audit.delays import writing
from tests.support.servers import administrator

DATABASE = "genims_partition_test"
TABLE = """
CREATE TABLE {name} (audit_timestamp DATETIME(6), number INT, PRIMARY KEY (number, audit_timestamp))
PARTITION BY RANGE COLUMNS (audit_timestamp)
(PARTITION p2026_11 VALUES LESS THAN ('2026-12-01'), PARTITION p2026_12 VALUES LESS THAN ('2027-01-01'),
 PARTITION p_later VALUES LESS THAN (MAXVALUE))
"""
INSERT = "INSERT INTO held VALUES ('2026-11-15', %s)"
MISSING = {"free": [date(2027, 1, 1), date(2027, 2, 1)], "held": [date(2027, 1, 1), date(2027, 2, 1)]}
QUIET_DAY = date(2026, 11, 15)
LONGEST_DELAY = 0.2


@pytest.fixture
def cursor(platform):
    """Of the administrator, in a database with the tables ``free`` and ``held`` that end with the year 2026."""
    with administrator("") as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {DATABASE}")
        try:
            cursor.execute(f"USE {DATABASE}")
            for name in ("free", "held"):
                cursor.execute(TABLE.format(name=name))
            yield cursor
        finally:
            cursor.execute(f"DROP DATABASE {DATABASE}")


@contextmanager
def reading():
    """A reader's transaction on the table ``held`` that stays open inside; gives the reader's session."""
    with administrator(DATABASE) as connection, connection.cursor() as cursor:
        cursor.execute("START TRANSACTION")
        cursor.execute("SELECT COUNT(*) FROM held")
        yield connection


@pytest.mark.parametrize("held_for", [0, 2], ids=["just begun", "open for long"])
def test_a_reader_delays_the_month_and_not_the_writer(cursor, held_for, caplog):
    with reading() as reader, writing(DATABASE, INSERT) as delays, caplog.at_level(logging.WARNING):
        time.sleep(held_for)
        assert ensure_partitions(cursor, QUIET_DAY, patience=3) == {"free": MISSING["free"]}
        assert "held: its definition could not be changed within" in caplog.text
        assert f"session {reader.thread_id()} of " in caplog.text
    assert delays.longest <= LONGEST_DELAY
    assert ensure_partitions(cursor, QUIET_DAY) == {"held": MISSING["held"]}


def test_adding_a_month_delays_the_writer_for_as_long_as_mysql_makes_its_files(cursor):
    began = time.monotonic()
    brief_ddl.alter(
        cursor,
        "free",
        "ALTER TABLE free REORGANIZE PARTITION p_later INTO (PARTITION p_later VALUES LESS THAN (MAXVALUE))",
    )
    alone = time.monotonic() - began
    with writing(DATABASE, INSERT) as delays:
        time.sleep(0.1)
        assert ensure_partitions(cursor, QUIET_DAY)["held"] == MISSING["held"]
    assert delays.longest <= max(LONGEST_DELAY, 2 * alone)


def test_the_month_is_added_as_soon_as_the_reader_has_ended(cursor):
    with reading() as reader:
        threading.Timer(3, reader.commit).start()
        assert ensure_partitions(cursor, QUIET_DAY, patience=20) == MISSING


def test_it_is_an_error_where_the_months_will_not_last(cursor):
    with reading(), pytest.raises(TableHeld, match=r"within days:\n  held: .* session"):
        ensure_partitions(cursor, date(2026, 12, 25), patience=0)


def test_few_rows_of_the_open_partition_are_moved_and_many_are_left(cursor, caplog):
    cursor.executemany("INSERT INTO free VALUES ('2099-01-01', %s)", [(number,) for number in range(MOST_COPIED + 1)])
    with caplog.at_level(logging.WARNING):
        assert ensure_partitions(cursor, QUIET_DAY) == {"held": MISSING["held"]}
    assert "free: expected at most 1000 rows in partition p_later, found more" in caplog.text
    cursor.execute("DELETE FROM free WHERE number = 0")
    assert ensure_partitions(cursor, QUIET_DAY) == {"free": MISSING["free"]}
    cursor.execute("SELECT COUNT(*) FROM free PARTITION (p_later)")
    assert cursor.fetchone() == (MOST_COPIED,)


def test_another_error_of_the_statement_is_not_taken_for_a_held_table(cursor):
    with pytest.raises(Exception, match="Duplicate column name"):
        brief_ddl.alter(cursor, "free", "ALTER TABLE free ADD COLUMN number INT", patience=0)


def test_an_index_waits_as_briefly(cursor):
    with reading(), writing(DATABASE, INSERT) as delays, pytest.raises(TableHeld, match="session"):
        brief_ddl.alter(cursor, "held", "CREATE INDEX ix ON held (number)", patience=3)
    assert delays.longest <= LONGEST_DELAY
