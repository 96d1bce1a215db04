"""A lost source is loud: one event once its promise is over, one at its end, over any number of runs and servers."""

from __future__ import annotations

import json
import time

import psycopg
import pytest

from genims.audit.stream import live_view, source_feed, stream
from genims.core.settings import settings
from genims.core.sources import SOURCES
from genims.operators.audit_stream import HEALTH_KEY
from tests.support.audit.chaos import kill_server
from tests.support.audit.streaming import delivered, last_sequence, rows_after, state, streaming
from tests.support.faults.faults import environment, query, until

SAID = "event_type, severity, object_name, detail"
PROMISE = 2


@pytest.fixture(autouse=True)
def promise(platform, source_rows, monkeypatch):
    with streaming("crm", "hr"):
        delivered(source_rows, ["crm", "hr"], 60)
    monkeypatch.setattr(source_feed, "RETRY_SECONDS", (0.1, 0.2))
    monkeypatch.setattr(stream, "RETRY_SECONDS", (0.1, 0.2))
    with environment(GENIMS_AUDIT_LOST_SECONDS=str(PROMISE)):
        yield


def said_after(source: str, sequence: int) -> list[tuple]:
    return [row for row in rows_after("security_events", SAID, source, sequence) if row[0] != "capture_problem"]


def lost_since(source: str) -> object:
    sql = "SELECT lost_since FROM audit_sequence_manager WHERE source_database = %s"
    return query(sql, (source,), database=settings().mysql_audit_db)[0][0]


def test_all_sources_lost_are_one_event_each_and_its_end_another(platform):
    before = {source: last_sequence(source) for source in SOURCES}
    with environment(POSTGRES_PORT="1"), streaming(*SOURCES):
        for source in SOURCES:
            until(lambda source=source: said_after(source, before[source]))
        time.sleep(2 * PROMISE)
        assert {len(said_after(source, before[source])) for source in SOURCES} == {1}
    with streaming(*SOURCES):
        for source in SOURCES:
            until(lambda source=source: len(said_after(source, before[source])) == 2)
    for source in SOURCES:
        (lost, critical, name, why), (back, info, _, how_long) = said_after(source, before[source])
        assert (lost, critical, name, back, info) == ("source_lost", "critical", source, "source_back", "info")
        assert "Lost since" in why and "lost: " in why and "Followed again, after 0:00:" in how_long
        assert lost_since(source) is None


def test_an_outage_goes_on_over_runs_that_are_shorter_than_the_promise(platform):
    before = last_sequence("crm")
    with environment(POSTGRES_CRM_PORT="1", GENIMS_AUDIT_LOST_SECONDS="6"):
        for _ in range(3):
            with streaming("crm") as run:
                until(lambda run=run: state(run, "crm").startswith("lost: "))
                until(lambda: lost_since("crm"))
                since = lost_since("crm")
                assert said_after("crm", before) == []
        for _ in range(2):
            with streaming("crm"):
                until(lambda: said_after("crm", before))
                time.sleep(1)
                assert lost_since("crm") == since
    assert len(said_after("crm", before)) == 1
    with streaming("crm"):
        until(lambda: len(said_after("crm", before)) == 2)


def test_a_short_outage_is_no_event(platform):
    before = last_sequence("crm")
    with environment(POSTGRES_CRM_PORT="1", GENIMS_AUDIT_LOST_SECONDS="60"), streaming("crm") as run:
        until(lambda: state(run, "crm").startswith("lost: "))
        until(lambda: lost_since("crm"))
    with streaming("crm") as run:
        until(lambda: state(run, "crm") == "streaming")
        until(lambda: lost_since("crm") is None)
    assert said_after("crm", before) == []


def test_a_source_that_says_nothing_is_lost(platform, source_server, monkeypatch):
    monkeypatch.setattr(live_view, "SILENT_SECONDS", 0.5)
    before = last_sequence("crm")
    with streaming("crm") as run:
        until(lambda: state(run, "crm") == "streaming")
        with psycopg.connect(source_server, dbname=SOURCES["crm"]) as session:
            session.execute("LOCK TABLE genims_audit.event IN ACCESS EXCLUSIVE MODE")
            until(lambda: state(run, "crm").startswith("no answer since"))
            assert run.views["crm"].report(1)["waiting"] is None
            until(lambda: said_after("crm", before))
        until(lambda: len(said_after("crm", before)) == 2)
        assert state(run, "crm") == "streaming"
    assert "no answer since" in said_after("crm", before)[0][3]


def test_what_cannot_be_known_is_not_shown_and_mysql_is_missed(stack, source_rows):
    pipeline, before = last_sequence("pipeline"), last_sequence("hr")
    with streaming("hr") as run:
        until(lambda: state(run, "hr") == "streaming")
        until(lambda: run.views["hr"].waiting == 0)
        kill_server(stack, "mysql")
        try:
            hr = source_rows.connect("hr")
            hr.execute("UPDATE employees SET middle_name = 'unseen' WHERE employee_id = 'LAG-1'")
            until(lambda: state(run, "hr").startswith("no MySQL"))
            report = run.views["hr"].report(1)
            assert report["waiting"] is None
            json.dumps({HEALTH_KEY: report})
            time.sleep(2 * PROMISE)
        finally:
            stack.up(only=["mysql"], sample_data=False)
        until(lambda: state(run, "hr") == "streaming", 60)
        until(lambda: [row for row in said_after("pipeline", pipeline) if row[0] == "mysql_lost"])
    assert said_after("hr", before) == []
