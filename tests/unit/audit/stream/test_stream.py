"""The parts of the stream that need no server: shards, batches, the live view."""

from __future__ import annotations

import itertools
import sys
from datetime import datetime, timedelta
from threading import Thread
from types import SimpleNamespace

import pytest

from genims.audit.stream import live_view
from genims.audit.stream.live_view import SourceView, table
from genims.core.sources import SOURCES, parse_shards
from genims.operators import audit_stream


def test_every_source_has_one_task():
    assert parse_shards("") == [list(SOURCES)]
    first, second, rest = parse_shards("erp; crm, service;")
    assert (first, second) == (["erp"], ["crm", "service"])
    assert sorted(first + second + rest) == sorted(SOURCES)
    assert parse_shards(",".join(SOURCES)) == [list(SOURCES)]


@pytest.mark.parametrize("text", ["payroll", "erp;erp", "erp,erp", "erp,,crm"])
def test_a_shard_that_makes_no_sense_is_refused(text):
    with pytest.raises(ValueError, match="source"):
        parse_shards(text)


@pytest.mark.parametrize("moment", range(20))
def test_a_kill_ends_it_whatever_line_it_interrupts(monkeypatch, moment):
    monkeypatch.setattr(audit_stream, "LOOK_SECONDS", 0.001)
    operator = audit_stream.AuditStreamOperator(task_id="stream", sources=["erp"])
    lines = itertools.count()

    def kill_at_the_moment(*_):
        if next(lines) == moment:
            operator.on_kill()
        return kill_at_the_moment

    def go_on():
        sys.settrace(kill_at_the_moment)
        while operator._goes_on(SimpleNamespace(is_alive=lambda: True)):
            pass

    task = Thread(target=go_on, daemon=True)
    task.start()
    task.join(5)
    assert not task.is_alive()


def test_the_live_view_counts_anew_after_each_report():
    view = SourceView("erp", state="streaming")
    view.counted(3)
    counted_at = view.counted_at
    at = datetime(2026, 11, 24, 22, 3, 21)
    view.delivered(100, 300, timedelta(milliseconds=20), at)
    view.delivered(20, 60, timedelta(milliseconds=40), at)
    figures = view.report(10)
    assert figures == {
        "source": "erp",
        "state": "streaming",
        "events_per_second": 12.0,
        "rows_per_second": 36.0,
        "lag_ms": 30,
        "worst_lag_ms": 40,
        "waiting": 3,
        "waiting_as_of": counted_at.isoformat(),
        "lost_since": None,
        "quarantined": 0,
        "last_event_at": "2026-11-24T22:03:21",
    }
    header, line = table([figures]).splitlines()
    assert line.split() == ["erp", "12.0", "36.0", "30", "40", "3", "0", "2026-11-24T22:03:21", "streaming"]
    assert line.index("streaming") == header.index("state")
    view.quarantined += 1
    silent = view.report(10)
    assert (silent["events_per_second"], silent["lag_ms"], silent["worst_lag_ms"]) == (0, None, None)
    assert view.report(10)["quarantined"] == 1
    assert table([silent]).splitlines()[1].split()[3:7] == ["-", "-", "3", "1"]


def test_a_number_of_waiting_events_is_shown_only_while_it_is_known():
    view = SourceView("erp")
    assert view.report(1)["waiting"] is None
    view.counted(3)
    view.lost("lost: no\n answer")
    lost = view.report(1)
    assert (lost["state"], lost["waiting"], lost["waiting_as_of"]) == (
        "lost: no answer",
        None,
        view.counted_at.isoformat(),
    )
    assert lost["lost_since"] == view.lost_since.isoformat()
    assert f"? since {view.counted_at:%H:%M:%S}" in table([lost])
    began = view.lost_since
    view.lost("lost: again")
    assert view.lost_since == began
    view.followed("streaming")
    view.counted(0)
    assert (view.lost_since, view.report(1)["waiting"]) == (None, 0)
    view.counted_at -= timedelta(seconds=live_view.COUNT_SECONDS + 1)
    assert view.report(1)["waiting"] is None
