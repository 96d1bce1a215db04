"""Reads the outbox of one source database: each committed event once, in order, however late its transaction ends.

Events are numbered before their transactions commit, so a reader of "greater than the last number" would skip some.
This one asks for what is visible in the present snapshot and was not visible in the one before.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

import psycopg
from airflow.sdk import Connection
from psycopg.errors import CharacterNotInRepertoire, UntranslatableCharacter

from genims.audit.ledger.position import Position
from genims.hooks.postgres import connect, read_any_text

# Nothing is visible in this snapshot: the first reading returns everything.
NOTHING_SEEN = "1:1:"
# A batch stays below this many bytes of images.
BATCH_BYTES = 2 << 20
# Of a row of the outbox that has more, the events are read in parts of this size, unless one event alone has more.
PART_BYTES = 4 << 20
# Of an event whose images have more, excerpts are read.
EVENT_BYTES = 32 << 20

# So many events are compared with MySQL at a time, of so many rows.
PORTION_EVENTS = 4_000
ROWS_AT_A_TIME = 1_000

# A row of the outbox holds up to this many events of a statement; the numbers (seq) of rows are this far apart.
TOGETHER = 100
EVENTS_OF_ROW = "CASE WHEN op IN ('I', 'U', 'D') THEN row_count ELSE 1 END"

# When an event happened, within the years that MySQL and Python know: no clock of a server is beyond them.
AT = "least(greatest(event.at, '1000-01-01 00:00:00+00'), '9999-12-31 23:59:59+00') AT TIME ZONE 'UTC'"

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
    event.bytes,
    event.delivered,
    event.seq + image.place - 1,
    event.xid::text::bigint,
    {AT},
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
    CROSS JOIN LATERAL unnest(
        CASE WHEN event.bytes < %(bytes)s THEN event.before ELSE '{{NULL}}' END,
        CASE WHEN event.bytes < %(bytes)s THEN event.after ELSE '{{NULL}}' END
    ) WITH ORDINALITY AS image (before, after, place)
)
    ON event.bytes >= %(bytes)s AND event.number = 1
    OR event.bytes < %(bytes)s AND (event.events <= %(limit)s OR event.number = 1)
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

# Certain rows, for a source that was moved: their transactions mean nothing in its present cluster.
READ_ROWS = f"""
WITH present AS MATERIALIZED (
    SELECT %(reading)s::pg_snapshot AS snapshot, clock_timestamp() AS read_at
),
unseen AS (
    SELECT *
    FROM genims_audit.event
    WHERE seq = ANY (%(rows)s::bigint[]) AND seq + {EVENTS_OF_ROW} - 1 > %(after_seq)s
    ORDER BY seq
    LIMIT %(limit)s
),
{BOUNDED}
"""

# The bytes of each event of a row of the outbox, by place from 1 on.
SIZES = """
SELECT coalesce(octet_length(image.old), 0) + coalesce(octet_length(image.new), 0)
FROM genims_audit.event AS event
CROSS JOIN LATERAL unnest(event.before, event.after) WITH ORDINALITY AS image (old, new, place)
WHERE event.seq = %s
ORDER BY image.place
"""

_WHOLE_OR_EXCERPT = """
CASE WHEN %(is_excerpt)s THEN format(
    '*** excerpt of %%s bytes, sha256 %%s: %%s',
    octet_length({0}), encode(sha256(convert_to({0}, 'UTF8')), 'hex'), left({0}, 1000)
) ELSE {0} END
"""

# Some events of one row of the outbox.
READ_PART = f"""
SELECT
    event.seq + %(first)s + image.place - 2,
    event.xid::text::bigint,
    {AT},
    event.version_id,
    event.table_name,
    event.op::text,
    CASE WHEN event.op IN ('I', 'U', 'D') THEN 1 ELSE event.row_count END,
    {_WHOLE_OR_EXCERPT.format("image.old")},
    {_WHOLE_OR_EXCERPT.format("image.new")},
    event.session_user_name,
    event.app_user,
    event.application_name,
    event.client_address,
    event.request_id,
    event.reason
FROM genims_audit.event AS event
CROSS JOIN LATERAL unnest(event.before[%(first)s:%(last)s], event.after[%(first)s:%(last)s])
    WITH ORDINALITY AS image (old, new, place)
