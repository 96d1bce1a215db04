"""The ledger on a real server: whole appends or none, one writer, no gaps, and stored rows that match their hashes."""

from __future__ import annotations

import multiprocessing
import os
import signal
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest

from genims.audit.format.encoded_event import EncodedEvent, encode
from genims.audit.format.event import LOG, AuditEvent
from genims.audit.ledger import draft, insert_lines, partitions
from genims.audit.ledger.ledger import Appending, Ledger
from genims.audit.ledger.pipeline import append_rows
from genims.audit.ledger.position import Position
from genims.core import connections
from genims.core.errors import Fenced, LoadError, SourceBusy
from genims.core.settings import settings
from genims.hooks.mysql import GenimsMySqlHook
from tests.support.audit.tampering import findings
from tests.support.audit.writing import Clock, event, events, new_source, opened, row_of
from tests.support.servers import administrator

pytestmark = pytest.mark.usefixtures("platform")

POSITION = Position("100:120:103", "100:140:", 77, "7391")


@pytest.fixture
def source() -> str:
    return new_source()


def query(sql: str, *parameters) -> list[tuple]:
    with administrator(settings().mysql_audit_db) as connection, connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


def numbers(source: str) -> list[int]:
    sql = "SELECT audit_sequence FROM system_audit_log WHERE source_database = %s ORDER BY audit_sequence"
    return [number for (number,) in query(sql, source)]


def encoded(given: list[AuditEvent]) -> list[EncodedEvent]:
    return [encode(each) for each in given]


def blocks(source: str) -> list[tuple[int, int, int]]:
    sql = (
        "SELECT block_number, first_audit_sequence, last_audit_sequence FROM audit_trail_completeness "
        "WHERE source_database = %s ORDER BY block_number"
    )
    return query(sql, source)


def test_an_append_writes_every_row_and_the_position(source):
    with opened(source) as book:
        book.append(events(3), POSITION)
        assert (book.position, book.last_sequence) == (POSITION, 3)
    assert numbers(source) == [1, 2, 3]
    assert query("SELECT routed_to, source_sequence FROM system_audit_log WHERE source_database = %s", source) == [
        ("data_change_audit:3,master_data_changes:1", number) for number in (1, 2, 3)
    ]
    assert query(
        "SELECT audit_sequence, part, column_name FROM data_change_audit WHERE source_database = %s "
        "AND audit_sequence = 2 ORDER BY part",
        source,
    ) == [(2, 1, "standard_cost"), (2, 2, "moving_average_cost"), (2, 3, "updated_at")]
    with opened(source) as book:
        assert (book.position, book.last_sequence, book.fence) == (POSITION, 3, 2)
        book.append(events(1, first=4))
        assert book.position == POSITION
    assert numbers(source) == [1, 2, 3, 4]
    assert findings(source) == []


def test_several_sources_are_written_in_one_transaction():
    one, other = new_source(), new_source()
    with closing(GenimsMySqlHook(connections.AUDIT).get_conn()) as connection:
        ledgers = [Ledger.open(connection, name) for name in (one, other)]
        Appending(
            [(ledgers[0], encoded(events(2)), POSITION, False), (ledgers[1], encoded(events(3)), None, False)]
        ).write(connection)
        too_long = encoded([replace(event(9), app_user="x" * 300)])
        with pytest.raises(LoadError):
            Appending([(ledgers[0], encoded(events(2)), None, False), (ledgers[1], too_long, None, False)]).write(
                connection
            )
    assert (numbers(one), numbers(other)) == ([1, 2], [1, 2, 3])


# Ways to write ----------------------------------------------------------------------------------------------------


ODD = [
    "",
    " ",
    "a ",
    "\t\n\r\n",
    "\\",
    "\\N",
    "NULL",
    "'\\N'",
    'it\'s "quoted"',
    "a\0b",
    "\x1a\x08",
    "é",
    "😀",
    "\uffff",
]
WAYS = ["INSERT", "LOAD DATA", "local_infile refused"]


@pytest.fixture(params=WAYS)
def way(request, monkeypatch):
    """Each way in which rows reach MySQL."""
    monkeypatch.setattr(insert_lines, "SMALL_BATCH", 10**9 if request.param == "INSERT" else 0)
    if request.param == "local_infile refused":
        monkeypatch.setattr(insert_lines, "takes_load_data", lambda session: False)
    return request.param


def test_every_text_comes_back_as_it_was_hashed(source, way):
    values = [*ODD, "😀\\\t'" * 100_000]
    with opened(source) as book:
        book.append(
            [
                AuditEvent(
                    at=datetime(2026, 11, 24, 23, 59, 59, 999999, tzinfo=UTC),
                    operation="UPDATE",
                    table_name="t",
                    session_user_name=value[:100],
                    row_key=value[:100],
                    reason=value[:10_000],
                    before='{"a": "\\u0000 \\" 😀"}',
                    after="{}",
                    rows=[row_of("data_change_audit", "UPDATE", "t", value[:100], "c", value, None, False)],
                )
                for value in values
            ]
        )
    read = query("SELECT old_value FROM data_change_audit WHERE source_database = %s ORDER BY audit_sequence", source)
    assert [value for (value,) in read] == values
    assert findings(source) == []


