"""MySQL away before, during and after a load: the table holds its old or its new rows, and the next load repairs it."""

from __future__ import annotations

import os
import signal
import time
from contextlib import closing

import MySQLdb
import pytest

from genims.core.errors import ConnectionLost, TableBusy
from genims.engine import mysql_target
from genims.hooks import mysql
from tests.support.faults.faults import (
    REBUILD_STEPS,
    WINDOW_STEPS,
    at,
    kill_sessions,
    refused,
    root,
    staged_tables,
    until,
)

pytest_plugins = ["tests.support.faults.fixtures"]


@pytest.mark.parametrize("step", WINDOW_STEPS)
def test_a_connection_lost_in_a_window_load(scratch, step):
    scratch.change("as it shall be")
    with (
        refused(scratch, ConnectionLost, "fault_rows", "127.0.0.1", "was lost", "clear this task", retried=True),
        at(step, kill_sessions),
    ):
        scratch.load()
    scratch.load()
    assert {row[2] for row in scratch.rows()} == {"as it shall be"}


@pytest.mark.parametrize("step", REBUILD_STEPS)
def test_a_connection_lost_in_a_rebuild(scratch, step):
    before = scratch.rows()
    scratch.change("as it shall be")
    with pytest.raises(ConnectionLost, match=r"fault_rows.* was lost"), at(step, kill_sessions):
        scratch.load(rebuild=True)
    published = {row[2] for row in scratch.rows()}
    assert published == {"as it shall be" if step == "dropping the old table" else "as it was"}
    assert len(scratch.rows()) == len(before)
    assert scratch.logged().status == "failed"
    # Any next load tidies up, be it a rebuild or not.
    scratch.load()
    assert {row[2] for row in scratch.rows()} == {"as it shall be"}
    assert staged_tables() == []


def kill_mysql(stack) -> None:
    """End the server as a power cut does."""
    [process] = [service.pid for service in stack.status() if service.service == "mysql"]
    os.kill(process, signal.SIGKILL)
    until(lambda: not any(service.pid for service in stack.status() if service.service == "mysql"))


def start_mysql(stack) -> None:
    stack.up(only=["mysql"], sample_data=False)


def test_a_server_that_dies_during_a_load_and_is_away_before_the_next(scratch, stack, caplog):
    before = scratch.rows()
    scratch.change("as it shall be")
    try:
        with pytest.raises(ConnectionLost, match="fault_rows"), at("committing", lambda: kill_mysql(stack)):
            scratch.load()
        # That the run log is out of reach too hides nothing.
        assert "missing from audit_etl_sync_log" in caplog.text
        with pytest.raises(MySQLdb.OperationalError, match=r"127\.0\.0\.1"):
            scratch.load()
    finally:
        start_mysql(stack)
    assert scratch.logged() is None
    assert scratch.rows() == before
    scratch.load()
    assert {row[2] for row in scratch.rows()} == {"as it shall be"}


def test_a_server_that_dies_after_a_load(scratch, stack):
    """What was published stays; the task fails because its run log is incomplete, and its retry completes it."""
    scratch.change("as it shall be")
    try:
        with pytest.raises(MySQLdb.OperationalError), at("recording", lambda: kill_mysql(stack)):
            scratch.load()
    finally:
        start_mysql(stack)
    published = scratch.rows()
    assert {row[2] for row in published} == {"as it shall be"}
    assert scratch.logged() is None
    scratch.load()
    assert scratch.rows() == published
    assert scratch.logged().status == "success"


def test_a_commit_whose_answer_is_lost(scratch, monkeypatch):
    """The server has committed, the client hears of an error: the task fails, and its retry changes nothing."""
    publish = mysql_target.MySqlTarget.publish

    def publish_unheard(*arguments) -> None:
        publish(*arguments)
        raise MySQLdb.OperationalError(2013, "Lost connection to server during query")

    scratch.change("as it shall be")
    monkeypatch.setattr(mysql_target.MySqlTarget, "publish", publish_unheard)
    with pytest.raises(ConnectionLost, match="as before or as published, never half"):
        scratch.load()
    monkeypatch.undo()
    published = scratch.rows()
    assert {row[2] for row in published} == {"as it shall be"}
    assert scratch.logged().status == "failed"
    scratch.load()
    assert scratch.rows() == published


def test_a_table_that_another_run_holds(scratch, monkeypatch):
    monkeypatch.setattr(mysql_target, "LOCK_SECONDS", 1)
    with closing(root()) as other, other.cursor() as cursor:
        cursor.execute("SELECT GET_LOCK('genims.fault_rows', 0), connection_id()")
        holder = f"MySQL connection {cursor.fetchone()[1]}"
        with refused(scratch, TableBusy, "fault_rows: another run", "1 s", holder, "clear this one", retried=True):
            scratch.load()
    scratch.load()


def test_a_server_that_stops_answering(scratch, monkeypatch):
    """The lock of the table is waited for longer than an answer may take."""
    assert mysql.ANSWER_SECONDS > mysql_target.LOCK_SECONDS
    monkeypatch.setattr(mysql, "ANSWER_SECONDS", 1)
    with closing(root()) as other, other.cursor() as cursor:
        cursor.execute("SELECT GET_LOCK('genims.fault_rows', 0)")
        with refused(scratch, ConnectionLost, "fault_rows", "was lost", retried=True):
            scratch.load()
    monkeypatch.undo()
    scratch.load()


def test_a_reader_that_never_ends_its_transaction(scratch, monkeypatch):
    """A swap waits for such a reader, and all other readers wait behind the swap: so it gives up soon."""
    monkeypatch.setattr(mysql, "LOCK_WAIT_SECONDS", 1)
    before = scratch.rows()
    scratch.change("as it shall be")
    with closing(root()) as reader, reader.cursor() as cursor:
        reader.autocommit(False)
        cursor.execute("SELECT * FROM fault_tests_db.fault_rows")
        scratch.load()  # a window is published beside the reader
        window = scratch.rows()
        assert window != before
        began = time.monotonic()
        with refused(scratch, MySQLdb.OperationalError, "Lock wait timeout exceeded", retried=True):
            scratch.load(rebuild=True)
        assert time.monotonic() - began < 15
        assert scratch.rows() == window
    scratch.load(rebuild=True)
    assert scratch.rows() == window
    assert staged_tables() == []
