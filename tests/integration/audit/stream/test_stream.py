"""The stream on real servers: right tables, right order, each event once, in spite of kills and lost servers."""

from __future__ import annotations

import json
import threading
import time
from contextlib import closing
from datetime import UTC, datetime
from types import SimpleNamespace

import psycopg
import pytest

from genims.audit.evidence.verify import verify
from genims.audit.stream.outbox import Outbox
from genims.audit.stream.source_feed import BATCHES_UNDER_WAY
from genims.core.settings import settings
from genims.core.sources import SOURCES
from genims.operators import audit_stream
from genims.operators.audit_stream import AuditStreamOperator
from tests.support.audit import chaos as audit_chaos
from tests.support.audit.chaos import Plan
from tests.support.audit.streaming import (
    delivered,
    events_after,
    last_sequence,
    rows_after,
    seconds_until,
    state,
    streaming,
)
from tests.support.faults.faults import environment, query, root, until
from tests.support.source_rows import SourceRows

WHO = "SET app.user_id = 'U-7'; SET app.reason = 'price round'"
DOMAIN = "operation, row_key, changed_columns, old_values, new_values, changed_by, reason"


@pytest.fixture
def erp(platform, source_rows: SourceRows, source_server: str):
    """A session of the owner in the source database ``erp``, its outbox delivered, and a material in it."""
    with streaming("erp") as stream:
        until(lambda: state(stream, "erp") == "streaming")
        delivered(source_rows, ["erp"])
        source_rows.connect("erp").execute("DELETE FROM materials WHERE material_id LIKE 'STREAM-%'")
        source_rows.connect("erp").execute("DELETE FROM cost_centers WHERE cost_center_id LIKE 'STREAM-%'")
        source_rows.insert("erp", "materials", [material("STREAM-1")])
        delivered(source_rows, ["erp"])
    with psycopg.connect(source_server, dbname=SOURCES["erp"], autocommit=True) as session:
        yield session


def material(key: str) -> dict:
    return {"material_id": key, "material_code": key, "material_name": 'Steel "S", 5 mm', "standard_cost": "10.5000"}


def test_every_kind_of_change_goes_to_its_tables(erp, source_rows):
    before = last_sequence("erp")
    erp.execute(WHO)
    erp.execute("UPDATE materials SET standard_cost = 12, material_name = 'Steel' WHERE material_id = 'STREAM-1'")
    erp.execute("DELETE FROM materials WHERE material_id = 'STREAM-1'")
    erp.execute("CREATE TABLE IF NOT EXISTS stream_ddl (id integer)")
    erp.execute("GRANT SELECT ON stream_ddl TO genims_reader")
    erp.execute("DROP TABLE stream_ddl")
    erp.execute(
        "INSERT INTO cost_centers (cost_center_id, cost_center_code, cost_center_name) SELECT "
        "'STREAM-' || n, 'STREAM-' || n, 'many' FROM generate_series(1, 1000) AS n"
    )
    erp.execute("TRUNCATE bom_components")
    with streaming("erp"):
        delivered(source_rows, ["erp"])

    events = events_after("erp", before)
    assert [event["operation"] for event in events if event["table_name"] != "cost_centers"] == [
        "UPDATE", "DELETE", "SCHEMA", "PERMISSION", "SCHEMA", "TRUNCATE",
    ]  # fmt: skip
    update, delete = events[:2]
    assert (update["row_key"], update["app_user"], update["reason"]) == ("STREAM-1", "U-7", "price round")
    assert update["before_values"]["material_name"] == 'Steel "S", 5 mm'
    assert update["after_values"]["standard_cost"] == "12.0000"
    assert list(update["after_values"])[:2] == ["material_id", "material_code"]
    assert delete["after_values"] is None
    assert rows_after("data_change_audit", "part, column_name, old_value, new_value", "erp", before) == [
        (1, "material_name", 'Steel "S", 5 mm', "Steel"),
        (2, "standard_cost", "10.5000", "12.0000"),
    ]
    [changed, deleted, _] = rows_after("master_data_changes", DOMAIN, "erp", before)
    assert changed[:3] == ("UPDATE", "STREAM-1", "material_name,standard_cost")
    assert json.loads(changed[3]) == {"material_name": 'Steel "S", 5 mm', "standard_cost": "10.5000"}
    assert changed[5:] == ("U-7", "price round")
    assert deleted[:2] == ("DELETE", "STREAM-1")
    prices = rows_after("price_cost_changes", "operation, column_name, old_price, new_price", "erp", before)
    assert [(operation, name, old and float(old), new and float(new)) for operation, name, old, new in prices] == [
        ("UPDATE", "standard_cost", 10.5, 12.0),
        ("DELETE", "standard_cost", 12.0, None),
    ]
    assert [row[0] for row in rows_after("database_changes", "command", "erp", before)] == [
        "CREATE TABLE",
        "DROP TABLE",
    ]
    assert rows_after("permission_changes", "command, changed_by", "erp", before) == [("GRANT", "U-7")]
    assert rows_after("bulk_operation_audit", "operation, table_name, row_count", "erp", before) == [
        ("INSERT", "cost_centers", 1000),
        ("TRUNCATE", "bom_components", 0),
    ]
    assert len(rows_after("financial_data_changes", "row_key", "erp", before)) == 1000


