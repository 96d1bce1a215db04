"""Logs of the sources: every entry is on record once, every change of it once more, whatever ends a run."""

from __future__ import annotations

import os
import secrets
from datetime import timedelta

import MySQLdb
import pytest
import yaml

from genims.audit.ledger.ledger import Ledger
from genims.core.clock import utc_now
from genims.core.errors import RejectedRows, SourceBusy, SourceContractError
from genims.core.paths import ROOT
from genims.core.settings import settings
from genims.engine.source_contract import columns_read
from tests.integration.reporting.test_cases import comparable, given, shown
from tests.support import tasks
from tests.support.audit.log_runs import LOGS, STEPS, LogRun, findings, of_its_own, open_events, recorded, run
from tests.support.audit.writing import opened
from tests.support.faults.faults import query
from tests.support.servers import administrator

FOLDER = ROOT / "tests" / "cases" / "audit" / "logs"
CASES = [
    pytest.param(path.stem, case, id=f"{path.stem}: {case['case']}")
    for path in sorted(FOLDER.glob("*.yaml"))
    for case in yaml.load(path.read_text(), Loader=yaml.CSafeLoader)  # ten times faster
]
# These two read MySQL, so their tests are below.
FRESHNESS = "sla_freshness"
SERVER_LOGINS = "mysql_logins"
LEAVE = "hr.leave_requests"


def test_every_log_has_a_case():
    assert {path.stem for path in FOLDER.glob("*.yaml")} | {FRESHNESS, SERVER_LOGINS} == set(LOGS)


@pytest.mark.parametrize(("name", "case"), CASES)
def test_case(name, case, platform, source_rows, reporting):
    log = of_its_own(name)
    empty(log, source_rows)
    given(case["given"], source_rows, reporting)
    after = 0
    for step in [case, *case.get("then", [])]:
        for database, statement in step.get("change", {}).items():
            source_rows.connect(database).execute(statement)
        expected = step["expect"]
        # The times of a case are years ago: an hourly run sees a part of its changes, and a full one the rest.
        assert run(log) + run(log, full=True) == len(expected)
        found = recorded(log, after)
        after += len(found)
        assert shown(found, expected) == comparable(expected)
    assert run(log) == 0
    assert {entry["user"] for entry in recorded(log)} == {"tests"}
    assert findings(log) == []


def empty(log, source_rows) -> None:
    source_rows.empty((column.database, column.table) for column in columns_read(log.sql))


@pytest.fixture
def leave(platform, source_rows):
    """A log of twelve requests for leave and no other entry."""
    log = of_its_own("approvals")
    empty(log, source_rows)
    rows = [{"request_id": f"L{number:02d}", "employee_id": "EVE"} for number in range(12)]
    source_rows.insert("hr", "leave_requests", rows)
    return log


def keys(log) -> list[str]:
    return sorted(entry["entry_key"] for entry in recorded(log))


ALL = [f"{LEAVE}/L{number:02d}" for number in range(12)]


@pytest.mark.parametrize("step", STEPS)
def test_kill_9(leave, step):
    killed = LogRun(leave, step, batch=5)
    assert killed.answer() == "stopped"
    killed.kill()
    there = keys(leave)
    assert len(there) == {"recording": 0, "recording on": 5, "committing": 5, "sealing": 12}[step]
    assert findings(leave) == []

    assert run(leave) == 12 - len(there)
    assert keys(leave) == ALL
    assert open_events(leave) == 0
    assert findings(leave) == []


def test_two_at_once(leave):
    runs = [LogRun(leave, batch=1), LogRun(leave, batch=1)]
    assert sorted(run.answer() for run in runs) == [0, 12]
    assert keys(leave) == ALL
    assert findings(leave) == []


def test_a_second_copy_that_waits_too_long_is_tried_again(leave, monkeypatch):
    monkeypatch.setattr(Ledger.open.__func__, "__defaults__", (utc_now, 0.1))
    with opened(leave.name), pytest.raises(SourceBusy, match="another writer has held its ledger"):
        run(leave)


