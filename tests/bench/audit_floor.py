"""The floor of the stream: copies outboxes into two plain tables in the simplest way.

No routing, no hashes, no blocks, no fence and no stored position: killing it loses events.
"""

from __future__ import annotations

from contextlib import ExitStack, closing
from datetime import UTC, datetime
from threading import Event, Thread

from genims.audit.ledger.position import Position
from genims.audit.stream.outbox import NOTHING_SEEN, Outbox, SourceEvent
from genims.core import connections
from genims.core.sources import SOURCES
from genims.hooks.mysql import GenimsMySqlHook
from tests.support.faults.faults import end_of, query

DATABASE = "bench_audit_floor_db"
TABLES = ("events", "changes")
EVENTS_A_POLL = 1_000
PAUSE_SECONDS = 0.02

CREATE = f"""
CREATE TABLE {DATABASE}.{{table}} (
    source_database VARCHAR(20) NOT NULL,
    seq BIGINT NOT NULL,
    xid BIGINT NOT NULL,
    happened_at DATETIME(6) NOT NULL,
    table_name VARCHAR(128) NOT NULL,
    before_values MEDIUMTEXT,
    after_values MEDIUMTEXT,
    PRIMARY KEY (source_database, seq)
)
"""
INSERT = f"INSERT INTO {DATABASE}.{{table}} VALUES (%s, %s, %s, %s, %s, %s, %s)"


class BareStream(Thread):
    """Copies until it is stopped.

    :ivar lags: of all events that are copied, in seconds.
    """

    def __init__(self):
        super().__init__(name="bare-stream", daemon=True)
        self.lags: list[float] = []
        self._stopping = Event()
        query(f"DROP DATABASE IF EXISTS {DATABASE}")
        query(f"CREATE DATABASE {DATABASE} CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin")
        for table in TABLES:
            query(CREATE.format(table=table))

    def stop(self) -> None:
        self._stopping.set()
        end_of(self)
        query(f"DROP DATABASE {DATABASE}")

    def run(self) -> None:
        with ExitStack() as stack:
            session = stack.enter_context(closing(GenimsMySqlHook(connections.ADMIN).get_conn()))
            readers = {
                source: stack.enter_context(
                    closing(Outbox.connect(connections.connection(connections.source_id(source))))
                )
                for source in SOURCES
            }
            places = dict.fromkeys(readers, Position(done_snapshot=NOTHING_SEEN))
            while not self._stopping.wait(PAUSE_SECONDS):
                found: dict[str, list[SourceEvent]] = {}
                for source, reader in readers.items():
                    reading = reader.read(places[source], EVENTS_A_POLL)
                    places[source], found[source] = reading.position, reading.events
                self._copy(session, found)
                for source, events in found.items():
                    if events:
                        readers[source].clear([event.seq for event in events])

    def _copy(self, session, found: dict[str, list[SourceEvent]]) -> None:
        rows = [
            (source, event.seq, event.xid, event.at, event.table_name, event.before, event.after)
            for source, events in found.items()
            for event in events
        ]
        if not rows:
            return
        with session.cursor() as cursor:
            for table in TABLES:
                cursor.executemany(INSERT.format(table=table), rows)
        session.commit()
        now = datetime.now(UTC).replace(tzinfo=None)
        self.lags += [(now - row[3]).total_seconds() for row in rows]