WHERE event.seq = %(seq)s
ORDER BY image.place
"""

LEFT_OVER = f"""
SELECT event.seq + place - 1, event.xid::text::bigint, {AT}
FROM genims_audit.event AS event
CROSS JOIN LATERAL generate_series(1, {EVENTS_OF_ROW}) AS place
WHERE pg_visible_in_snapshot(event.xid, %(done)s::pg_snapshot)
   OR event.seq <= %(after_seq)s AND pg_visible_in_snapshot(event.xid, %(reading)s::pg_snapshot)
ORDER BY 1
"""

EVENTS_OF = f"""
SELECT event.seq + place - 1, event.xid::text::bigint, {AT}
FROM genims_audit.event AS event
CROSS JOIN LATERAL generate_series(1, {EVENTS_OF_ROW}) AS place
WHERE event.seq = ANY (%(rows)s::bigint[])
ORDER BY 1
"""

PRESENT = "SELECT pg_current_snapshot()::text, array_agg(seq ORDER BY seq) FROM genims_audit.event"

# The last number is known where the reader may see it; an outbox of an earlier release does not let it.
STATE = """
SELECT
    pg_snapshot_xmax(pg_current_snapshot())::text::bigint,
    pg_snapshot_xmax(%(done)s::pg_snapshot)::text::bigint,
    CASE WHEN has_sequence_privilege('genims_audit.event_seq_seq', 'SELECT')
        THEN pg_sequence_last_value('genims_audit.event_seq_seq') END
"""

NEWEST_UP_TO = f"""
SELECT event.seq, event.xid::text::bigint, {AT} AS happened_at
FROM genims_audit.event AS event
WHERE event.seq <= %s
ORDER BY happened_at DESC
LIMIT 1
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
SELECT table_name, column_names, key_columns, masked_columns
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


