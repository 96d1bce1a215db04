"""Late changes of the sources reach MySQL within the hour or by the next morning; snapshots do not change."""

from __future__ import annotations

from datetime import date, timedelta

from tests.support.faults.faults import TODAY, ScratchTable, noon, query

pytest_plugins = ["tests.support.faults.fixtures"]

SNAPSHOT = "SELECT * REPLACE (DATE '{{ window.start }}' AS day) FROM master.fault_rows"


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def notes(scratch: ScratchTable) -> dict[tuple, str]:
    return {(day, key): note for day, key, note, *_ in scratch.rows()}


def test_the_hour_and_the_night_take_over_what_was_changed_inserted_or_deleted(scratch):
    scratch.owner.execute("TRUNCATE fault_rows")
    scratch.fill(days=50, rows=2)
    scratch.load(rebuild=True)
    expected = notes(scratch)

    def change(days: int) -> None:
        scratch.owner.execute("UPDATE fault_rows SET note = 'late' WHERE day = %s AND id = 'K1'", (ago(days),))
        scratch.owner.execute("DELETE FROM fault_rows WHERE day = %s AND id = 'K2'", (ago(days),))
        scratch.insert(ago(days), "new", "late")

    def expect(days: int) -> None:
        expected.update({(ago(days), "K1"): "late", (ago(days), "new"): "late"})
        del expected[ago(days), "K2"]

    for days in (7, 8, 45, 46):
        change(days)
    assert notes(scratch) == expected
    scratch.load()
    expect(7)
    assert notes(scratch) == expected, "an hourly run recomputes the lookback of the table"
    scratch.load(nightly=True)
    expect(8)
    expect(45)
    assert notes(scratch) == expected, "a nightly run recomputes 45 days"
    scratch.load(rebuild=True)
    expect(46)
    assert notes(scratch) == expected


def test_the_last_run_of_a_day_is_its_snapshot(scratch):
    scratch.create(select=SNAPSHOT, header="load: snapshot\n").fill(days=1, rows=2)
    scratch.load()
    scratch.change("in the afternoon")
    scratch.owner.execute("DELETE FROM fault_rows WHERE id = 'K2'")
    scratch.load()
    assert notes(scratch) == {(TODAY, "K1"): "in the afternoon"}


def test_an_old_run_writes_no_history(scratch):
    scratch.create(select=SNAPSHOT, header="load: snapshot\n").fill(days=1, rows=2)
    scratch.load()
    query(f"UPDATE fault_tests_db.fault_rows SET day = '{ago(1)}'")
    yesterday = notes(scratch)
    scratch.change("today")
    for run in ({"hour": noon(1)}, {"hour": noon(1), "nightly": True}, {"rebuild": True}, {"from_": str(ago(1))}):
        scratch.load(**run)
        assert notes(scratch) == yesterday | {(TODAY, "K1"): "today", (TODAY, "K2"): "today"}
