"""The stream watches capture: every way round it becomes one security event within a cycle."""

import psycopg
import pytest

from genims.audit.capture.install import install
from genims.audit.capture.problems import problems
from genims.audit.stream import capture_watch, cross_check
from genims.core.settings import settings
from genims.core.sources import SOURCES
from tests.support.audit.streaming import last_sequence, rows_after, state, streaming
from tests.support.faults.faults import query, until

SEEN = "event_type, severity, object_name, detail"
FORGET = "UPDATE audit_sequence_manager SET cluster_id = NULL WHERE source_database = %s"
# Statements of somebody who may do anything, and the problem that is on record for them.
ROUND_IT = {
    "ALTER TABLE cost_centers DISABLE TRIGGER genims_audit_insert":
        "trigger genims_audit_insert on public.cost_centers is disabled",
    "DELETE FROM genims_audit.captured_relation WHERE relation = 'bom_components'::regclass":
        "table public.bom_components is listed and not captured",
    "CREATE OR REPLACE FUNCTION genims_audit.note_drop() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'":
        "function genims_audit.note_drop is not that of this release",
    "ALTER ROLE genims_watch_test SET session_replication_role = replica":
        "triggers are switched off by session_replication_role=replica, set for role genims_watch_test in database any",
    "BEGIN; UPDATE materials SET material_name = 'unseen' WHERE material_id = 'WATCH-1';"
    "DELETE FROM genims_audit.event WHERE xid = pg_current_xact_id(); COMMIT; SELECT pg_stat_force_next_flush()":
        "table materials: 1 changes or more were made and not captured",
}  # fmt: skip


@pytest.fixture
def erp(platform, source_rows, source_server, monkeypatch):
    """A session of the server's owner in the source ``erp``, where nobody is told of schema changes."""
    for module, name, seconds in (
        (capture_watch, "FIRST_CHECK_SECONDS", 0.1), (capture_watch, "CHECK_SECONDS", 0.3),
        (cross_check, "LOOK_SECONDS", 0.05), (cross_check, "IDLE_SECONDS", 0.1), (cross_check, "ROUND_SECONDS", 0.3),
    ):  # fmt: skip
        monkeypatch.setattr(module, name, seconds)
    source_rows.insert("erp", "materials", [{"material_id": "WATCH-1", "material_code": "W", "material_name": "seen"}])
    with psycopg.connect(source_server, dbname=SOURCES["erp"], autocommit=True) as session:
        session.execute("CREATE ROLE genims_watch_test")
        session.execute("ALTER EVENT TRIGGER genims_audit_ddl DISABLE")
        yield session
        session.execute("DROP ROLE genims_watch_test; DELETE FROM materials WHERE material_id = 'WATCH-1'")
    install("erp")
    assert problems("erp") == []


def test_whatever_goes_round_capture_is_one_security_event(erp):
    begun = last_sequence("erp")
    with streaming("erp") as stream:
        until(lambda: state(stream, "erp") == "streaming")
        until(lambda: "event trigger genims_audit_ddl is disabled" in problems_after(begun))
        before = last_sequence("erp")
        for statement, problem in ROUND_IT.items():
            erp.execute(statement)
            until(lambda problem=problem: problem in problems_after(before))
        erp.execute("SELECT pg_sleep(1)")
        assert sorted(problems_after(before)) == sorted(ROUND_IT.values())
        rows = rows_after("security_events", SEEN, "erp", before)
        assert {row[:3] for row in rows} == {("capture_problem", "critical", "erp")}


def test_a_listed_source_without_capture_is_on_record_though_it_never_had_any(platform, erp):
    begun = last_sequence("erp")
    erp.execute("ALTER SCHEMA genims_audit RENAME TO genims_hidden")
    try:
        query(FORGET, ("erp",), database=settings().mysql_audit_db)
        with streaming("erp"):
            until(lambda: "change capture is not installed" in problems_after(begun))
    finally:
        erp.execute("ALTER SCHEMA genims_hidden RENAME TO genims_audit")


def problems_after(sequence: int) -> list[str]:
    return [detail for (detail,) in rows_after("security_events", "detail", "erp", sequence)]
