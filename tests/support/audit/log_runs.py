"""Runs of logs of the sources: here, and in processes of their own that can be killed."""

from __future__ import annotations

import logging
import os
import time
from dataclasses import replace

from genims.audit.evidence.report import Outcome
from genims.audit.evidence.verification import Proof, verify_day
from genims.audit.ledger import draft, ledger
from genims.audit.logs import sync
from genims.audit.logs.source_log import SourceLog, source_logs
from genims.core.clock import utc_now
from genims.core.settings import settings
from tests.support.audit.writing import new_source
from tests.support.faults.faults import PROCESSES
from tests.support.servers import administrator, use

LOGS = {log.name: log for log in source_logs()}
USER = "tests"
# The steps of a run, by the function that begins them and at which of its calls.
STEPS = {
    "recording": (ledger.Ledger, "append", 1),
    "recording on": (ledger.Ledger, "append", 2),
    # In the second transaction, after the rows of its first table.
    "committing": (ledger, "insert_lines", 4),
    "sealing": (ledger.Ledger, "append", 4),
}


def of_its_own(name: str) -> SourceLog:
    """A log with a ledger that no other test writes, because records cannot be deleted."""
    return replace(LOGS[name], name=new_source())


def run(log: SourceLog, *, full: bool = False) -> int:
    """Record what is new or has changed, as an hourly or a weekly run; returns the number of entries recorded."""
    return sync.sync_log(log, log.sql, USER, full=full)


def recorded(log: SourceLog, after: int = 0) -> list[dict]:
    """The entries on record whose number is above ``after``, in order."""
    names = [column.name for column in log.value_columns]
    with administrator(settings().mysql_audit_db) as connection, connection.cursor() as cursor:
        cursor.execute(
            f"SELECT e.row_key, e.audit_timestamp, e.session_user_name, {', '.join(f't.{name}' for name in names)} "
            "FROM system_audit_log AS e "
            f"JOIN {log.table} AS t USING (source_database, audit_sequence, audit_timestamp) "
            "WHERE e.source_database = %s AND e.audit_sequence > %s ORDER BY e.audit_sequence",
            (log.name, after),
        )
        rows = cursor.fetchall()
    return [dict(zip(["entry_key", "audit_timestamp", "user", *names], row, strict=True)) for row in rows]


def findings(log: SourceLog) -> list:
    """What a verification of its ledger finds."""
    outcome = Outcome()
    with administrator(settings().mysql_audit_db) as connection:
        connection.autocommit(False)
        verify_day(connection, utc_now().date(), Proof(utc_now()), {log.name}, outcome, with_open=True)
    assert set(outcome.heads) == {log.name}
    return outcome.findings


def open_events(log: SourceLog) -> int:
    """The number of entries that no block holds yet."""
    with administrator(settings().mysql_audit_db) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT open_events FROM audit_sequence_manager WHERE source_database = %s", (log.name,))
        return cursor.fetchone()[0]


class LogRun:
    """A run in a process of its own.

    :param step: where it stops, to be killed there; None lets it run to its end.
    :param batch: entries that it records in one transaction.
    """

    def __init__(self, log: SourceLog, step: str | None = None, batch: int = draft.BLOCK_EVENTS):
        self._pipe, child = PROCESSES.Pipe()
        self._process = PROCESSES.Process(target=_run, args=(child, dict(os.environ), log, step, batch), daemon=True)
        self._process.start()
        child.close()

    def answer(self) -> object:
        """``stopped`` at its step, or the number of entries it recorded, or the error as text."""
        assert self._pipe.poll(60), "the other process did not answer within 60 s"
        return self._pipe.recv()

    def kill(self) -> None:
        """``kill -9``."""
        self._process.kill()
        self._process.join(10)


def _run(pipe, variables: dict[str, str], log: SourceLog, step: str | None, batch: int) -> None:
    logging.disable(logging.CRITICAL)
    os.environ.clear()
    use(variables)
    sync.BLOCK_EVENTS = batch
    if step:
        _stop_at(pipe, *STEPS[step])
    try:
        pipe.send(run(log))
    except Exception as error:  # the test's process says what it expects
        pipe.send(f"{type(error).__name__}: {error}")


def _stop_at(pipe, owner: object, name: str, call: int) -> None:
    original = getattr(owner, name)
    calls = []

    def stopping(*arguments, **options):
        calls.append(None)
        if len(calls) == call:
            pipe.send("stopped")
            time.sleep(600)
        return original(*arguments, **options)

    setattr(owner, name, stopping)
