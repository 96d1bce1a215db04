"""Hourly runs see what has changed, weekly runs see everything, and no entry is recorded twice between them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from random import Random

import pytest

from genims.audit.logs import on_record
from genims.core.clock import utc_now
from tests.integration.audit.logs.test_sync import empty
from tests.support.audit.log_runs import STEPS, LogRun, findings, of_its_own, open_events, recorded, run

TABLE = "supplier.purchase_requisitions"
STATUS = "UPDATE purchase_requisitions SET requisition_status = %s, updated_at = %s WHERE requisition_id = %s"
LONG_AGO = utc_now() - timedelta(days=30)
STATES = ("draft", "submitted", "approved", "rejected")


@pytest.fixture
def log(platform, source_rows):
    """A log whose only entries are those of requisitions, of which there is none yet."""
    log = of_its_own("approvals")
    empty(log, source_rows)
    return log


@pytest.fixture
def source(source_rows):
    return source_rows.connect("supplier")


@pytest.fixture
def add(source_rows):
    """Add a requisition, changed a month ago unless it says otherwise."""

    def add(key: str, updated_at=LONG_AGO):
        row = {"requisition_id": key, "requisition_number": key, "requisition_status": "draft"}
        source_rows.insert("supplier", "purchase_requisitions", [row | {"updated_at": updated_at}])

    return add


@pytest.fixture(params=[(0, 0), (0, 10**6), (4, 100)], ids=["keys looked up", "all copied", "as it is"])
def way(request, monkeypatch):
    """Each of the ways in which a run learns what is on record; the size of a log decides between them."""
    newest, look_up = request.param
    monkeypatch.setattr(on_record, "NEWEST", newest)
    monkeypatch.setattr(on_record, "LOOK_UP", look_up or 0.001)


def states(log, key: str) -> list[str]:
    return [entry["step"] for entry in recorded(log) if entry["entry_key"] == f"{TABLE}/{key}"]


@pytest.mark.usefixtures("way")
def test_an_hourly_run_sees_what_the_source_shows_as_changed_and_a_full_one_the_rest(log, source, add):
    for number in range(20):
        add(f"R{number}")
    assert run(log) == 20
    source.execute(STATUS, ("submitted", LONG_AGO, "R1"))
    source.execute(STATUS, ("submitted", utc_now(), "R2"))
    source.execute(STATUS, ("submitted", None, "R3"))
    source.execute("UPDATE purchase_requisitions SET approved_date = current_date WHERE requisition_id = 'R4'")
    add("dated back")
    # By updated_at, by no time at all, and by another time.
    assert run(log) == 3
    found = {key: states(log, key) for key in ("R1", "R2", "R3", "R4", "dated back")}
    twice = ["draft", "submitted"]
    assert found == {"R1": ["draft"], "R2": twice, "R3": twice, "R4": ["draft", "draft"], "dated back": []}
    assert run(log) == 0
    assert run(log, full=True) == 2
    assert (states(log, "R1"), states(log, "dated back")) == (twice, ["draft"])
    assert (run(log), run(log, full=True), findings(log)) == (0, 0, [])


@pytest.mark.usefixtures("way")
def test_an_entry_that_returns_to_an_earlier_value_is_recorded_again(log, source, add):
    add("R1")
    run(log)
    for state in ("submitted", "draft", "submitted"):
        source.execute(STATUS, (state, utc_now(), "R1"))
        assert (run(log), run(log)) == (1, 0)
    assert states(log, "R1") == ["draft", "submitted", "draft", "submitted"]


def test_a_changed_query_is_compared_in_full_at_once(log, add, source):
    add("R1")
    run(log)
    source.execute(STATUS, ("submitted", LONG_AGO, "R1"))
    assert run(log) == 0
    changed = replace(log)
    vars(changed)["sql"] = log.sql + "-- another release\n"
    assert (run(changed), run(changed)) == (1, 0)


def test_what_a_killed_run_did_not_record_is_found_by_the_next_one(log, add, source):
    add("R0")
    run(log)
    for number in range(12):
        add(f"N{number}", updated_at=utc_now())
    killed = LogRun(log, "recording on", batch=5)
    assert killed.answer() == "stopped"
    killed.kill()
    # Were its place stored before all is recorded, these would look old to the next run.
    assert run(log) == 12 - 5
    assert (run(log), run(log, full=True), open_events(log), findings(log)) == (0, 0, 0, [])


@pytest.mark.parametrize("seed", range(2))
def test_random_runs_kills_and_changes_leave_each_state_once(log, source, add, seed, monkeypatch):
    random = Random(seed)
    monkeypatch.setattr(on_record, "NEWEST", random.choice([0, 1]))
    monkeypatch.setattr(on_record, "LOOK_UP", 0.001)
    present: dict[str, str] = {}
    seen: dict[str, str] = {}

    def change() -> None:
        if not present or random.random() < 0.3:
            key = f"R{len(present)}"
            stamped = random.random() < 0.7
            add(key, updated_at=utc_now() if stamped else LONG_AGO)
            present[key] = "draft"
        else:
            key, state = random.choice(list(present)), random.choice(STATES)
            stamped = random.random() < 0.7
            source.execute(STATUS, (state, utc_now() if stamped else LONG_AGO, key))
            present[key] = state
        # What a change without a new time leaves behind, an hourly run need not see.
        seen.pop(key, None)
        if stamped:
            seen[key] = present[key]

    for _ in range(8):
        for _ in range(random.randint(0, 8)):
            change()
        what = random.choice(["hourly", "hourly", "full", "killed", "two"])
        if what == "killed":
            killed = LogRun(log, random.choice(list(STEPS)), batch=2)
            if killed.answer() == "stopped":
                killed.kill()
        elif what == "two":
            runs = [LogRun(log, batch=1), LogRun(log, batch=1)]
            assert all(isinstance(each.answer(), int) for each in runs)
        run(log, full=what == "full")
        entries: dict[str, list[str]] = {}
        for entry in recorded(log):
            entries.setdefault(entry["source_key"], []).append(entry["step"])
        assert all(before != after for steps in entries.values() for before, after in pairwise(steps))
        expected = present if what == "full" else seen
        assert {key: entries[key][-1] for key in expected} == expected
    run(log, full=True)
    last = {entry["source_key"]: entry["step"] for entry in recorded(log)}
    assert last == present
    assert findings(log) == []