class OutboxState(NamedTuple):
    """Where a source stands.

    :param next_xid: the number of the next transaction.
    :param done_xid: the same, when the position was stored.
    :param last_number: the number that the outbox has given last; None if it has given none or does not say.
    """

    next_xid: int
    done_xid: int
    last_number: int | None


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
    :param bytes: about how many bytes their images have.
    :param large_row: the number of a row of the outbox that is too large for a batch; its events are read in parts.
    :param delivered: how many events of that row are delivered already.
    :param snapshot: the snapshot (pg_snapshot) in which they were read.
    :param position: where reading goes on once they are delivered.
    :param read_at: the source's clock at the poll, UTC, without time zone.
    """

    events: list[SourceEvent]
    snapshot: str
    position: Position
    read_at: datetime
    bytes: int = 0
    large_row: int | None = None
    delivered: int = 0


@dataclass(frozen=True)
class TableVersion:
    """A table when an event was captured: columns in the order of an image's values, those of the key, masked ones."""

    table_name: str
    column_names: tuple[str, ...]
    key_columns: tuple[str, ...]
    masked_columns: tuple[str, ...] = ()


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
        self._takes_any_text = False
        self._sizes: tuple[int, list[int]] = (0, [])

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

    def cluster(self) -> str:
        """The system_identifier of the source's cluster."""
        return self._value("SELECT system_identifier::text FROM pg_control_system()")

    def state(self, done_snapshot: str) -> OutboxState:
        """Where the source stands, beside where it stood.

        :param done_snapshot: an earlier snapshot (pg_snapshot) of it.
        """
        return OutboxState._make(self.session.execute(STATE, {"done": done_snapshot}).fetchone())

    def newest_up_to(self, number: int) -> Delivered | None:
        """The first event of the row of the outbox that was added last, of those up to a number.

        :param number: the greatest number.
        """
        found = self.session.execute(NEWEST_UP_TO, (number,)).fetchone()
        return found and Delivered._make(found)

    def left_over(self, position: Position) -> Iterator[list[Delivered]]:
        """Events that are in the outbox although the position says that they are delivered, in portions.

        :param position: the stored one.
        """
        if position.done_snapshot is not None:
            yield from self._portions(LEFT_OVER, _parameters(position))

    def present(self) -> tuple[str, list[int]]:
        """The present snapshot (pg_snapshot), and the numbers of all rows that it sees, in order."""
        snapshot, numbers = self.session.execute(PRESENT).fetchone()
        return snapshot, numbers or []

    def events_of(self, rows: list[int]) -> Iterator[list[Delivered]]:
        """The events of rows of the outbox, in portions.

        :param rows: their numbers.
        """
        for start in range(0, len(rows), ROWS_AT_A_TIME):
            yield from self._portions(EVENTS_OF, {"rows": rows[start : start + ROWS_AT_A_TIME]})

    def _portions(self, sql: str, parameters: dict) -> Iterator[list[Delivered]]:
        found = self.session.execute(sql, parameters)
        while rows := found.fetchmany(PORTION_EVENTS):
            yield [Delivered._make(row) for row in rows]

    def read(self, position: Position, limit: int) -> Reading:
        """The next events; none if nothing has been committed since.

        :param position: where the last reading ended.
        :param limit: the greatest number of events, from 1.
        """
        return self._read(READ_ON if position.reading_snapshot else READ_NEW, position, limit, {})

    def read_rows(self, rows: list[int], position: Position, limit: int) -> Reading:
        """The next events of certain rows, whatever snapshots say of their transactions.

        :param rows: their numbers.
        :param position: with ``after_seq``, behind which the reading begins.
        :param limit: the greatest number of events, from 1.
        """
        return self._read(READ_ROWS, position, limit, {"rows": rows})

    def _read(self, sql: str, position: Position, limit: int, more: dict) -> Reading:
        parameters = _parameters(position) | {"limit": limit, "bytes": BATCH_BYTES} | more
        rows = self._rows(sql, parameters)
        snapshot, read_at, found = rows[0][:3]
        last, size, delivered = rows[-1][3:6]
        if found and size >= BATCH_BYTES:
            return Reading([], snapshot, position, read_at, int(size), rows[0][6], delivered)
        events = [SourceEvent._make(row[6:]) for row in rows] if found else []
        if found and (found == limit or last < found):
            last = events[-1].seq
            after = replace(position, reading_snapshot=snapshot, after_seq=last - (last - 1) % TOGETHER + TOGETHER - 1)
        else:
            after = replace(position, done_snapshot=snapshot, reading_snapshot=None, after_seq=None)
        return Reading(events, snapshot, after, read_at, int(size or 0))

    def read_part(self, large: Reading, position: Position) -> Reading:
        """The next events of a row that is too large for a batch, up to PART_BYTES or one of them.

        :param large: what ``read`` has returned, with ``large_row``.
        :param position: where that reading began.
        """
        row = large.large_row
        if self._sizes[0] != row:
            self._sizes = row, [size for (size,) in self.session.execute(SIZES, (row,))]
        sizes = self._sizes[1]
        first = last = max(large.delivered, (position.after_seq or 0) - row + 1) + 1
        total = sizes[first - 1]
        while last < len(sizes) and total + sizes[last] <= PART_BYTES:
            total += sizes[last]
            last += 1
        parameters = {"seq": row, "first": first, "last": last, "is_excerpt": total > EVENT_BYTES}
        events = [SourceEvent._make(found) for found in self._rows(READ_PART, parameters)]
        after = replace(position, reading_snapshot=large.snapshot, after_seq=events[-1].seq)
        return replace(large, events=events, position=after, bytes=total, large_row=None)

    def version(self, version_id: int) -> TableVersion:
        """The version of a table that an event refers to.

        :param version_id: its number in this source.
        :raises LookupError: the database knows no such version.
        """
        found = self._rows(READ_VERSION, (version_id,))
        if not found:
            raise LookupError(f"genims_audit.table_version has no version {version_id}")
        [(table_name, *names)] = found
        return TableVersion(table_name, *map(tuple, names))

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

    def _rows(self, sql: str, parameters: dict | tuple) -> list[tuple]:
        """All rows of a query.

        Bytes that PostgreSQL cannot convert, and every event behind them, would otherwise never be read.
        """
        try:
            return self.session.execute(sql, parameters).fetchall()
        except (CharacterNotInRepertoire, UntranslatableCharacter):
            if self._takes_any_text:
                raise
        read_any_text(self.session)
        self._takes_any_text = True
        return self.session.execute(sql, parameters).fetchall()

    def _value(self, sql: str):
        return self.session.execute(sql).fetchone()[0]


def _parameters(position: Position) -> dict:
    return {"done": position.done_snapshot, "reading": position.reading_snapshot, "after_seq": position.after_seq}
