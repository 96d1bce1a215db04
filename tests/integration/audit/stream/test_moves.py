"""A source that was moved, copied or set back: each event is delivered once, and what is missing is named."""

from __future__ import annotations

import secrets
from contextlib import ExitStack
from types import SimpleNamespace

import pytest

from genims.audit.capture.install import install
from genims.audit.forms import source_moves
from genims.audit.forms.form import Form
from genims.audit.stream import source_feed
from genims.core.errors import FormRefused
from tests.support.audit.cluster import SOURCE, Cluster, captured_cluster
from tests.support.audit.streaming import WAITING, events_after, last_sequence, rows_after, state, streaming
from tests.support.audit.tampering import findings
from tests.support.faults.faults import until

SAID = "event_type, severity, object_name, detail"


@pytest.fixture(autouse=True)
def impatient(monkeypatch):
    monkeypatch.setattr(source_feed, "PAUSE_SECONDS", 0.3)


@pytest.fixture
def old(platform, stack, tmp_path):
    """The server that the source is on; its transactions are far ahead of those of a new one."""
    tmp_path.chmod(0o755)
    with captured_cluster(tmp_path / "old", stack.env) as cluster:
        cluster.spend_transactions(3_000)
        yield cluster


@pytest.fixture
def other(stack, tmp_path):
    """Makes further servers, which are stopped at the end."""
    with ExitStack() as servers:

        def started(cluster: Cluster) -> Cluster:
            servers.callback(cluster.stop)
            cluster.start()
            return cluster

        yield SimpleNamespace(new=lambda: started(Cluster(tmp_path / "new", stack.env)), started=started, home=tmp_path)


def form(person: str, decision: str) -> Form:
    run = SimpleNamespace(dag_id="source_moved", run_id=secrets.token_hex(8), triggering_user_name=person)
    return Form.of_run(run, {"source": SOURCE, "decision": decision, "reason": "a new server"})


def stream_all(cluster: Cluster) -> None:
    """Stream the source where it is until nothing is left."""
    with cluster.as_source(), streaming(SOURCE) as stream, cluster.connect() as session:
        until(lambda: state(stream, SOURCE) == "streaming")
        until(lambda: session.execute(WAITING).fetchone() == (0,))


def seen_after(sequence: int) -> list[int]:
    """The numbers that the row was given, as the audit trail has them after a number."""
    events = [event for event in events_after(SOURCE, sequence) if event["operation"] == "UPDATE"]
    return [int(event["after_values"]["last_sync_status"]) for event in events]


def said_after(sequence: int) -> list[tuple]:
    return [row for row in rows_after("security_events", SAID, SOURCE, sequence) if row[0] != "capture_problem"]


def test_a_source_is_moved_by_dump_and_restore(old, other):
    before = last_sequence(SOURCE)
    old.change(1, 20)
    stream_all(old)
    old.change(21, 130)
    new = other.new()
    new.restore(old)
    with new.as_source():
        install(SOURCE)
        new.change(131, 140)
        with streaming(SOURCE) as stream:
            until(lambda: state(stream, SOURCE).startswith("failed: "))
            assert "source_moved" in state(stream, SOURCE)
            assert source_moves.move(form("alice", "request")) == "requested"
            with pytest.raises(FormRefused, match="another person must confirm"):
                source_moves.move(form("Alice", "confirm"))
            assert state(stream, SOURCE).startswith("failed: ")
            assert source_moves.move(form("bob", "confirm")) == "confirmed"
            until(lambda: seen_after(before)[-1:] == [140])
            new.change(141, 150)
            until(lambda: seen_after(before)[-1:] == [150])
            with pytest.raises(FormRefused, match="nothing to confirm"):
                source_moves.move(form("alice", "request"))
    stream_all(new)
    assert seen_after(before) == list(range(1, 151))
    [(event_type, severity, _, detail)] = said_after(before)
    assert (event_type, severity) == ("source_moved", "info"), detail
    assert "requested by alice, confirmed by bob" in detail and "No gap" in detail
    assert findings(SOURCE) == []


def test_a_move_that_lost_events_names_the_gap_and_gives_no_number_twice(old, other):
    before = last_sequence(SOURCE)
    old.change(1, 20)
    stream_all(old)
    new = other.new()
    new.restore(old)
    old.change(21, 30)
    stream_all(old)
    with new.as_source():
        install(SOURCE)
        source_moves.move(form("alice", "request"))
        source_moves.move(form("bob", "confirm"))
        new.change(31, 40)
        stream_all(new)
    assert seen_after(before) == list(range(1, 41))
    [(event_type, severity, _, detail)] = said_after(before)
    assert (event_type, severity) == ("source_moved", "critical")
    assert "does not know 10 delivered events" in detail
    numbers = [row[0] for row in rows_after("system_audit_log", "source_sequence", SOURCE, before) if row[0]]
    assert len(numbers) == len(set(numbers))
    assert findings(SOURCE) == []


def test_an_interrupted_move_begins_anew(old, other, monkeypatch):
    before = last_sequence(SOURCE)
    old.change(1, 130)
    new = other.new()
    with new.as_source():
        stream_all(old)
        old.change(131, 400)
        new.restore(old)
        install(SOURCE)
        source_moves.move(form("alice", "request"))
        source_moves.move(form("bob", "confirm"))
        monkeypatch.setattr(source_feed, "BATCH_EVENTS", 50)
        for reached in (131, 250):
            with streaming(SOURCE):
                until(lambda reached=reached: seen_after(before)[-1:] >= [reached])
        stream_all(new)
    assert seen_after(before) == list(range(1, 401))
    assert [row[0] for row in said_after(before)] == ["source_moved"]


def test_a_physical_copy_goes_on_without_a_word(old, other):
    before = last_sequence(SOURCE)
    old.change(1, 20)
    stream_all(old)
    old.change(21, 30)
    old.stop()
    copy = other.started(old.copy(other.home / "copy"))
    copy.change(31, 40)
    stream_all(copy)
    assert seen_after(before) == list(range(1, 41))
    assert said_after(before) == []
    assert findings(SOURCE) == []


@pytest.mark.parametrize("spent", [0, 2_000])
def test_a_source_that_was_set_back_is_told_and_nothing_is_doubled_or_skipped(old, other, spent):
    """With the same identifier, as by a point-in-time restore; further transactions may hide that they went back."""
    before = last_sequence(SOURCE)
    old.change(1, 20)
    stream_all(old)
    old.change(21, 25)
    old.stop()
    copy = old.copy(other.home / "copy")
    old.start()
    old.change(26, 60)
    stream_all(old)
    old.stop()
    other.started(copy)
    copy.spend_transactions(spent)
    copy.change(101, 110)
    for _ in range(2):
        stream_all(copy)
    assert seen_after(before) == [*range(1, 61), *range(101, 111)]
    [(event_type, severity, _, detail)] = said_after(before)
    assert (event_type, severity) == ("source_set_back", "critical")
    assert "was set back" in detail
    with copy.as_source():
        source_moves.move(form("alice", "request"))
        source_moves.move(form("bob", "confirm"))
    copy.change(111, 120)
    stream_all(copy)
    assert seen_after(before)[-10:] == list(range(111, 121))
    assert len(said_after(before)) == 1
    last = [row[0] for row in rows_after("system_audit_log", "source_sequence", SOURCE, before) if row[0]][-10:]
    earlier = [row[0] for row in rows_after("system_audit_log", "source_sequence", SOURCE, before) if row[0]][:-10]
    assert not set(last) & set(earlier)
    assert findings(SOURCE) == []
