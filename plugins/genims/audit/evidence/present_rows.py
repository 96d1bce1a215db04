"""Compares captured rows with the rows that the sources have now, for a random sample.

The triggers, the outbox and the stream may be right, and an event still be false: the owner of a source's tables can
edit it in the outbox before it is read. Then the row in the source is not the one that its last event says it became.
Only rows whose table captures insertions, updates and deletions are compared, and no masked value.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from random import Random

import psycopg
from MySQLdb.cursors import Cursor
from psycopg.sql import SQL, Identifier, Literal

from genims.audit.capture.routing import CapturedTable, routing
from genims.audit.format.excerpts import is_shortened, stands_for
from genims.core import connections
from genims.core.paths import sql
from genims.hooks.postgres import connect, read_any_text

SAMPLED_EVENT = sql("audit/evidence/sampled_event")
LAST_EVENT = sql("audit/evidence/last_event")

ROWS_OF_TABLE = 20
# An event that is on its way arrives within seconds; then it is the last one, and is compared instead.
ATTEMPTS = 3
WAIT_SECONDS = 5
# What the triggers write in place of a value that they mask, or cannot write.
MASKED = ("***", "*** changed")
LEFT_OUT = "*** left out: "
CAPTURED = {"insert", "update", "delete"}

# As the triggers write values: ``settings_for`` in schema/postgres_audit_capture.sql.
AS_TRIGGERS_WRITE = (
    "SET datestyle = 'ISO, YMD'; SET intervalstyle = 'postgres'; SET timezone = 'UTC'; SET bytea_output = 'hex'; "
    "SET extra_float_digits = 1; SET lc_monetary = 'C'"
)
COLUMNS = """
SELECT
    array_agg(a.attname::text ORDER BY a.attnum),
    (SELECT array_agg(k.attname::text ORDER BY array_position(i.indkey::int2[], k.attnum))
     FROM pg_index AS i JOIN pg_attribute AS k ON k.attrelid = i.indrelid AND k.attnum = ANY (i.indkey)
     WHERE i.indrelid = c.oid AND i.indisprimary)
