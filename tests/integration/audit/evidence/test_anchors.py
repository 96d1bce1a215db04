"""Anchors: what they prove, and what becomes of those who remove them."""

from __future__ import annotations

import json
from datetime import date, timedelta
from random import Random

import pytest

from genims.audit.evidence import tasks as daily
from genims.audit.evidence import verify
from genims.audit.evidence.anchor_store import AnchorStore
from genims.audit.evidence.anchorer import Anchorer
from genims.audit.evidence.report import Report, State
from genims.audit.ledger import draft
from genims.core.clock import utc_now
from genims.core.errors import BlobStorageError, EvidenceError, NotProven
from genims.core.settings import settings
from tests.support.audit.backups import restore, saved
from tests.support.audit.tampering import Tamperer
from tests.support.audit.writing import Clock, events, opened
from tests.support.containers import azure_client
from tests.support.faults.faults import environment
from tests.support.servers import administrator


@pytest.fixture
def connection(platform):
    """A session that may change everything, committing by itself."""
    with administrator(settings().mysql_audit_db) as session:
        yield session


class History:
    """A source database that goes on from day to day, beside others.

    :param connection: a session of the administrator.
    """

    def __init__(self, connection, name: str, days_ago: int = 0):
        self.connection = connection
        self.name = name
        self.clock = Clock()
        self.clock.pass_by(-days_ago * 86_400)
        self.anchorer = Anchorer(self.clock)
        self.written = 0

    def write(self, count: int = 3, *, seal: bool = True, source: str | None = None) -> None:
        with opened(source or self.name, clock=self.clock) as book:
            book.append(events(count, first=self.written + 1), seal=seal)
        self.written += count

    def anchor(self) -> set[str]:
        """Anchor, and say what was found broken of this source."""
        return {kind for (source, kind) in self.anchorer.anchor(self.connection).breaks if source == self.name}

    def begin_anew(self) -> None:
        """Another task anchors from now on."""
        self.anchorer = Anchorer(self.clock)

    def verify(self, day: date | None = None) -> Report:
        day = day or self.clock.now.date()
        return verify.verify(day, day, {self.name}, clock=self.clock)


@pytest.fixture
def history(connection, container, name):
    return History(connection, name)


def named(report: Report) -> set[tuple[str, int, str]]:
    return {(each.kind, each.first, each.table) for each in report.outcome.findings}


def blob(container: str, day: date | None = None):
    return azure_client(container).get_blob_client(f"anchors/{(day or utc_now().date()):%Y/%Y-%m-%d}.jsonl")


def begin_anew(container: str, data: bytes, day: date | None = None) -> None:
    blob(container, day).delete_blob()
    if data:
        azure_client(container).upload_blob(blob(container, day).blob_name, data, blob_type="AppendBlob")


def rewritten(history: History, number: int) -> None:
    """Rewrite a block with all its hashes, as an administrator can."""
    history.connection.autocommit(False)
    tamperer = Tamperer(history.connection, history.name, Random(number))
    while not tamperer.alter("block_rewritten", number):
        history.connection.rollback()
    history.connection.commit()
    history.connection.autocommit(True)


# What is not proven is not called intact ----------------------------------------------------------------------------


def test_blocks_without_anchors_are_not_proven(history):
    history.write()
    report = history.verify()
    assert (report.state, report.intact, verify.EXIT_CODES[report.state]) == (State.NOT_PROVEN, False, 2)
    assert "none of these blocks is anchored yet" in str(report)
    assert json.loads(report.as_json())["state"] == "not proven"
    history.anchor()
    assert history.verify().state is State.INTACT


def test_a_block_that_lacks_its_anchor_after_a_quarter_of_an_hour_is_named(history):
    history.write()
    history.anchor()
    history.write()
    assert history.verify().state is State.INTACT
    history.clock.pass_by(16 * 60)
    report = history.verify()
    assert [(each.kind, each.first) for each in report.outcome.unproven] == [("unproven", 2)]
    assert report.state is State.NOT_PROVEN


def test_without_blob_storage_nothing_is_proven(history):
    history.write()
    history.anchor()
    with environment(AZURE_STORAGE_CONNECTION_STRING=""):
        assert "no Blob Storage is set" in str(history.verify())
        with pytest.raises(NotProven, match=r"not proven: no Blob Storage is set.*AZURE_STORAGE_CONNECTION_STRING"):
            daily.verify_days(None, None)


# Anchors that were removed ------------------------------------------------------------------------------------------


def test_a_deleted_blob_is_not_anchored_anew(history, container):
    """The attack: the blob goes, the blocks are rewritten, and the next task is to anchor them."""
    history.write()
    history.write()
    assert history.anchor() == set()
    blob(container).delete_blob()
    rewritten(history, 2)
    history.begin_anew()
    assert history.anchor() == {"lost"}
    report = history.verify()
    assert report.state is State.DEVIATIONS
    assert "block 2 was anchored by line" in str(report)
    assert not AnchorStore().of_day(utc_now().date()).blocks.get(history.name)
    history.begin_anew()
    assert history.anchor() == set()  # it is on record by now
    assert history.verify().state is State.DEVIATIONS