def test_every_type_comes_back_as_it_was_hashed(source, way):
    moment = datetime(2026, 1, 1, 0, 0, 0, 1)
    hold = (
        "H-1",
        "set",
        "case 7",
        "counsel",
        None,
        "t",
        "",
        date(1000, 1, 1),
        date(9999, 12, 31),
    )
    logged = [
        row_of("backup_recovery", "drill", "d", "b", None, 2**64 - 1, 0, moment, "0.001", "failed", "😀"),
        row_of("sla_compliance_tracking", "response", "t", "1", None, "ppm", "-1.5", "0", moment, None, "met"),
        row_of("legal_hold_tracking", *hold, "me", None, "why"),
    ]
    changes = [
        row_of("price_cost_changes", "UPDATE", "t", "k", "c", old, new, "me", None)
        for old, new in [("-0.1", "0"), ("99999999999999999999.0123456789", None), (None, "-0"), (7, "1E+2")]
    ]
    with opened(source) as book:
        book.append([AuditEvent(moment, LOG, row[0], "me", rows=[row]) for row in logged])
        book.append([replace(event(1), rows=changes)])
    assert findings(source) == []


# Refused ----------------------------------------------------------------------------------------------------------


def change(**values) -> AuditEvent:
    return replace(event(2), **values)


IMPOSSIBLE = {
    "an insert with a row before": change(operation="INSERT"),
    "an update without a row before": change(before=None),
    "a delete with a row after": change(operation="DELETE"),
    "a row without key": change(row_key=None),
    "two rows at once": change(row_count=2),
    "an unknown operation": change(operation="MERGE"),
    "an image that is no JSON": change(after="{"),
    "an entry that is nowhere": change(operation=LOG, before=None, after=None, rows=[]),
    "a text too long": change(app_user="x" * 256),
    "spaces too many": change(app_user="x" + " " * 255),
    "a change that changes nothing": change(rows=[row_of("data_change_audit", "UPDATE", "t", "k", "c", "a", "a", 0)]),
    "a new row with an old value": change(rows=[row_of("data_change_audit", "INSERT", "t", "k", "c", "a", "b", 0)]),
    "a number too large": change(rows=[row_of("bulk_operation_audit", "UPDATE", "t", 2**64, "me", None)]),
    "a release by one person": change(
        rows=[
            row_of("legal_hold_tracking", "H", "released", "m", "c", None, None, None, None, None, "me", "me", "why"),
        ]
    ),
}