FROM pg_class AS c
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.oid = to_regclass(format('public.%%I', %s::text))
GROUP BY c.oid
"""
ON_ITS_WAY = "SELECT EXISTS (SELECT FROM genims_audit.event WHERE table_name = %s)"


@dataclass(frozen=True)
class LastEvent:
    """The last event about a row.

    :param image: the row that it left, by column; None where it left none.
    """

    sequence: int
    image: dict[str, str | None] | None


class PresentRows:
    """The rows of one source database as they are now.

    :param session: a session in it.
    """

    def __init__(self, session: psycopg.Connection):
        self._session = session
        session.execute(AS_TRIGGERS_WRITE)
        self._tables: dict[str, tuple[list[str], list[str]] | None] = {}

    def keys(self, table: str) -> list[str]:
        """The columns of its primary key; none where it has no key, or is gone."""
        columns = self._columns(table)
        return columns[1] or [] if columns else []

    def row(self, table: str, key: str) -> dict[str, str | None] | None:
        """A row, each value as the triggers write it; None where there is none.

        :param key: as events name it: the value, or a JSON array of several.
        """
        names, keys = self._columns(table)
        values = [key] if len(keys) == 1 else json.loads(key)
        written = SQL(", ").join(
            SQL("CASE WHEN {0} IS NOT NULL THEN format('%s', {0}) END").format(Identifier(name)) for name in names
        )
        where = SQL(" AND ").join(
            SQL("{} = {}").format(Identifier(name), Literal(value)) for name, value in zip(keys, values, strict=True)
        )
        query = SQL("SELECT {} FROM {} WHERE {}").format(written, Identifier("public", table), where)
        found = self._session.execute(query).fetchone()
        return dict(zip(names, found, strict=True)) if found else None

    def has_more_to_come(self, table: str) -> bool:
        """Whether events of a table are still in the outbox."""
        return self._session.execute(ON_ITS_WAY, (table,)).fetchone()[0]

    def _columns(self, table: str) -> tuple[list[str], list[str]] | None:
        if table not in self._tables:
            self._tables[table] = self._session.execute(COLUMNS, (table,)).fetchone()
        return self._tables[table]


def differences(cursor: Cursor, source: str, random: Random, rows: int = ROWS_OF_TABLE) -> tuple[int, list[str]]:
    """Compare random rows of every captured table of a source database.

    :param cursor: of a session that may read the audit tables, committing by itself.
    :param source: short name of the source database.
    :param random: chooses the rows.
    :param rows: how many of each table, at most.
    :returns: how many were compared, and a sentence for each that differs.
    :raises psycopg.Error: the source did not answer.
    """
    compared, found = 0, []
    with closing(connect(connections.connection(connections.source_id(source)), "genims_audit_verify")) as session:
        read_any_text(session)
        present = PresentRows(session)
        for table, listed in routing().tables.get(source, {}).items():
            if listed.only < CAPTURED or not present.keys(table):
                continue
            for key in _sample(cursor, source, table, random, rows):
                if not _names_its_row(key, len(present.keys(table))):
                    continue
                compared += 1
                found += _compare(cursor, present, source, table, key, listed)
    return compared, found


def _sample(cursor: Cursor, source: str, table: str, random: Random, rows: int) -> set[str]:
    """Keys of random rows that have events."""
    keys = set()
    for _ in range(rows):
        # A random text falls between the keys of two rows, whatever they look like.
        after = "".join(random.choices("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-", k=3))
        cursor.execute(SAMPLED_EVENT, {"source": source, "table": table, "after": after})
        keys |= {key for (key,) in cursor.fetchall()}
    return set(random.sample(sorted(keys), min(rows, len(keys))))


def _compare(
    cursor: Cursor, present: PresentRows, source: str, table: str, key: str, listed: CapturedTable
) -> Iterator[str]:
    """What differs, if it still does once all that is on its way has arrived."""
    for attempt in range(ATTEMPTS):
        last = _last_event(cursor, source, table, key)
        row = present.row(table, key)
        if last is None or not (why := _what_differs(last.image, row, listed)):
            return
        if present.has_more_to_come(table):
            return  # it is compared on another night
        if attempt + 1 < ATTEMPTS:
            time.sleep(WAIT_SECONDS)
    yield f"{source}: {table} {key}: {why}; its last event is {last.sequence}"


def _last_event(cursor: Cursor, source: str, table: str, key: str) -> LastEvent | None:
    """The last event about a row; None where a later one about the whole table hides what became of it."""
    cursor.execute(LAST_EVENT, {"source": source, "table": table, "key": key})
    row = cursor.fetchone()
    if row is None:
        return None
    sequence, image = row
    return LastEvent(sequence, json.loads(image) if image else None)


def _what_differs(captured: dict | None, row: dict | None, listed: CapturedTable) -> str | None:
    if captured is None or row is None:
        if captured is None and row is None:
            return None
        return "it was deleted, say the events, and the source has it" if row else "it is in the events alone"
    for name in captured.keys() & row.keys() - listed.mask:
        if not _may_be(captured[name], row[name]):
            return f"column {name} is {captured[name]!r:.80} in the events, and {row[name]!r:.80} in the source"
    return None


def _may_be(captured: object, value: str | None) -> bool:
    """Whether what was captured may be a value of the source: masked values cannot be compared, excerpts can."""
    # What is no text is an excerpt of an earlier release.
    if captured in (value, *MASKED) or not isinstance(captured, str | None):
        return True
    if captured is None or value is None:
        return False
    return captured.startswith(LEFT_OUT) or stands_for(captured, value)


def _names_its_row(key: str, columns: int) -> bool:
    """Whether a row can be found by a key: none of its values is masked, and nothing was cut off.

    :param columns: how many columns the key has.
    """
    if is_shortened(key):
        return False
    return MASKED[0] not in ([key] if columns == 1 else json.loads(key))