@pytest.mark.parametrize("left", [0.0, 0.4, 0.8])
def test_a_running_anchorer_survives_a_blob_that_is_begun_anew_and_says_so(history, container, left):
    history.write()
    history.anchor()
    history.write()
    history.anchor()
    lines = blob(container).download_blob().readall().splitlines(keepends=True)
    begin_anew(container, b"".join(lines[: round(left * len(lines))]))
    history.write()
    found = history.anchor()
    history.write()
    assert history.anchor() == found
    report = history.verify()
    assert report.state is State.DEVIATIONS, report
    assert "is gone from Blob Storage" in str(report)
    anchored = {number for number, _ in AnchorStore().of_day(utc_now().date()).blocks[history.name]}
    assert {3, 4} <= anchored and not {1, 2} <= anchored


def test_a_blob_that_is_gone_altogether_is_begun_again(history, container):
    history.write()
    history.anchor()
    blob(container).delete_blob()
    history.write()
    assert history.anchor() == {"lost"}
    assert {number for number, _ in AnchorStore().of_day(utc_now().date()).blocks[history.name]} == {2}


def test_a_blob_that_somebody_has_leased_is_waited_for(history, container):
    history.write()
    history.anchor()
    lease = blob(container).acquire_lease()
    history.write()
    with pytest.raises(BlobStorageError, match="lease"):
        history.anchor()
    lease.release()
    assert history.anchor() == set()
    assert history.verify().state is State.INTACT


@pytest.mark.parametrize("another_run", [True, False])
def test_a_blob_that_takes_no_more_lines_is_named_and_left(history, container, another_run):
    history.write()
    history.anchor()
    lines = blob(container).download_blob().readall()
    blob(container).delete_blob()
    blob(container).upload_blob(lines, blob_type="BlockBlob")
    history.write()
    if another_run:
        history.begin_anew()
    breaks = history.anchorer.anchor(history.connection).breaks
    assert "takes no more (InvalidBlobType)" in breaks["anchors", "lost"]
    history.write()
    history.anchor()
    assert {number for number, _ in AnchorStore().of_day(utc_now().date()).blocks[history.name]} == {1, 2, 3}
    history.clock.pass_by(86_400)
    history.write()
    history.anchor()
    report = history.verify()
    assert report.state is State.DEVIATIONS
    assert "takes no more" in str(report)


def test_the_stream_leaves_a_security_event(history, container, connection):
    history.write()
    daily.anchor()
    blob(container).delete_blob()
    daily.anchor()
    with connection.cursor() as cursor:
        cursor.execute("SELECT severity, detail FROM security_events WHERE object_name = %s", (history.name,))
        [(severity, detail)] = cursor.fetchall()
    assert (severity, "which Blob Storage lacks" in detail) == ("critical", True)


@pytest.mark.parametrize("change", ["a line less", "a line altered", "two lines swapped", "no JSON"])
def test_lines_that_were_changed_are_found(history, container, change):
    for _ in range(4):
        history.write()
    history.anchor()
    lines = blob(container).download_blob().readall().splitlines(keepends=True)
    places = [number for number, line in enumerate(lines) if history.name.encode() in line]
    place = places[1]
    if change == "a line less":
        del lines[place]
    elif change == "a line altered":
        lines[place] = lines[place].replace(b'"first"', b'"First"')
    elif change == "two lines swapped":
        lines[place], lines[place + 1] = lines[place + 1], lines[place]
    else:
        lines[place] = b"#" + lines[place]
    begin_anew(container, b"".join(lines))
    report = history.verify()
    assert report.state is State.DEVIATIONS
    assert any(each.source == "anchors" for each in report.outcome.findings), report


def test_a_day_that_is_gone_is_found_by_its_neighbours(connection, container, name):
    history = History(connection, name, days_ago=3)
    days = []
    for _ in range(3):
        history.write()
        history.anchor()
        days.append(history.clock.now.date())
        assert history.verify().state is State.INTACT
        history.clock.pass_by(86_400)
    blob(container, days[1]).delete_blob()
    assert history.verify(days[0]).state is State.DEVIATIONS
    assert history.verify(days[1]).state is State.DEVIATIONS
    assert history.verify(days[2]).state is State.DEVIATIONS


def test_a_later_day_begins_with_the_last_block_of_every_source(connection, container, name):
    """So the last block of a source that has long been quiet is missed when it goes, with all its rows."""
    history = History(connection, name, days_ago=5)
    history.write()
    history.write()
    history.anchor()
    for _ in range(4):
        history.clock.pass_by(86_400)
        history.write(source="pipeline")
        history.begin_anew()
        history.anchor()
    assert history.verify().state is State.INTACT
    connection.autocommit(False)
    Tamperer(connection, name, Random()).alter("newest_block_removed", 2)
    connection.commit()
    connection.autocommit(True)
    [found] = history.verify().outcome.findings
    assert (found.kind, found.source, found.first) == ("missing", name, 2)
    assert history.anchor() == {"set back"}


