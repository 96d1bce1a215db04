"""Captured rows against those that the source has now."""

from __future__ import annotations

from contextlib import closing
from hashlib import sha256
from random import Random

import psycopg
import pytest

from genims.audit.evidence import present_rows
from genims.core import connections
from genims.core.sources import SOURCES
from genims.hooks.mysql import GenimsMySqlHook
from tests.support.audit.streaming import delivered, state, streaming
from tests.support.faults.faults import until

KEY = "PRESENT-1"


@pytest.fixture
def erp(platform, source_rows, source_server, monkeypatch):
    """A session of the owner in the source database ``erp``; the stream has delivered a material."""
    monkeypatch.setattr(present_rows, "WAIT_SECONDS", 0.1)
    with psycopg.connect(source_server, dbname=SOURCES["erp"], autocommit=True) as session:
        session.execute("DELETE FROM materials WHERE material_id LIKE 'PRESENT-%'")
        source_rows.insert(
            "erp",
            "materials",
            [{"material_id": KEY, "material_code": KEY, "material_name": 'a "b"\\c', "standard_cost": "10.5000"}],
        )
        deliver(source_rows)
        yield session
        session.execute("DELETE FROM materials WHERE material_id LIKE 'PRESENT-%'")
        deliver(source_rows)


def deliver(source_rows) -> None:
    with streaming("erp") as stream:
        until(lambda: state(stream, "erp") == "streaming")
        delivered(source_rows, ["erp"])


def found(monkeypatch) -> list[str]:
    monkeypatch.setattr(present_rows, "_sample", lambda cursor, source, table, random, rows: {KEY} & {KEY})
    with closing(GenimsMySqlHook(connections.AUDIT).get_conn()) as connection, connection.cursor() as cursor:
        connection.autocommit(True)
        return present_rows.differences(cursor, "erp", Random())[1]


def test_a_row_that_is_as_captured_is_no_difference(erp, monkeypatch):
    assert found(monkeypatch) == []


def test_an_event_that_was_edited_before_it_was_read_is_found(erp, source_rows, monkeypatch):
    erp.execute(f"UPDATE materials SET standard_cost = 99 WHERE material_id = '{KEY}'")
    erp.execute("UPDATE genims_audit.event SET after = ARRAY[replace(after[1], '99.0000', '11.0000')]")
    assert found(monkeypatch) == []  # it is on its way
    deliver(source_rows)
    [difference] = found(monkeypatch)
    assert (
        f"materials {KEY}: column standard_cost is '11.0000' in the events, and '99.0000' in the source" in difference
    )


@pytest.fixture
def remarks(erp):
    """A column for long texts."""
    erp.execute("ALTER TABLE materials ADD COLUMN remarks text")
    yield
    erp.execute("ALTER TABLE materials DROP COLUMN remarks")


@pytest.mark.usefixtures("remarks")
def test_a_row_of_which_an_excerpt_was_captured_is_no_difference_unless_it_is_another(erp, source_rows, monkeypatch):
    erp.execute(f"UPDATE materials SET remarks = repeat('é', 2500000) WHERE material_id = '{KEY}'")
    deliver(source_rows)
    assert found(monkeypatch) == []
    with erp.transaction():
        erp.execute(f"UPDATE materials SET remarks = repeat('e', 5000000) WHERE material_id = '{KEY}'")
        erp.execute("DELETE FROM genims_audit.event WHERE xid = pg_current_xact_id()")
    [difference] = found(monkeypatch)
    assert "column remarks is '*** excerpt of 5000000 bytes" in difference


@pytest.mark.parametrize(
    ("key", "columns", "names"),
    [
        ("a", 1, True),
        ("***", 1, False),
        (f"aaa... sha256 {64 * '0'}", 1, False),
        ('["a","b"]', 2, True),
        ('["a","***"]', 2, False),
        (f'["a","b... sha256 {64 * "0"}', 2, False),
    ],
)
def test_a_key_that_names_no_row_is_not_looked_for(key, columns, names):
    assert present_rows._names_its_row(key, columns) is names


@pytest.mark.parametrize(
    ("captured", "value"),
    [
        ("***", "a"),
        ("*** changed", "a"),
        ("*** left out: 9 bytes", "123456789"),
        (f"*** excerpt of 2 bytes, sha256 {sha256(bytes([0, 255])).hexdigest()}: \\x00", "\\x00ff"),
    ],
)
def test_what_was_masked_or_shortened_may_be_the_value(captured, value):
    assert present_rows._may_be(captured, value)
    assert not present_rows._may_be("**", value)
    assert not present_rows._may_be(f"*** excerpt of 1 bytes, sha256 {64 * '0'}: a", value)


def test_a_row_that_went_past_the_triggers_is_found(erp, source_rows, monkeypatch):
    erp.execute(f"UPDATE materials SET standard_cost = 12 WHERE material_id = '{KEY}'")
    deliver(source_rows)
    with erp.transaction():
        erp.execute(f"DELETE FROM materials WHERE material_id = '{KEY}'")
        erp.execute("DELETE FROM genims_audit.event WHERE xid = pg_current_xact_id()")
    [difference] = found(monkeypatch)
    assert "it is in the events alone" in difference


def test_the_sample_has_keys_of_every_captured_table_with_events(erp):
    with closing(GenimsMySqlHook(connections.AUDIT).get_conn()) as connection, connection.cursor() as cursor:
        keys = present_rows._sample(cursor, "erp", "materials", Random(1), 20)
        assert keys
        compared, differences = present_rows.differences(cursor, "erp", Random(1))
    assert (compared > 0, differences) == (True, [])