def test_an_open_transaction_holds_up_nobody_and_arrives_in_the_end(erp, source_rows, source_server):
    before = last_sequence("erp")
    change = "UPDATE materials SET material_name = %s WHERE material_id = %s"
    source_rows.insert("erp", "materials", [material("STREAM-2")])
    with (
        streaming("erp"),
        psycopg.connect(source_server, dbname=SOURCES["operations"]) as elsewhere,
        psycopg.connect(source_server, dbname=SOURCES["erp"]) as late,
    ):
        elsewhere.execute("SELECT pg_current_xact_id()")
        late.execute(change, ("late", "STREAM-2"))
        for number in range(20):
            seen = last_sequence("erp")
            erp.execute(change, (f"change {number}", "STREAM-1"))
            assert seconds_until(lambda seen=seen: last_sequence("erp") > seen) < 2
        late.commit()
        erp.execute(change, ("after it", "STREAM-2"))
        delivered(source_rows, ["erp"])
    names = [(event["row_key"], event["after_values"]["material_name"]) for event in events_after("erp", before)]
    assert [name for key, name in names if key == "STREAM-1"] == [f"change {number}" for number in range(20)]
    assert [name for key, name in names if key == "STREAM-2"][1:] == ["late", "after it"]


def test_a_poison_event_is_kept_and_all_others_flow_on(erp, source_rows):
    before = last_sequence("erp")
    rename = "UPDATE materials SET material_name = %s WHERE material_id = 'STREAM-1'"
    version = erp.execute("SELECT max(version_id) FROM genims_audit.table_version WHERE table_name = 'materials'")
    poison = "INSERT INTO genims_audit.event (version_id, table_name, op, row_count, after) VALUES (%s, %s, 'I', 1, %s)"
    erp.execute(rename, ("first",))
    erp.execute(poison, (version.fetchone()[0], "materials", ["(too,few)"]))
    erp.execute(poison, (999_999, "materials", ["(of,no,version)"]))
    erp.execute("SELECT set_config('app.user_id', repeat('x', 300), false)")
    erp.execute(rename, ("too long a user",))
    erp.execute("SET app.user_id = 'U-7'")
    erp.execute(rename, ("last",))
    with streaming("erp") as stream:
        delivered(source_rows, ["erp"])
        quarantined = stream.views["erp"].quarantined

    events = events_after("erp", before)
    assert [event["operation"] for event in events] == ["UPDATE", *["QUARANTINE"] * 2, "UPDATE", "UPDATE"]
    assert quarantined == 2
    assert events[1]["after_values"]["event"]["after"] == "(too,few)"
    assert "columns" in events[1]["after_values"]["why"]
    assert "999999" in events[2]["after_values"]["why"]
    assert events[3]["app_user"] == "x" * 255  # cut off by the capture
    alerts = rows_after("security_events", "event_type, severity, object_name", "erp", before)
    assert alerts == [("event_quarantined", "critical", "erp.materials")] * 2