def test_the_last_verification_is_a_second_place_too(history, container):
    history.write()
    daily.anchor()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(daily, "utc_now", history.clock)
        daily.verify_days(None, None)
    with history.connection.cursor() as cursor:
        cursor.execute(
            "SELECT outcome, detail FROM sox_compliance_log WHERE control_id = 'audit_trail_verified' "
            "ORDER BY audit_sequence DESC LIMIT 1"
        )
        [(outcome, detail)] = cursor.fetchall()
    recorded = json.loads(detail)
    assert (outcome, recorded["state"], recorded["blocks"][history.name]) == ("passed", "intact", 1)
    begin_anew(container, b"")
    with history.connection.cursor() as cursor:
        cursor.execute(
            "UPDATE audit_sequence_manager SET anchored_block = NULL, anchor_line = NULL, anchor_hash = NULL"
        )
    daily.anchor()
    with pytest.raises(EvidenceError, match="the newest line at the last verification is gone"):
        daily.verify_days(None, None)


# What no block holds yet ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("at_once", [True, False])
def test_a_database_that_was_set_back_by_less_than_a_block_is_found(history, connection, at_once):
    history.write()
    history.write(2, seal=False)
    backup = saved(connection, history.name)
    history.clock.pass_by(20)
    history.write(2, seal=False)
    assert history.anchor() == set()
    restore(connection, backup, history.name)
    if at_once:
        assert history.anchor() == {"open event"}
    history.written += 10
    history.write(4)
    if not at_once:
        history.begin_anew()
    assert history.anchor() == {"open event"}
    assert any("while it was open" in each.detail for each in history.verify().outcome.findings)


def test_an_open_event_that_is_altered_with_its_hashes_is_found(history, connection):
    history.write()
    history.write(2, seal=False)
    history.anchor()
    connection.autocommit(False)
    tamperer = Tamperer(connection, history.name, Random(1))
    tamperer.blocks[2] = (4, 5)
    with environment(GENIMS_SIGNING_KEY=""):
        while not (done := tamperer.alter("value_with_event_hashes", 2)) or 5 not in done.numbers:
            connection.rollback()
        connection.commit()
        connection.autocommit(True)
        history.write(1)
        assert history.anchor() == {"open event"}
        assert ("altered", 5, "system_audit_log") in named(history.verify())


# Signatures -----------------------------------------------------------------------------------------------------------


def test_events_that_were_appended_with_the_password_alone_are_named(history):
    history.write()
    with environment(GENIMS_SIGNING_KEY=""):
        history.write(2, seal=False)
    report = history.verify()
    [found] = report.outcome.findings
    assert (found.kind, found.table, found.first, found.last) == ("added", "system_audit_log", 4, 5)
    with environment(GENIMS_SIGNING_KEY=""):
        history.write(1)
    history.anchor()
    [found] = history.verify().outcome.findings
    assert (found.kind, found.table, found.first) == ("added", "audit_trail_completeness", 2)
    assert "events 4-6" in found.detail


def test_blocks_from_before_the_key_are_accepted_and_counted(history):
    with environment(GENIMS_SIGNING_KEY=""):
        history.write()
        history.anchor()
        assert "Not signed" in str(history.verify())
    history.write()
    history.anchor()
    report = history.verify()
    assert report.state is State.INTACT
    assert "1 of 2 blocks are signed" in str(report)


def test_a_signature_that_was_taken_away_is_missed(history, connection):
    history.write()
    history.anchor()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE audit_trail_completeness SET signature = NULL WHERE source_database = %s", (history.name,)
        )
    [found] = history.verify().outcome.findings
    assert (found.kind, found.first) == ("added", 1)


def test_a_rewritten_block_is_found_by_its_signature_before_it_is_anchored(history):
    history.write()
    history.write()
    rewritten(history, 1)
    [found] = history.verify().outcome.findings
    assert (found.first, found.last, found.detail) == (1, 2, "its signature is not of its values")


# Every day ------------------------------------------------------------------------------------------------------------


def test_missed_days_are_made_up_and_all_that_was_verified_is_on_record(connection, container, name, monkeypatch):
    history = History(connection, name, days_ago=6)
    monkeypatch.setattr(draft, "BLOCK_EVENTS", 2)
    verified = []

    def night() -> list[date]:
        with monkeypatch.context() as patch:
            seen = []
            patch.setattr(daily, "utc_now", history.clock)
            patch.setattr(
                daily, "verify", lambda day, last: seen.append(day) or verify.verify(day, last, {name}, history.clock)
            )
            patch.setattr(
                daily.records, "append_rows", lambda table, rows, user: verified.append((rows[0], history.clock.now))
            )
            patch.setattr(
                daily.records, "verified_days", lambda cursor, now: [(row["business_day"], at) for row, at in verified]
            )
            daily.verify_days(None, None)
        return seen

    first = history.clock.now.date()
    for _ in range(2):
        history.write()
        history.anchor()
        night()
        history.clock.pass_by(86_400)
    history.clock.pass_by(3 * 86_400)
    history.write()
    history.anchor()
    assert set(night()) >= {first + timedelta(days=n) for n in range(1, 6)}
    assert verified[-1][0]["outcome"] == "passed"