@pytest.mark.parametrize("way", WAYS[:2], indirect=True)
@pytest.mark.parametrize("impossible", IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_an_impossible_row_is_refused_and_nothing_of_it_stays(source, way, impossible):
    with opened(source) as book:
        book.append(events(1))
        with pytest.raises(LoadError, match=r"\w+: MySQL (would have changed|refused)"):
            book.append([impossible, event(3)], POSITION)
        assert book.position == Position()
        book.append(events(1, first=4))
    assert numbers(source) == [1, 2]
    assert findings(source) == []


# One writer -------------------------------------------------------------------------------------------------------


def test_a_second_writer_waits_for_the_first(source):
    with opened(source) as book:
        with opened(new_source()), pytest.raises(SourceBusy, match=source), opened(source, wait_seconds=0):
            pass
        book.close()
        with opened(source, wait_seconds=0) as other:
            assert other.fence == 2


def test_a_writer_that_was_replaced_is_refused(source):
    """As when a server gives up a session whose client still believes in it."""
    with opened(source) as old:
        old.append(events(1))
        old.close()
        with opened(source) as new:
            for attempt in (lambda: old.append(events(1, first=2)), lambda: old.append([], POSITION)):
                with pytest.raises(Fenced, match="writer 2 has taken over from writer 1"):
                    attempt()
            new.append(events(1, first=2))
    assert numbers(source) == [1, 2]
    assert findings(source) == []


def _append_and_die(source: str, statement: int, when: str) -> None:
    """Append, and kill -9 oneself before or after a statement; ends well where there are fewer statements."""
    with opened(source) as book:
        book.append(events(2))
        remaining = iter(range(1, statement))

        def run(action, *arguments):
            last = next(remaining, None) is None
            if last and when == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            result = action(*arguments)
            if last:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        class Counting(book.connection.cursorclass):
            def execute(self, *arguments):
                return run(super().execute, *arguments)

        book.connection.cursorclass = Counting
        book.connection.commit = partial(run, book.connection.commit)
        book.append(events(3, first=3), POSITION, seal=True)


@pytest.mark.parametrize("when", ["before", "after"])
def test_kill_9_at_any_statement_leaves_all_or_nothing(source, when):
    killed = written = 0
    for statement in range(1, 20):
        child = multiprocessing.get_context("fork").Process(target=_append_and_die, args=(source, statement, when))
        child.start()
        child.join()
        with opened(source, wait_seconds=10) as book:
            written += 2 + 3 * (book.position == POSITION)
            assert numbers(source) == list(range(1, written + 1))
            assert findings(source) == []
            book.append([], Position())
        if child.exitcode == 0:
            break
        assert child.exitcode == -signal.SIGKILL
        killed += 1
    assert killed == 7  # hold, three inserts, block, state, commit


# Blocks -----------------------------------------------------------------------------------------------------------


def test_a_block_closes_at_10_000_events(source):
    assert draft.BLOCK_EVENTS == 10_000
    plain = [replace(each, rows=[]) for each in events(10_001)]
    with opened(source) as book:
        book.append(plain[:6_000])
        book.append(plain[6_000:9_999])
        assert blocks(source) == []
        book.append(plain[9_999:])
        assert blocks(source) == [(1, 1, 10_000)]
    assert findings(source) == []


def test_a_block_closes_60_seconds_after_its_first_event_also_when_no_more_come(source):
    clock = Clock()
    with opened(source, clock=clock) as book:
        book.append(events(2))
        clock.pass_by(59.9)
        book.append(events(1, first=3))
        book.tick()
        assert blocks(source) == []
    with opened(source, clock=clock) as book:
        clock.pass_by(0.1)
        book.tick()
        book.tick()
        assert blocks(source) == [(1, 1, 3)]
        clock.pass_by(600)
        book.tick()
        book.append(events(1, first=4))
        clock.pass_by(60)
        book.append(events(1, first=5))
        assert blocks(source) == [(1, 1, 3), (2, 4, 4)]
    assert findings(source) == []


def test_blocks_stay_in_order_where_the_clock_is_set_back(source):
    clock = Clock()
    with opened(source, clock=clock) as book:
        book.append(events(1), seal=True)
        clock.pass_by(-3600)
        book.append(events(1, first=2), seal=True)
    (one,), (other,) = query(
        "SELECT audit_timestamp FROM audit_trail_completeness WHERE source_database = %s ORDER BY block_number", source
    )
    assert one <= other
    assert findings(source) == []


def test_a_task_records_what_it_did(platform):
    before = len(numbers("pipeline"))
    event = {"event_type": "test", "severity": "info", "detail": "a\tb"}
    append_rows("security_events", [event, event], user="a task")
    assert len(numbers("pipeline")) == before + 2
    assert findings("pipeline") == []
    with pytest.raises(ValueError, match="security_events has no column colour; it has event_type"):
        append_rows("security_events", [event | {"colour": "red"}], user="a task")
    with pytest.raises(LoadError, match="severity"):
        append_rows("security_events", [event | {"severity": "fatal"}], user="a task")
    assert len(numbers("pipeline")) == before + 2


# Partitions -------------------------------------------------------------------------------------------------------


def test_rows_land_in_the_partition_of_their_month(source):
    today = datetime.now(UTC).date()
    with opened(source) as book:
        book.append([replace(event(1), at=datetime(today.year, today.month, 1))])
    partition = f"p{today:%Y_%m}"
    assert query(
        f"SELECT COUNT(*) FROM system_audit_log PARTITION ({partition}) WHERE source_database = %s", source
    ) == [(1,)]


def test_months_are_added_and_rows_beyond_them_are_seen(source):
    database = "genims_partition_test"
    with administrator("") as connection, connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {database}")
        try:
            cursor.execute(f"USE {database}")
            cursor.execute(
                "CREATE TABLE t (audit_timestamp DATETIME(6) PRIMARY KEY) PARTITION BY RANGE COLUMNS (audit_timestamp) "
                "(PARTITION p_later VALUES LESS THAN (MAXVALUE))"
            )
            cursor.execute("INSERT INTO t VALUES ('2026-10-31 23:59:59'), ('2027-02-01'), ('2099-01-01')")
            day = date(2026, 11, 30)
            assert list(map(str, partitions.ensure_partitions(cursor, day)["t"])) == [
                "2026-11-01",
                "2026-12-01",
                "2027-01-01",
                "2027-02-01",
            ]
            assert partitions.ensure_partitions(cursor, day) == {}
            assert partitions.ensure_partitions(cursor, day + timedelta(days=1)) == {"t": [date(2027, 3, 1)]}
            for partition, rows in {"p_earlier": 1, "p2026_11": 0, "p2027_02": 1, "p_later": 1}.items():
                cursor.execute(f"SELECT COUNT(*) FROM t PARTITION ({partition})")
                assert (partition, cursor.fetchone()) == (partition, (rows,))
            assert partitions.tables_with_stray_rows(cursor) == ["t"]
        finally:
            cursor.execute(f"DROP DATABASE {database}")
