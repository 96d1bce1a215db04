"""Reads the outbox of one source database: each committed event once, in order, however late its transaction ends.

Numbers of events are given out before their transactions commit, so "greater than the last one" would skip some.
Instead the reader asks for what is visible in the present snapshot and was not in the one that it read before.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

import psycopg
from airflow.sdk import Connection
from psycopg.conninfo import make_conninfo

from genims.audit.ledger import Cursor
from genims.errors import WillNotHeal

CONNECT_SECONDS = 10
# Nothing is visible in it: what is read first is everything.
NOTHING_SEEN = "1:1:"

SNAPSHOT_AND_EVENT = """
    present.snapshot::text,
    to_char(present.read_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'),
    event.seq,
    event.xid::text,
    to_char(event.at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US'),
    event.version_id,
    event.table_name,
    event.op::text,
    event.row_count,
    event.before,
    event.after,
    transaction.session_user_name,
    transaction.app_user,
    transaction.application_name,
    transaction.client_address,
    transaction.request_id,
    transaction.reason
"""

# "Not visible in a snapshot" is written as "begun after it, or in progress in it": so the index finds the new events
# alone, also while a transaction idle for hours, in any database of the cluster, holds the snapshot's xmin back.
READ_NEW = f"""
WITH present AS MATERIALIZED (
    SELECT pg_current_snapshot() AS snapshot, clock_timestamp() AS read_at
),
unseen AS (
    SELECT * FROM genims_audit.event WHERE xid >= pg_snapshot_xmax(%(done)s::pg_snapshot)
    UNION ALL
    SELECT * FROM genims_audit.event WHERE xid = ANY (ARRAY(SELECT pg_snapshot_xip(%(done)s::pg_snapshot)))
    ORDER BY seq
    LIMIT %(limit)s
)
SELECT {SNAPSHOT_AND_EVENT}
FROM present
LEFT JOIN (unseen AS event LEFT JOIN genims_audit.transaction USING (xid)) ON true
ORDER BY event.seq
"""

# The rest of a difference that did not fit into one batch, however many events have come since.
READ_ON = f"""
WITH present AS MATERIALIZED (
    SELECT %(reading)s::pg_snapshot AS snapshot, clock_timestamp() AS read_at
),
unseen AS (
    SELECT *
    FROM genims_audit.event
    WHERE seq > %(after_seq)s
      AND pg_visible_in_snapshot(xid, %(reading)s::pg_snapshot)
      AND NOT pg_visible_in_snapshot(xid, %(done)s::pg_snapshot)
    ORDER BY seq
    LIMIT %(limit)s
)
SELECT {SNAPSHOT_AND_EVENT}
FROM present
LEFT JOIN (unseen AS event LEFT JOIN genims_audit.transaction USING (xid)) ON true
ORDER BY event.seq
"""

CLEAR_EVENTS = "DELETE FROM genims_audit.event WHERE seq = ANY (%s)"
CLEAR_TRANSACTIONS = "DELETE FROM genims_audit.transaction WHERE xid = ANY (%s::xid8[])"
CLEAR_WHAT_IS_DONE = "DELETE FROM genims_audit.{} WHERE pg_visible_in_snapshot(xid, %s::pg_snapshot)"

READ_VERSION = """
SELECT table_name, column_names, key_columns
FROM genims_audit.table_version
WHERE version_id = %s
"""


class SourceEvent(NamedTuple):
    """One captured event, as the outbox holds it; instants are text in UTC."""

    seq: int
    xid: str
    at: str
    version_id: int | None
    table_name: str
    op: str
    row_count: int
    before: str | None
    after: str | None
    session_user_name: str | None
    app_user: str | None
    application_name: str | None
    client_address: str | None
    request_id: str | None
    reason: str | None


@dataclass(frozen=True)
class Batch:
    """What one poll found.

    :param events: in the order of their numbers.
    :param cursor: where reading goes on once they are delivered.
    :param read_at: the source's clock at the poll, as text in UTC.
    """

    events: list[SourceEvent]
    cursor: Cursor
    read_at: str


@dataclass(frozen=True)
class TableVersion:
    """What a table looked like when an event was captured; the values of images are in the order of the columns."""

    table_name: str
    column_names: tuple[str, ...]
    key_columns: tuple[str, ...]


class Reader:
    """The outbox of one source database.

    :param session: a session of the capture reader in that database, committing by itself.
    """

    def __init__(self, session: psycopg.Connection):
        self.session = session
        self.cluster_id = self._value("SELECT system_identifier::text FROM pg_control_system()")

    @classmethod
    def connect(cls, source: Connection) -> Reader:
        """Sign in to a source database.

        :raises psycopg.OperationalError: it does not answer or refuses.
        """
        return cls(psycopg.connect(_connection_string(source), autocommit=True, prepare_threshold=1))

    @property
    def is_installed(self) -> bool:
        """Whether the database captures changes at all."""
        return self._value("SELECT to_regclass('genims_audit.event') IS NOT NULL")

    def resume(self, cursor: Cursor) -> Cursor:
        """The cursor to go on from, given the stored one; removes from the outbox what it says is delivered.

        :raises WillNotHeal: the cursor was made in another cluster, whose transaction numbers mean nothing here.
        """
        if not cursor.cluster_id:
            return replace(cursor, cluster_id=self.cluster_id, done_snapshot=NOTHING_SEEN)
        if cursor.cluster_id != self.cluster_id:
            raise WillNotHeal(
                f"{self.session.info.dbname}: the stored cursor belongs to the PostgreSQL cluster {cursor.cluster_id}, "
                f"this one is {self.cluster_id}. Point the connection at the old cluster; if the database has moved "
                "for good, see docs/operating.md, 'A source database has moved'."
            )
        for table in ("event", "transaction"):
            self.session.execute(CLEAR_WHAT_IS_DONE.format(table), (cursor.done_snapshot,))
        return cursor

    def read(self, cursor: Cursor, limit: int) -> Batch:
        """The next events, at most ``limit``; none if nothing has been committed since."""
        place = {
            "done": cursor.done_snapshot,
            "reading": cursor.reading_snapshot,
            "after_seq": cursor.after_seq,
            "limit": limit,
        }
        rows = self.session.execute(READ_ON if cursor.reading_snapshot else READ_NEW, place).fetchall()
        snapshot, read_at = rows[0][:2]
        events = [SourceEvent._make(row[2:]) for row in rows] if rows[0][2] is not None else []
        if len(events) < limit:
            after = replace(cursor, done_snapshot=snapshot, reading_snapshot=None, after_seq=None)
        else:
            after = replace(cursor, reading_snapshot=snapshot, after_seq=events[-1].seq)
        return Batch(events, after, read_at)

    def version(self, version_id: int) -> TableVersion:
        """The form of a table that an event refers to.

        :raises LookupError: the database knows no such version.
        """
        row = self.session.execute(READ_VERSION, (version_id,)).fetchone()
        if row is None:
            raise LookupError(f"genims_audit.table_version has no version {version_id}")
        table_name, column_names, key_columns = row
        return TableVersion(table_name, tuple(column_names), tuple(key_columns))

    def clear(self, events: Iterable[SourceEvent], is_whole: bool) -> None:
        """Remove delivered events from the outbox.

        :param is_whole: whether no event of their transactions is left to deliver.
        """
        self.session.execute(CLEAR_EVENTS, ([event.seq for event in events],))
        if is_whole:
            self.session.execute(CLEAR_TRANSACTIONS, (list({event.xid for event in events}),))

    def depth(self) -> int:
        """How many events wait in the outbox."""
        return self._value("SELECT count(*) FROM genims_audit.event")

    def close(self) -> None:
        self.session.close()

    def _value(self, sql: str):
        return self.session.execute(sql).fetchone()[0]


def _connection_string(source: Connection) -> str:
    return make_conninfo(
        host=source.host,
        port=source.port,
        user=source.login,
        password=source.password,
        dbname=source.schema,
        sslmode=source.extra_dejson.get("sslmode", "prefer"),
        sslrootcert=source.extra_dejson.get("sslrootcert"),
        application_name="genims_audit",
        connect_timeout=CONNECT_SECONDS,
        # A server that has gone without a word is noticed.
        tcp_user_timeout=CONNECT_SECONDS * 1000,
        # Plans are made once, for the indexes, also when the outbox was empty then. What a crash of the source undoes
        # of the clearing is cleared again.
        options="-c enable_seqscan=off -c plan_cache_mode=force_generic_plan -c jit=off -c synchronous_commit=off",
    )
