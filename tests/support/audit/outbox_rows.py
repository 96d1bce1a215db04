"""Puts events straight into an outbox: what an earlier release left there, or what no application would write."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg

VERSION = """
INSERT INTO genims_audit.table_version (table_name, column_names, column_types, key_columns, masked_columns)
VALUES (%s, %s, %s, %s, '{}')
RETURNING version_id
"""

EVENTS = """
INSERT INTO genims_audit.event (version_id, table_name, op, row_count, before, after)
VALUES (%s, %s, %s, %s, %s, %s)
"""

# Rows of an outbox with images of one column each: a key and a body of a given length.
LARGE = """
INSERT INTO genims_audit.event (version_id, table_name, op, row_count, before, after)
SELECT %(version)s, 'large_rows', %(op)s::text::"char", %(together)s,
    CASE WHEN %(op)s::text = 'U' THEN
        array_agg(format('(%%s-%%s,%%s)', r, n, repeat(%(letter)s::text, %(length)s)))
    END,
    array_agg(format('(%%s-%%s,%%s)', r, n, repeat(%(letter)s::text, %(length)s - 1) || '!'))
FROM generate_series(1, %(rows)s) AS r
CROSS JOIN generate_series(1, %(together)s) AS n
GROUP BY r
ORDER BY r
"""


def version(
    session: psycopg.Connection, table: str, columns: Sequence[str] = ("id", "body"), key: Sequence[str] = ("id",)
) -> int:
    """The number of a new version of a table.

    :param session: of the owner of the outbox, committing by itself.
    """
    row = (table, list(columns), ["text"] * len(columns), list(key))
    return session.execute(VERSION, row).fetchone()[0]


def put(
    session: psycopg.Connection,
    number: int,
    op: str,
    before: list[str] | None = None,
    after: list[str] | None = None,
    table: str = "odd_rows",
) -> None:
    """Add a row with events of a version of a table; images as composite text."""
    session.execute(EVENTS, (number, table, op, len(before or after), before, after))


def put_large(session: psycopg.Connection, op: str, rows: int, together: int, length: int, letter: str = "x") -> None:
    """Add rows of the outbox, each with several events.

    :param op: I or U.
    :param rows: rows of the outbox.
    :param together: events in each.
    :param length: of the body of each image, in characters.
    """
    session.execute(
        LARGE,
        dict(version=version(session, "large_rows"), op=op, rows=rows, together=together, length=length, letter=letter),
    )
