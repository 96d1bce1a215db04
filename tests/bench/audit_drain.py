"""How fast a backlog drains, beside the rate at which plain LOAD DATA fills the same tables with the same rows."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, contextmanager

from genims.audit.format.chained_tables import chained_tables
from genims.audit.ledger import ledger
from genims.audit.ledger.insert_lines import Intake
from genims.audit.stream.outbox import Outbox
from genims.core import connections
from genims.core.settings import settings
from genims.hooks.mysql import GenimsMySqlHook
from genims.operators.audit_stream import make_ready
from tests.support.audit.streaming import delivered, streaming
from tests.support.audit.traffic import ROWS, TABLES, prepare
from tests.support.faults.faults import query, until
from tests.support.servers import source_owner
from tests.support.source_rows import SourceRows

SCRATCH = "bench_audit_db"
RECORDED_ROWS = 300_000
# Each change of one column makes a row in system_audit_log, in data_change_audit and in its domain's table.
ROWS_AN_EVENT = 3
LIMIT = 50_000
# Events per second. The bench gives up on a stream that is slower on average.
STALLED_RATE = 100
EMPTY_SECONDS = 300


def run(rows: int = 1_000_000) -> list[str]:
    """Let the outboxes of the sources fill, then stream them; returns what is too slow.

    :param rows: rows that the backlog adds to MySQL.
    """
    make_ready()
    with closing(SourceRows(source_owner(dict(os.environ)))) as sources:
        prepare(sources)
        with streaming(*TABLES):
            delivered(sources, list(TABLES), EMPTY_SECONDS)  # including what another bench has left
        _pile_up(sources, rows // ROWS_AN_EVENT)
        with _recorded() as lines:
            drained, seconds = _drain(sources)
    rate, plain = drained / seconds, _plain_rate(lines)
    print("\nA backlog of the sources, rows of MySQL per second")
    print(f"{'plain LOAD DATA':42} {plain:10,.0f}")
    print(f"{f'the stream, {drained:,} rows':42} {rate:10,.0f}   limit {LIMIT:,}")
    return [f"drain: {rate:,.0f} rows/s, limit {LIMIT:,}"] if rate < LIMIT else []


def _pile_up(sources: SourceRows, events: int) -> None:
    statements = events // ROWS // len(TABLES) + 1
    for database, (table, key, column) in TABLES.items():
        sources.connect(database).execute(
            f"DO $$ BEGIN FOR n IN 1..{statements} LOOP "
            f"UPDATE {table} SET {column} = {column}::bigint + 1 WHERE {key} LIKE 'AUDIT-%'; END LOOP; END $$"
        )


def _drain(sources: SourceRows) -> tuple[int, float]:
    """Stream all events of the outboxes, none of which is delivered yet; returns the rows of MySQL and the seconds."""
    waiting = sum(Outbox(sources.connect(database)).waiting() for database in TABLES)
    began = time.monotonic()
    with streaming(*TABLES) as stream:
        views = stream.views.values()
        until(
            lambda: sum(view.events for view in views) >= waiting,
            EMPTY_SECONDS + waiting / STALLED_RATE,
            f"the delivery of {waiting:,} events",
        )
        seconds = time.monotonic() - began
        delivered(sources, list(TABLES), EMPTY_SECONDS)
    return sum(view.rows for view in views), seconds


@contextmanager
def _recorded() -> Iterator[dict[str, list[bytes]]]:
    """The first rows that are sent to MySQL inside, as lines by table."""
    lines: dict[str, list[bytes]] = defaultdict(list)
    insert_lines = ledger.insert_lines

    def recorded(connection, table, added, intake) -> None:
        if sum(map(len, lines.values())) < RECORDED_ROWS:
            lines[table.name] += added
        insert_lines(connection, table, added, intake)

    ledger.insert_lines = recorded
    try:
        yield lines
    finally:
        ledger.insert_lines = insert_lines


def _plain_rate(lines: dict[str, list[bytes]]) -> float:
    """Rows per second of one LOAD DATA for each table, into empty copies."""
    query(f"DROP DATABASE IF EXISTS {SCRATCH}")
    query(f"CREATE DATABASE {SCRATCH} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci")
    for table in lines:
        query(f"CREATE TABLE {SCRATCH}.{table} LIKE {settings().mysql_audit_db}.{table}")
    with closing(GenimsMySqlHook(connections.ADMIN, loads=True).get_conn()) as connection:
        connection.select_db(SCRATCH)
        began = time.monotonic()
        for table, added in lines.items():
            ledger.insert_lines(connection, chained_tables()[table], added, Intake.of(connection))
        connection.commit()
        seconds = time.monotonic() - began
    query(f"DROP DATABASE {SCRATCH}")
    return sum(map(len, lines.values())) / seconds