def test_entries_that_do_not_fit_are_named_and_none_is_recorded(leave, source_rows):
    source_rows.connect("hr").execute("ALTER TABLE leave_requests ALTER employee_id TYPE text")
    try:
        source_rows.connect("hr").execute(
            "UPDATE leave_requests SET employee_id = repeat('x', 256) WHERE request_id = 'L03'"
        )
        with pytest.raises(RejectedRows, match=r"requested_by is longer than 255 characters.*entry_key=.*L03"):
            run(leave)
    finally:
        source_rows.connect("hr").execute("DELETE FROM leave_requests")
        source_rows.connect("hr").execute("ALTER TABLE leave_requests ALTER employee_id TYPE varchar(50)")
    assert recorded(leave) == []


def test_a_source_that_lost_a_column_is_named(leave, source_rows):
    source_rows.connect("hr").execute("ALTER TABLE leave_requests RENAME total_days TO days")
    try:
        with pytest.raises(SourceContractError, match="table leave_requests, column total_days: expected"):
            run(leave)
    finally:
        source_rows.connect("hr").execute("ALTER TABLE leave_requests RENAME days TO total_days")


def test_the_task_of_a_log(platform, source_rows):
    log = LOGS["supplier_ratings"]
    empty(log, source_rows)
    # A new key in each session of tests: what an earlier one recorded in this ledger stays on the server.
    key = secrets.token_hex(4)
    source_rows.insert("supplier", "supplier_rating_history", [{"history_id": key, "supplier_id": "S1"}])
    assert tasks.run("audit_logs", log.name) == 1
    assert tasks.run("audit_logs", log.name) == 0
    [user] = [entry["user"] for entry in recorded(log) if entry["entry_key"].endswith(f"/{key}")]
    assert user == "audit_logs"


LOADED = """
INSERT INTO audit_etl_sync_log
    (audit_timestamp, dag_id, run_id, table_name, action, try_number, window_start, window_end, started_at, rows_read,
     rows_loaded, rows_rejected, checks, seconds, status)
VALUES (%s, 'tests', 'tests', %s, 'load', 1, '2026-01-01', '2026-01-01', %s, 0, 0, 0, '[]', 1, 'success')
"""


def test_freshness_of_reporting_tables(platform):
    """Two days ago in time, yesterday once late, today without any load."""
    log = of_its_own(FRESHNESS)
    table = f"tests_{log.name}"
    today = utc_now().replace(hour=0, minute=0, second=0, microsecond=0)
    first = today - timedelta(days=2)
    minutes = [*range(0, 2880 - 300, 100), 2879]
    with administrator(settings().mysql_audit_db) as connection, connection.cursor() as cursor:
        for moment in (first + timedelta(minutes=number) for number in minutes):
            cursor.execute(LOADED, (moment, table, moment))
    run(log)
    assert run(log) == 0
    found = {entry["subject_id"]: entry for entry in recorded(log) if entry["subject_id"].startswith(f"{table}/")}
    days = [f"{table}/{first + timedelta(days=number):%Y-%m-%d}" for number in range(3)]
    assert list(found) == days
    assert [found[day]["status"] for day in days[:2]] == ["met", "breached"]
    assert [found[day]["actual"] for day in days] == [100, 379, None]
    # Two hours after the last load, which was a minute before midnight.
    assert found[days[2]]["status"] == ("breached" if utc_now() - today > timedelta(minutes=119) else "open")
    assert findings(log) == []


def test_sign_ins_to_mysql(platform):
    log = of_its_own(SERVER_LOGINS)
    query(f"CREATE USER {log.name}")

    def signed_in(times: int) -> list[int]:
        for _ in range(times):
            MySQLdb.connect(
                host=os.environ["MYSQL_AUDIT_HOST"],
                port=int(os.environ["MYSQL_AUDIT_PORT"]),
                user=log.name,
                ssl_mode="VERIFY_IDENTITY",
                ssl={"ca": os.environ["MYSQL_SSL_CA"]},
            ).close()
        run(log)
        entries = recorded(log)
        assert {entry["user_name"] for entry in entries}.isdisjoint(
            {settings().mysql_audit_user, settings().mysql_reporting_user}
        )
        return [entry["login_count"] for entry in entries if entry["user_name"] == log.name]

    assert signed_in(2) == [2]
    assert signed_in(0) == [2]
    assert signed_in(1) == [2, 3]
    query(f"DROP USER {log.name}")
    assert findings(log) == []
