"""Verification: every alteration of the audit tables is found and named."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import timedelta
from random import Random
from threading import Thread

import pytest

from genims.audit.evidence import anchor_thread as anchoring
from genims.audit.evidence import tasks as daily
from genims.audit.evidence import verify
from genims.audit.evidence.anchor_chain import AnchorChain
from genims.audit.evidence.anchor_lines import DayAnchors
from genims.audit.evidence.anchor_store import AnchorStore
from genims.audit.evidence.anchorer import Anchorer, AnchorRun, ClosedBlock
from genims.audit.evidence.anchors_view import anchors_line
from genims.audit.evidence.report import Outcome
from genims.audit.evidence.rules import check_lines
from genims.audit.evidence.verification import Proof, verify_day
from genims.audit.format import versions
from genims.audit.format.chained_tables import chained_tables
from genims.audit.ledger import draft
from genims.core.clock import utc_now
from genims.core.errors import BlobStorageError, EvidenceError
from genims.core.paths import ROOT
from genims.core.settings import settings
from genims.hooks.blob import BlobContainer
from tests.support.audit.backups import TABLES, remove, restore, rows_of
from tests.support.audit.second_form import SECOND_FORM
from tests.support.audit.tampering import KINDS, Tamperer, found_in
from tests.support.audit.writing import event, events, new_source, opened
from tests.support.faults.faults import until
from tests.support.servers import administrator

ALTERATIONS = 20
PLUGINS = ROOT / "plugins"
BLOCKS = 8


@pytest.fixture(scope="module")
def source(platform):
    """A source database with small blocks and no open events."""
    name = new_source()
    random = Random(1)
    with pytest.MonkeyPatch.context() as patch, opened(name) as book:
        patch.setattr(draft, "BLOCK_EVENTS", 5)
        book.append([event(number, random) for number in range(1, 5 * BLOCKS + 1)])
    return name


@pytest.fixture
def altering(source):
    """A session that alters, and never commits."""
    with administrator(settings().mysql_audit_db) as connection:
        connection.autocommit(False)
        yield connection
        connection.rollback()


@pytest.mark.parametrize("kind", KINDS)
def test_every_alteration_is_found_and_named(source, altering, kind):
    random = Random(kind)
    tamperer = Tamperer(altering, source, random)
    anchors = {source: tamperer.anchors}
    assert found_in(altering, source, anchors=anchors) == []
    for _ in range(ALTERATIONS):
        alteration = None
        while alteration is None:
            altering.rollback()
            alteration = tamperer.alter(kind, random.randint(1, BLOCKS))
        found = found_in(altering, source, anchors=anchors)
        assert alteration.is_named_by(found), (alteration, found)


@pytest.mark.parametrize("change", ["UPDATE {} SET table_name = 'other'", "DELETE FROM {}"])
@pytest.mark.parametrize("sequence", [1, 5 * BLOCKS, 5 * BLOCKS + 1, 5 * BLOCKS + 3])
def test_the_first_and_the_last_row_are_no_exception(altering, sequence, change):
    """Of the source, and of the events that no block holds yet."""
    name = new_source()
    with pytest.MonkeyPatch.context() as patch, opened(name) as book:
        patch.setattr(draft, "BLOCK_EVENTS", 5)
        book.append(events(5 * BLOCKS + 3))
    for table in ("system_audit_log", "data_change_audit", "master_data_changes"):
        altering.rollback()
        assert found_in(altering, name) == []
        with altering.cursor() as cursor:
            cursor.execute(
                f"{change.format(table)} WHERE source_database = %s AND audit_sequence = %s", (name, sequence)
            )
        found = {(each.table, each.first, each.last, each.kind) for each in found_in(altering, name)}
        assert found == {(table, sequence, sequence, "altered" if "UPDATE" in change else "missing")}


def found_today(connection, wanted: set[str] | None, anchors=None) -> set[str]:
    """Source, table and kind of what a verification of today finds."""
    outcome = Outcome()
    proof = Proof(utc_now(), DayAnchors(anchors or {}))
    verify_day(connection, utc_now().date(), proof, wanted, outcome, with_open=True)
    return {f"{each.source}: {each.table} {each.kind}" for each in outcome.findings}


def test_rows_of_a_source_that_never_wrote_are_found(source, altering):
    with altering.cursor() as cursor:
        for table in chained_tables():
            cursor.execute(f"UPDATE {table} SET source_database = 'ghost' WHERE source_database = %s", (source,))
    found = found_today(altering, None)
    assert {f"ghost: {table} added" for table in ("system_audit_log", "data_change_audit")} <= found
    assert f"{source}: system_audit_log missing" in found


def test_a_source_that_is_gone_altogether_is_missed(source, altering):
    anchors = {source: Tamperer(altering, source, Random()).anchors}
    with altering.cursor() as cursor:
        for table in TABLES[:-1]:
            cursor.execute(f"DELETE FROM {table} WHERE source_database = %s", (source,))
        assert found_today(altering, {source}) == {
            f"{source}: system_audit_log missing",
            f"{source}: audit_trail_completeness missing",
        }
        cursor.execute("DELETE FROM audit_sequence_manager WHERE source_database = %s", (source,))
    assert found_today(altering, {source}) == set()
    assert found_today(altering, {source}, anchors) == {
        f"{source}: audit_trail_completeness missing",
        f"{source}: audit_sequence_manager missing",
    }


def test_a_verification_while_rows_arrive_finds_nothing(platform, container):
    name = new_source()

    def write():
        with opened(name) as book:
            for batch in range(1, 60):
                book.append(events(5, first=5 * batch), seal=batch % 3 == 0)

    with opened(name) as book:
        book.append(events(5), seal=True)
    anchorer = Anchorer()
    writer = Thread(target=write)
    writer.start()
    verified = 0
    while writer.is_alive():
        with administrator(settings().mysql_audit_db) as connection:
            anchorer.anchor(connection)
        report = verify.verify(utc_now().date(), utc_now().date(), {name})
        assert report.intact, report
        assert report.outcome.events >= verified
        verified = report.outcome.events
    writer.join()
    assert verify.verify(utc_now().date(), utc_now().date(), {name}).outcome.events == 300


def test_a_block_that_is_anchored_while_a_verification_begins_is_not_missed(platform, container, monkeypatch):
    name = new_source()
    of_day = AnchorStore.of_day
    with opened(name) as book, administrator(settings().mysql_audit_db) as connection:
        anchorer = Anchorer()

        def of_day_after_one_more(store, day):
            book.append(events(5), seal=True)
            with monkeypatch.context() as anchoring_now:
                anchoring_now.setattr(AnchorStore, "of_day", of_day)
                anchorer.anchor(connection)
            return of_day(store, day)

        monkeypatch.setattr(AnchorStore, "of_day", of_day_after_one_more)
        report = verify.verify(utc_now().date(), utc_now().date(), {name})
    assert (report.intact, report.outcome.anchors) == (True, 1), report


@pytest.fixture
def of_both_versions(platform, monkeypatch):
    """A source database with a block of each version and open events of the second; it is gone afterwards."""
    name = new_source()
    with opened(name) as book:
        book.append(events(5), seal=True)
        monkeypatch.setitem(versions.FORMS, 2, SECOND_FORM)
        monkeypatch.setattr(versions, "FORMAT", 2)
        book.append(events(5, first=6), seal=True)
        book.append(events(5, first=11))
    yield name
    with administrator(settings().mysql_audit_db) as connection:
        remove(connection, name)


def test_blocks_of_both_versions_are_verified_once_there_is_a_second(of_both_versions, altering):
    with altering.cursor() as cursor:
        cursor.execute(
            "SELECT format_version FROM audit_trail_completeness WHERE source_database = %s ORDER BY block_number",
            (of_both_versions,),
        )
        assert cursor.fetchall() == ((1,), (2,))
    assert found_in(altering, of_both_versions) == []
    for sequence in (3, 8, 13):
        with altering.cursor() as cursor:
            cursor.execute(
                "UPDATE system_audit_log SET app_user = 'mallory' WHERE source_database = %s AND audit_sequence = %s",
                (of_both_versions, sequence),
            )
        [found] = found_in(altering, of_both_versions)
        assert (found.kind, found.table, found.first) == ("altered", "system_audit_log", sequence)
        altering.rollback()


# The command and the task -----------------------------------------------------------------------------------------


@pytest.fixture
def altered(source):
    """One value altered, for all to see, and put back."""
    with administrator(settings().mysql_audit_db) as connection, connection.cursor() as cursor:
        change = "UPDATE system_audit_log SET app_user = %s WHERE source_database = %s AND audit_sequence = 7"
        cursor.execute(change, ("mallory", source))
        yield
        cursor.execute(change, ("alice", source))


def run(monkeypatch, capsys, *arguments: str) -> tuple[int, str]:
    monkeypatch.setattr(sys, "argv", ["verify", *arguments])
    code = verify.main()
    return code, capsys.readouterr().out


def test_the_command_goes_by_the_name_that_runbooks_and_stored_reports_use(source, container):
    daily.anchor()
    command = [sys.executable, "-m", "genims.audit.verify", "--source", source, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(PLUGINS)})
    assert (done.returncode, json.loads(done.stdout)["events"]) == (0, 5 * BLOCKS), done.stderr


def test_the_command_says_what_it_verified(source, container, monkeypatch, capsys):
    daily.anchor()
    code, text = run(monkeypatch, capsys, "--source", source)
    assert (code, "intact" in text, "40 events in 8 blocks" in text) == (0, True, True)
    assert "8 of 8 blocks are signed" in text


def test_the_command_names_what_was_altered(source, altered, container, monkeypatch, capsys):
    code, text = run(monkeypatch, capsys, "--source", source)
    assert code == 1
    assert f"altered: system_audit_log {source} 7: row_hash is not that of its values" in text
    code, text = run(monkeypatch, capsys, "--source", source, "--json")
    (finding,) = json.loads(text)["findings"]
    assert (code, finding["table"], finding["first"], finding["kind"]) == (1, "system_audit_log", 7, "altered")
    code, text = run(monkeypatch, capsys, "--source", source, "--to", f"{utc_now() - timedelta(days=1):%Y-%m-%d}")
    assert (code, "0 events" in text) == (0, True)


def test_the_task_fails_and_leaves_a_security_event(source, altered, container):
    with pytest.raises(EvidenceError, match=f"altered: system_audit_log {source} 7: "):
        daily.verify_days(None, None)
    with administrator(settings().mysql_audit_db) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT event_type, severity, detail FROM security_events WHERE source_database = 'pipeline' "
            "ORDER BY audit_sequence DESC LIMIT 1"
        )
        event_type, severity, detail = cursor.fetchone()
    assert (event_type, severity) == ("chain_broken", "critical")
    assert source in detail


def test_the_task_leaves_a_report_of_each_day(source, altered, container):
    for _ in range(2):
        with pytest.raises(EvidenceError):
            daily.verify_days(None, None)
    blobs = BlobContainer(settings().genims_anchor_container)
    today = f"{utc_now():%Y-%m-%d}"
    names = list(blobs.names("reports/"))
    assert len([name for name in names if name.startswith(f"reports/{today[:4]}/{today}/")]) == 2
    assert len(names) == 4  # of yesterday too
    report = json.loads(blobs.read_from(max(names)))
    assert (report["first_day"], report["intact"], report["state"]) == (today, False, "deviations")
    assert report["anchors"] == 0
    with opened(source) as book:
        assert report["sources"][source] == {
            "blocks": BLOCKS,
            "last_block": BLOCKS,
            "last_event": 5 * BLOCKS,
            "merkle_root": report["sources"][source]["merkle_root"],
            "block_hash": book._state.block_hash.hex(),
        }
    assert [each["first"] for each in report["findings"] if each["source"] == source] == [7]


# Anchors ----------------------------------------------------------------------------------------------------------


def test_a_rewritten_database_is_found_by_its_anchors(source, altering, container):
    anchorer = Anchorer()
    assert anchorer.anchor(altering).blocks >= BLOCKS
    assert anchorer.anchor(altering) == Anchorer().anchor(altering) == AnchorRun(0, None, {})
    anchors = AnchorStore().of_day(utc_now().date()).blocks
    tamperer = Tamperer(altering, source, Random(7))
    assert anchors[source] == tamperer.anchors
    assert found_today(altering, {source}, anchors) == set()

    while not tamperer.alter("block_rewritten", 3):
        altering.rollback()
    assert found_today(altering, {source}) == set()
    assert found_today(altering, {source}, anchors) == {f"{source}: audit_trail_completeness altered"}
    altering.rollback()
    daily.anchor()
    daily.verify_days(None, None)
    assert verify.verify(utc_now().date(), utc_now().date(), {source}).outcome.anchors == BLOCKS


def test_new_blocks_are_anchored_as_they_are_closed(platform, container):
    name = new_source()
    with administrator(settings().mysql_audit_db) as reading, opened(name) as book:
        anchorer = Anchorer()
        anchorer.anchor(reading)
        for number in range(1, 4):
            book.append(events(3, first=3 * number), seal=True)
            anchored = anchorer.anchor(reading)
            assert (anchored.blocks, anchored.oldest) == (1, book._state.closed_at)
            assert AnchorStore().of_day(utc_now().date()).blocks[name] >= {(number, book._state.block_hash)}
        assert len(AnchorStore().of_day(utc_now().date()).blocks[name]) == 3


def test_a_database_set_back_to_an_old_backup_is_found(platform, container, monkeypatch):
    name = new_source()
    with opened(name) as book:
        book.append(events(5), seal=True)
    with administrator(settings().mysql_audit_db) as connection:
        backup = {table: rows_of(connection, table, name) for table in TABLES}
        with opened(name) as book:
            book.append(events(5, first=6), seal=True)
            book.append(events(5, first=11), seal=True)
        daily.anchor()
        restore(connection, backup, name)
        today = utc_now().date()
        anchors = AnchorStore().of_day(today).blocks
        assert found_today(connection, {name}) == set()
        assert found_today(connection, {name}, anchors) == {f"{name}: audit_trail_completeness missing"}
        with anchoring_often(monkeypatch) as running:
            until(lambda: f"{name}: block 3 was anchored, the newest in the database is 1" in running.view.state)
            time.sleep(1)  # in which it looks several times more
        with connection.cursor() as cursor:
            cursor.execute("SELECT event_type, detail FROM security_events WHERE object_name = %s", (name,))
            [(kind, detail)] = cursor.fetchall()
        assert (kind, "set back to an earlier state" in detail) == ("chain_broken", True)

        with opened(name) as book:  # and it goes on as if nothing had been
            for first in (21, 31, 41):
                book.append(events(5, first=first), seal=True)
        anchored = Anchorer().anchor(connection)
        assert anchored.blocks == 3
        assert list(anchored.breaks) == [(name, "rewritten")]
        anchors = AnchorStore().of_day(today).blocks
        assert len(anchors[name]) == 1 + 2 + 3
        assert found_today(connection, {name}) == set()
        assert found_today(connection, {name}, anchors) == {f"{name}: audit_trail_completeness altered"}
        remove(connection, name)


def test_two_runs_that_anchor_at_once_write_every_block_once(source, altering, container, monkeypatch):
    store = AnchorStore()
    slow, quick = AnchorChain(store), AnchorChain(store)
    day = utc_now().date()
    rows = [
        ClosedBlock(source, number, 1, 2, utc_now(), bytes(32), bytes([number] * 32)).entry for number in range(1, 4)
    ]
    append = slow._append

    def late(*arguments):
        monkeypatch.setattr(slow, "_append", append)
        assert len(quick.add(day, rows[:2])) == 2
        return append(*arguments)

    monkeypatch.setattr(slow, "_append", late)
    assert [line.block[0] for line in slow.add(day, rows)] == [3]
    assert store.of_day(day).blocks == {source: {(number, bytes([number] * 32)) for number in range(1, 4)}}
    assert list(check_lines(store.surrounding(day))) == []


def test_storage_that_is_down_is_shown_and_tried_again(source, container, monkeypatch):
    with monkeypatch.context() as down:
        down.setattr(AnchorStore, "append", unreachable)
        with anchoring_often(monkeypatch) as running:
            until(lambda: running.view.state.startswith("waiting since "))
            assert "no answer" in anchors_line(running.view.report())
            down.undo()
            until(lambda: running.view.state == "up to date")
            assert running.view.blocks >= BLOCKS


@contextmanager
def anchoring_often(monkeypatch):
    monkeypatch.setattr(anchoring, "EVERY_SECONDS", 0.1)
    running = anchoring.AnchorThread()
    running.start()
    yield running
    running.stop()
    running.join(10)


def unreachable(*_):
    raise BlobStorageError("no answer")
