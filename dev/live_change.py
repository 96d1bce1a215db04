"""Shows the audit at work: a change in a source arrives in MySQL, and is proven to be what was written."""

from __future__ import annotations

import json
import time
from contextlib import closing
from datetime import UTC, datetime

import psycopg
from MySQLdb.cursors import Cursor

from dev.stack import StackError
from dev.stack.steps import say, step, wait_until
from genims.audit.evidence.report import State
from genims.audit.evidence.verify import verify
from genims.core import connections
from genims.hooks.mysql import GenimsMySqlHook

SOURCE = "erp"
RAISE = "UPDATE materials SET standard_cost = standard_cost + {} WHERE material_id = '{}'"
ARRIVAL_SECONDS = 120
ANCHOR_SECONDS = 180
LAST = "SELECT COALESCE(MAX(audit_sequence), 0) FROM system_audit_log WHERE source_database = %s"
ARRIVED = """
SELECT audit_sequence, operation, table_name, row_key, session_user_name, before_values, after_values
FROM system_audit_log
WHERE source_database = %s AND audit_sequence > %s AND table_name = 'materials' AND row_key LIKE %s
ORDER BY audit_sequence
LIMIT 1
"""


def show_a_change(source_owner: str) -> None:
    """Change a source row and change it back; print how soon its audit row was in MySQL, and verify the proof.

    :param source_owner: connection string of a user who may change the source, without a database.
    :raises StackError: the change did not arrive, or the audit tables are not what was written.
    """
    with (
        psycopg.connect(source_owner, dbname=f"genims_{SOURCE}_db", autocommit=True) as source,
        closing(GenimsMySqlHook(connections.AUDIT).get_conn()) as mysql,
        mysql.cursor() as audit,
    ):
        mysql.autocommit(True)
        material = source.execute("SELECT min(material_id) FROM materials WHERE standard_cost > 0").fetchone()[0]
        with step("Waiting for a change of a source to arrive in the audit tables"):
            _arrival(source, audit, RAISE.format("1", material), material)
        statement = RAISE.format("-1", material)
        seconds, row = _arrival(source, audit, statement, material)
    say(f"\n{statement};   -- in genims_{SOURCE}_db")
    say(f"In genims_audit_db.system_audit_log {seconds * 1000:.0f} ms after its commit: {_described(*row)}")
    _verify()


def _arrival(source: psycopg.Connection, audit: Cursor, statement: str, material: str) -> tuple[float, tuple]:
    """Change the source; returns the seconds from the commit to the audit row, and that row."""
    audit.execute(LAST, (SOURCE,))
    [(last,)] = audit.fetchall()
    source.execute(statement)
    committed = time.monotonic()
    look = (SOURCE, last, f"%{material}%")
    wait_until(lambda: audit.execute(ARRIVED, look), ARRIVAL_SECONDS, "the change to arrive in MySQL", every=0.002)
    return time.monotonic() - committed, audit.fetchone()


def _described(sequence: int, operation: str, table: str, key: str, user: str, before: str, after: str) -> str:
    old, new = (json.loads(values)["standard_cost"] for values in (before, after))
    return f"event {sequence} of {SOURCE}, {operation} of {table} {key} by {user}, standard_cost {old} -> {new}"


def _verify() -> None:
    today = datetime.now(UTC).date()
    reports = []

    def is_decided() -> bool:
        reports.append(verify(today, today, {SOURCE}))
        return reports[-1].state is not State.NOT_PROVEN

    with step(f"Verifying today's audit rows of {SOURCE}") as progress:
        progress.text = "waiting for the newest block's anchor in Blob Storage"
        wait_until(is_decided, ANCHOR_SECONDS, "the newest block's anchor in Blob Storage", every=2)
    if not reports[-1].intact:
        raise StackError(f"the audit rows of {SOURCE} are not what was written: {reports[-1]}")
    say(f"Proof of {SOURCE}, {reports[-1]}")
