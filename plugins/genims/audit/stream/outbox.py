"""Reads the outbox of one source database: each committed event once, in order, however late its transaction ends.

Events are numbered before their transactions commit, so a reader of "greater than the last number" would skip some.
This one asks for what is visible in the present snapshot and was not visible in the one before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

import psycopg
from airflow.sdk import Connection

from genims.audit.ledger.position import Position
from genims.core.errors import WillNotHeal
from genims.hooks.postgres import connect

# Nothing is visible in this snapshot: the first reading returns everything.
NOTHING_SEEN = "1:1:"
# A batch stays below this many bytes of images, unless one event alone has more.
BATCH_BYTES = 8_000_000

# A row of the outbox holds up to this many events of a statement; the numbers (seq) of rows are this far apart.
TOGETHER = 100
EVENTS_OF_ROW = "CASE WHEN op IN ('I', 'U', 'D') THEN row_count ELSE 1 END"

BOUNDED = f"""
bounded AS (
    SELECT
        unseen.*,
        count(*) OVER () AS found,
        sum({EVENTS_OF_ROW}) OVER (ORDER BY seq) AS events,
        sum(coalesce(pg_column_size(before), 0) + coalesce(pg_column_size(after), 0)) OVER (ORDER BY seq) AS bytes,
        row_number() OVER (ORDER BY seq) AS number
    FROM unseen
)
SELECT
    present.snapshot::text,
    present.read_at AT TIME ZONE 'UTC',
    event.found,
    event.number,
    event.seq + image.place - 1,
    event.xid::text::bigint,
    event.at AT TIME ZONE 'UTC',
    event.version_id,
    event.table_name,
    event.op::text,
    CASE WHEN event.op IN ('I', 'U', 'D') THEN 1 ELSE event.row_count END,
    image.before,
    image.after,
    event.session_user_name,
    event.app_user,
    event.application_name,
    event.client_address,
    event.request_id,
    event.reason
FROM present
LEFT JOIN (
    bounded AS event
    CROSS JOIN LATERAL unnest(event.before, event.after) WITH ORDINALITY AS image (before, after, place)
)
    ON (event.bytes < %(bytes)s AND event.events <= %(limit)s OR event.number = 1)
    AND image.place > event.delivered
    AND event.seq + image.place > coalesce(%(after_seq)s::bigint, 0) + 1
ORDER BY event.seq, image.place
"""

# "Not visible in a snapshot" is written as "begun after it, or in progress in it". So the index finds just the new
# events, even while a transaction that has been idle for hours in any database of the cluster holds back the xmin.
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
),
{BOUNDED}
"""

# The rest of a difference between two snapshots that did not fit into one batch.
READ_ON = f"""
WITH present AS MATERIALIZED (
    SELECT %(reading)s::pg_snapshot AS snapshot, clock_timestamp() AS read_at
),
unseen AS (
    SELECT *
    FROM genims_audit.event
    WHERE seq > %(after_seq)s - {TOGETHER}
      AND seq + {EVENTS_OF_ROW} - 1 > %(after_seq)s
      AND pg_visible_in_snapshot(xid, %(reading)s::pg_snapshot)
      AND NOT pg_visible_in_snapshot(xid, %(done)s::pg_snapshot)
    ORDER BY seq
    LIMIT %(limit)s
),
{BOUNDED}
"""

LEFT_OVER = """
SELECT seq + place - 1, xid::text::bigint, at AT TIME ZONE 'UTC'
FROM genims_audit.event
CROSS JOIN LATERAL unnest(before, after) WITH ORDINALITY AS image (before_image, after_image, place)
WHERE pg_visible_in_snapshot(xid, %(done)s::pg_snapshot)
   OR seq <= %(after_seq)s AND pg_visible_in_snapshot(xid, %(reading)s::pg_snapshot)
ORDER BY 1
"""

# Events are delivered in order, so the last number of a row tells how many of it are.
CLEAR = f"""
WITH delivered AS (
    SELECT number - (number - 1) %% {TOGETHER} AS seq, max(number) AS last
    FROM unnest(%s::bigint[]) AS number
    GROUP BY 1
),
begun AS (
    UPDATE genims_audit.event AS e
    SET delivered = d.last - e.seq + 1
    FROM delivered AS d
    WHERE e.seq = d.seq AND d.last < e.seq + {EVENTS_OF_ROW} - 1
)
DELETE FROM genims_audit.event AS e
USING delivered AS d
WHERE e.seq = d.seq AND d.last >= e.seq + {EVENTS_OF_ROW} - 1
"""

READ_VERSION = """
SELECT table_name, column_names, key_columns
FROM genims_audit.table_version
WHERE version_id = %s
"""


class SourceEvent(NamedTuple):
    """One captured event, as the outbox holds it; times are UTC, without time zone."""

    seq: int
    xid: int
    at: datetime
    version_id: int | None
    table_name: str
    op: str
    row_count: int
    before: str | None
    after: str | None
    session_user_name: str
    app_user: str | None
    application_name: str | None
    client_address: str | None
    request_id: str | None
    reason: str | None


