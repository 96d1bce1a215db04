"""The parts of the stream that need no server: shards, batches, the live view."""

from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace

import pytest

from genims.audit.events import Cursor
from genims.audit.live_view import SourceView, table
from genims.audit.shards import parse_shards
from genims.audit.source_feed import Batch
from genims.sources import SOURCES


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


def test_halves_of_a_batch_lead_to_the_same_place_without_a_gap():
    captured = [SimpleNamespace(seq=seq) for seq in (3, 5, 8, 9, 11)]
    before, cursor = Cursor("1:1:", cluster_id="c"), Cursor("20:20:", cluster_id="c")
    whole = Batch(None, captured, list("abcde"), "20:20:", before, cursor, datetime.now(), 0.0)
    first, second = whole.halves()
    assert first.events + second.events == list("abcde")
    assert first.before == before and second.cursor == cursor
    assert first.cursor == second.before == Cursor("1:1:", "20:20:", 5, "c")


def test_the_live_view_counts_anew_after_each_report():
    view = SourceView("erp", state="streaming", waiting=3)
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
        "quarantined": 0,
        "last_event_at": "2026-11-24T22:03:21",
    }
    assert "erp" in table([figures]).splitlines()[1]
    assert view.report(10)["events_per_second"] == 0