def test_what_a_crash_left_in_the_outbox_is_delivered_once(erp, source_rows):
    """A kill before the clearing leaves an event behind; a crash of the source gives numbers out again."""
    before = last_sequence("erp")
    erp.execute("UPDATE materials SET material_name = 'once' WHERE material_id = 'STREAM-1'")
    columns = "seq, xid, at, version_id, table_name, op, row_count, before, after"
    [row] = erp.execute(f"SELECT {columns} FROM genims_audit.event").fetchall()
    with streaming("erp"):
        delivered(source_rows, ["erp"])
    put = f"INSERT INTO genims_audit.event ({columns}) OVERRIDING SYSTEM VALUE VALUES ({', '.join(['%s'] * 9)})"
    erp.execute(put, row)
    erp.execute(put, (erp.execute("SELECT nextval('genims_audit.event_seq_seq')").fetchone()[0], *row[1:]))
    with streaming("erp"):
        delivered(source_rows, ["erp"])
    assert [event["after_values"]["material_name"] for event in events_after("erp", before)] == ["once", "once"]


def test_one_source_that_is_down_or_of_another_cluster_stops_no_other(erp, source_rows):
    audit = settings().mysql_audit_db
    moved = "UPDATE audit_sequence_manager SET cluster_id = %s WHERE source_database = 'hr'"
    with streaming("hr"):
        until(lambda: query("SELECT fence FROM audit_sequence_manager WHERE source_database = 'hr'", database=audit))
    [(cluster,)] = query("SELECT cluster_id FROM audit_sequence_manager WHERE source_database = 'hr'", database=audit)
    query(moved, ("4711",), database=audit)
    try:
        with environment(POSTGRES_CRM_PORT="1"), streaming("crm", "hr", "erp") as stream:
            before = last_sequence("erp")
            erp.execute("UPDATE materials SET material_name = 'flows' WHERE material_id = 'STREAM-1'")
            until(lambda: last_sequence("erp") == before + 1)
            until(lambda: state(stream, "hr").startswith("failed: "))
            assert "belongs to the PostgreSQL cluster 4711" in state(stream, "hr")
            assert state(stream, "crm").startswith("lost: ")
            assert state(stream, "erp") == "streaming"
    finally:
        query(moved, (cluster,), database=audit)


def test_a_source_whose_sessions_are_ended_is_followed_again(erp, source_rows):
    """As by a restart of its server, and more often than batches may be under way."""
    end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'genims_audit_sync'"
    with streaming("erp") as stream:
        for time_ended in range(2 * BATCHES_UNDER_WAY):
            until(lambda: state(stream, "erp") == "streaming")
            before = last_sequence("erp")
            erp.execute("UPDATE materials SET material_name = %s WHERE material_id = 'STREAM-1'", (str(time_ended),))
            until(lambda before=before: last_sequence("erp") == before + 1)
            assert erp.execute(f"SELECT bool_and(ended) FROM ({end}) AS e (ended)").fetchone() == (True,)
            until(lambda: state(stream, "erp").startswith("lost: "))