class Delivered(NamedTuple):
    """What identifies an event. After a crash the server may give out ``seq`` and ``xid`` again, so ``at`` belongs
    to it."""

    seq: int
    xid: int
    at: datetime


@dataclass(frozen=True)
class Reading:
    """What one poll found.

    :param events: in the order of their numbers.
    :param snapshot: the snapshot (pg_snapshot) in which they were read.
    :param position: where reading goes on once they are delivered.
    :param read_at: the source's clock at the poll, UTC, without time zone.
    """

    events: list[SourceEvent]
    snapshot: str
    position: Position
    read_at: datetime


@dataclass(frozen=True)
class TableVersion:
    """A table when an event was captured: its columns, in the order of the values of an image, and its key."""

    table_name: str
    column_names: tuple[str, ...]
    key_columns: tuple[str, ...]


class Outbox:
    """The outbox of one source database.

    :param session: a session in that database, committing by itself.
    """

    def __init__(self, session: psycopg.Connection):
        self.session = session
        # Plans are made once and use the indexes, even if the outbox was empty at that moment. The clearing need not
        # survive a crash of the server: it is then done again.
        session.execute(
            "SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan; SET jit = off; "
            "SET synchronous_commit = off"
        )
        session.prepare_threshold = 1
        self._cursor = session.cursor()

    @classmethod
    def connect(cls, source: Connection) -> Outbox:
        """Sign in to a source database.

        :param source: the Airflow connection of its reader.
        :raises psycopg.OperationalError: it does not answer or refuses.
        """
        return cls(connect(source, "genims_audit_sync"))

    def is_installed(self) -> bool:
        """Whether changes are captured in this database."""
        return self._value("SELECT to_regclass('genims_audit.event') IS NOT NULL")

    def check_cluster(self, position: Position) -> str:
        """The system_identifier of the source's cluster.

        :param position: the stored one.
        :raises WillNotHeal: the position was read in another cluster, whose transaction numbers mean nothing here.
        """
        found = self._value("SELECT system_identifier::text FROM pg_control_system()")
        if position.cluster_id not in (None, found):
            raise WillNotHeal(
                f"{self.session.info.dbname}: the stored position belongs to the PostgreSQL cluster "
                f"{position.cluster_id}, but the server at {self.session.info.host} is {found}. "
                "Let its connection name the old cluster again."
            )
        return found

    def left_over(self, position: Position) -> list[Delivered]:
        """Events that are in the outbox although the position says that they are delivered.

        :param position: the stored one.
        """
        if position.done_snapshot is None:
            return []
        return [Delivered._make(row) for row in self.session.execute(LEFT_OVER, _parameters(position))]

    def read(self, position: Position, limit: int) -> Reading:
        """The next events; none if nothing has been committed since.

        :param position: where the last reading ended.
        :param limit: the greatest number of events, from 1.
        """
        parameters = _parameters(position) | {"limit": limit, "bytes": BATCH_BYTES}
        rows = self._cursor.execute(READ_ON if position.reading_snapshot else READ_NEW, parameters).fetchall()
        snapshot, read_at, found = rows[0][:3]
        events = [SourceEvent._make(row[4:]) for row in rows] if found else []
        if found and (found == limit or rows[-1][3] < found):
            last = events[-1].seq
            after = replace(position, reading_snapshot=snapshot, after_seq=last - (last - 1) % TOGETHER + TOGETHER - 1)
        else:
            after = replace(position, done_snapshot=snapshot, reading_snapshot=None, after_seq=None)
        return Reading(events, snapshot, after, read_at)

    def version(self, version_id: int) -> TableVersion:
        """The version of a table that an event refers to.

        :param version_id: its number in this source.
        :raises LookupError: the database knows no such version.
        """
        row = self.session.execute(READ_VERSION, (version_id,)).fetchone()
        if row is None:
            raise LookupError(f"genims_audit.table_version has no version {version_id}")
        table_name, column_names, key_columns = row
        return TableVersion(table_name, tuple(column_names), tuple(key_columns))

    def clear(self, seqs: list[int]) -> None:
        """Remove delivered events from the outbox.

        :param seqs: their numbers.
        """
        self.session.execute(CLEAR, (seqs,))

    def waiting(self) -> int:
        """How many events are in the outbox."""
        return self._value(f"SELECT coalesce(sum({EVENTS_OF_ROW} - delivered), 0) FROM genims_audit.event")

    def close(self) -> None:
        """Sign out."""
        self.session.close()

    def _value(self, sql: str):
        return self.session.execute(sql).fetchone()[0]


def _parameters(position: Position) -> dict:
    return {"done": position.done_snapshot, "reading": position.reading_snapshot, "after_seq": position.after_seq}
