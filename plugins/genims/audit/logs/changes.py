"""What an hourly run reads of the sources: the rows that may have changed since the last run."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from hashlib import sha256

from genims.audit.ledger.position import Position
from genims.audit.logs.source_log import SourceLog
from genims.engine.source_query import SourceQuery

# How long a change may take to be seen: its transaction may stay open for hours after it wrote the time, and the clock
# of a source may show another time zone.
LOOKBACK = timedelta(days=1)


def compared(until: datetime, sql: str) -> Position:
    """The position of a log whose entries are compared with what is on record.

    :param until: when the run began to read, UTC.
    :param sql: the query that found the entries.
    """
    return Position(done_snapshot=f"{until:%Y-%m-%d %H:%M:%S} {_digest(sql)}")


def looked_for_since(position: Position, sql: str) -> datetime | None:
    """From when on the next run must look for changes, UTC.

    :param position: where the log stands.
    :param sql: the query of the next run.
    :returns: None where that query has not compared all entries yet: it is new, or another one than before.
    """
    if position.done_snapshot is None:
        return None
    until, _, digest = position.done_snapshot.rpartition(" ")
    return datetime.fromisoformat(until) - LOOKBACK if digest == _digest(sql) else None


def changed_since(since: datetime, source_log: SourceLog, sql: str) -> str:
    """The query over the rows that have changed, where the log says how to tell.

    PostgreSQL itself selects the rows. DuckDB hands it no condition on several columns, and would fetch the table.

    :param since: the earliest time of a change, UTC.
    :param source_log: the log; its ``changes`` names the tables and their time columns.
    :param sql: its query, rendered.
    :returns: the query with each of these tables replaced by its changed rows; other tables are read as a whole.
    """
    read = SourceQuery(sql).columns
    for table, times in source_log.changes.items():
        database, _, name = table.partition(".")
        columns = sorted(each.column for each in read if (each.database, each.table) == (database, name))
        changed = [f"{time} >= '{since}'" for time in times]
        unknown = " AND ".join(f"{time} IS NULL" for time in times)
        rows = f"SELECT {', '.join(columns)} FROM {name} WHERE {' OR '.join(changed)} OR ({unknown})"
        sql = re.sub(rf"\b(FROM|JOIN) {re.escape(table)}\b", rf"\1 postgres_query('{database}', $${rows}$$)", sql)
    return sql


def _digest(sql: str) -> str:
    return sha256(sql.encode()).hexdigest()
