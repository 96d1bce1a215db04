"""Simultaneous, repeated and reordered runs: one result, and readers never see anything else."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from genims.engine.load import load
from genims.engine.source_contract import columns_read
from genims.engine.table import LoadedTable
from genims.engine.window import Window
from tests.integration.reporting.test_cases import CASES, TABLES, given, window_of
from tests.support.faults.faults import TODAY, LoadProcess, Table, noon, query, staged_tables
from tests.support.readers import CONTENT, publish_versions, readers, violations
from tests.support.render import statements

pytest_plugins = ["tests.support.faults.fixtures"]


@pytest.mark.parametrize("rebuild", [False, True], ids=["two windows", "a window and a rebuild"])
def test_two_runs_at_once(scratch, rebuild):
    scratch.owner.execute("TRUNCATE fault_rows")
    scratch.fill(days=5, rows=500)
    scratch.load(rebuild=True)
    [old] = query(CONTENT)
    new = (*old[:2], "as it shall be", "as it shall be")
    with readers(2) as found:
        runs = [LoadProcess(scratch, times=8), LoadProcess(scratch, times=8, rebuild=rebuild)]
        scratch.change("as it shall be")
        assert [run.wait() for run in runs] == ["done", "done"]
    assert set(found.seen) <= {old, new}
    assert query(CONTENT) == [new]
    assert staged_tables() == []
    scratch.load(rebuild=True)
    assert query(CONTENT) == [new]


def test_readers_see_whole_versions_alone(scratch):
    """The short form of ``python -m tests.bench reads``."""
    scratch.number(0)
    scratch.load()
    with readers(2) as found:
        versions = publish_versions(scratch, found, publishes=12, reads=1000)
    assert violations(found, rows=len(scratch.rows()), versions=versions) == []
    assert len(found.seen) > 6


def test_a_task_cleared_twenty_times(scratch):
    first = scratch.rows()
    for number in range(20):
        scratch.load(rebuild=number % 5 == 4)
        assert scratch.rows() == first


def test_hours_and_days_in_any_order(scratch):
    scratch.owner.execute("TRUNCATE fault_rows")
    scratch.fill(days=20, rows=3)
    scratch.change("as it shall be")
    scratch.load(rebuild=True)
    rebuilt = scratch.rows()

    scratch.change("not yet")
    scratch.load(rebuild=True)
    scratch.change("as it shall be")
    noons = [noon(days) for days in range(0, 20, 5)]
    spans = [(TODAY - timedelta(days=days + 3), TODAY - timedelta(days=days)) for days in range(0, 20, 3)]
    runs = [{"hour": hour} for hour in noons] + [{"from_": str(first), "to": str(last)} for first, last in spans]
    random.Random(7).shuffle(runs)
    for run in runs:
        scratch.load(**run)
    assert scratch.rows() == rebuilt


def test_an_old_hour_touches_its_own_days_alone(scratch):
    scratch.owner.execute("TRUNCATE fault_rows")
    scratch.fill(days=20, rows=1)
    scratch.load(rebuild=True)
    scratch.change("changed later")
    scratch.load(hour=noon(5))
    changed = {row[0] for row in scratch.rows() if row[2] == "changed later"}
    assert changed == {TODAY - timedelta(days=days) for days in range(5, 13)}


def longest_cases() -> list:
    """For each table that is loaded by windows, the case that covers most days."""
    longest = {}
    for name, case in (parameter.values for parameter in CASES):
        window = window_of(case, TABLES[name])
        if TABLES[name].load == "window" and window.end - window.start > timedelta(days=1):
            longest[name] = max(longest.get(name, (window, case)), (window, case), key=lambda found: length(found[0]))
    return [pytest.param(TABLES[name], *found, id=name) for name, found in sorted(longest.items())]


def length(window: Window) -> timedelta:
    return window.end - window.start


@pytest.mark.parametrize(("table", "window", "case"), longest_cases())
def test_windows_in_any_order_equal_a_rebuild(table: LoadedTable, window, case, platform, source_rows, reporting):
    whole = statements(table, window, rebuild=True)
    source_rows.empty((column.database, column.table) for column in columns_read(whole.sql))
    given(case["given"], source_rows, reporting)
    load(table, whole)
    rebuilt = Table(table.name).rows()

    with reporting.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table.name}")
    middle = window.start + length(window) / 2
    early = Window(window.start, middle + timedelta(days=1), window.today)
    late = Window(middle, window.end, window.today)
    for part in (late, early):
        load(table, statements(table, part.whole_months() if table.by_month else part))
    assert Table(table.name).rows() == rebuilt