def test_a_source_is_not_asked_for_more_than_mysql_takes(erp, monkeypatch):
    asked = []
    read = Outbox.read
    monkeypatch.setattr(Outbox, "read", lambda outbox, *call: asked.append(call) or read(outbox, *call))
    change = "UPDATE materials SET material_name = material_name || '+' WHERE material_id = 'STREAM-1'"
    with streaming("erp") as stream, closing(root()) as busy:
        until(lambda: state(stream, "erp") == "streaming")
        before = last_sequence("erp")
        busy.select_db(settings().mysql_audit_db)
        busy.cursor().execute("LOCK TABLES data_change_audit READ")
        erp.execute(change)
        time.sleep(0.5)
        asked.clear()
        erp.execute(change)
        time.sleep(0.5)
        assert asked == []
        busy.cursor().execute("UNLOCK TABLES")
        until(lambda: last_sequence("erp") == before + 2)


def test_a_source_without_capture_is_shown_and_skipped(erp, source_rows, source_server):
    with psycopg.connect(source_server, dbname="postgres", autocommit=True) as server:
        server.execute("DROP DATABASE IF EXISTS without_capture")
        server.execute("CREATE DATABASE without_capture")
        with environment(POSTGRES_OPERATIONS_DB="without_capture"), streaming("operations", "erp") as stream:
            until(lambda: state(stream, "operations").startswith("not captured"))
            until(lambda: state(stream, "erp") == "streaming")
        server.execute("DROP DATABASE without_capture WITH (FORCE)")


def test_a_second_copy_waits_until_the_first_one_lets_go(erp, source_rows):
    with streaming("erp") as first:
        until(lambda: state(first, "erp") == "streaming")
        with streaming("erp") as second:
            until(lambda: state(second, "erp") == "another writer streams it")
            first.stop()
            assert seconds_until(lambda: state(second, "erp") == "streaming") < 3
            before = last_sequence("erp")
            erp.execute("UPDATE materials SET material_name = 'handed over' WHERE material_id = 'STREAM-1'")
            until(lambda: last_sequence("erp") == before + 1)


class Task:
    """The operator's task, running in a thread as Airflow's worker runs it."""

    def __init__(self, *sources: str):
        self.health = []
        self.operator = AuditStreamOperator(task_id="stream", sources=list(sources))
        pushes = SimpleNamespace(xcom_push=lambda key, value: self.health.append((key, value)))
        self.thread = threading.Thread(target=self.operator.execute, args=({"ti": pushes},))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.operator.on_kill()
        self.thread.join(10)


def test_a_killed_task_leaves_within_a_second(erp):
    with Task("erp") as task:
        time.sleep(1)
        began = time.monotonic()
        task.operator.on_kill()
        task.thread.join(10)
    assert time.monotonic() - began < 1.5


def test_a_run_reports_its_figures_and_ends_by_itself(erp, monkeypatch):
    monkeypatch.setattr(audit_stream, "settings", lambda: SimpleNamespace(genims_audit_run_minutes=2 / 60))
    erp.execute("UPDATE materials SET material_name = 'seen' WHERE material_id = 'STREAM-1'")
    with Task("erp") as task:
        task.thread.join(10)
        assert not task.thread.is_alive()
    [(key, [figures]), (anchors_key, anchors)] = task.health
    assert (key, anchors_key, anchors["state"]) == ("health", "anchors", "starting")
    assert figures["source"] == "erp" and figures["state"] == "streaming" and figures["quarantined"] == 0
    assert figures["events_per_second"] > 0 and figures["worst_lag_ms"] > 0
    json.dumps(figures)


def test_chaos_loses_and_doubles_nothing(platform, stack, source_rows):
    plan = Plan(events=20_000, rate=40, kills=10, mysql_restarts=1, postgres_restarts=1, second_copies=1)
    outcome = audit_chaos.run(stack, plan)
    source_rows.close()  # PostgreSQL has been restarted
    assert outcome.faults == []
    assert (outcome.lost, outcome.doubled, outcome.misplaced) == (0, 0, 0)
    assert outcome.delivered == outcome.written >= plan.events
    assert outcome.done.total() == 13
    today = datetime.now(UTC).date()
    with environment(AZURE_STORAGE_CONNECTION_STRING=""):
        report = verify(today, today)
    assert report.state == "not proven", str(report)  # nothing deviates, and there are no anchors
