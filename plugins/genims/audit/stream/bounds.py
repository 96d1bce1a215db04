"""Bounds texts by the columns that hold them: what is too long is cut the same way every time, and stays unique."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache, partial
from hashlib import sha256

from genims.audit.format.chained_tables import AUDIT_SCHEMA, EVENTS
from genims.audit.format.event import AuditEvent
from genims.core import ddl

# The most bytes of a TEXT column.
TEXT_BYTES = 65_535
# Of an excerpt, this much of the beginning is kept.
BEGINNING = 1_000
EXCERPT = "*** excerpt of "
_EXCERPT = re.compile(re.escape(EXCERPT) + r"(\d+) bytes, sha256 [0-9a-f]{64}: ")
# A column that is shorter has no room for a digest.
LEAST_WITH_DIGEST = 100

Bound = Callable[[str], str]


def excerpt(value: str) -> str:
    """What stands for a value that is too long, here as in the sources: its length, its digest and its beginning."""
    whole = value.encode()
    return f"{EXCERPT}{len(whole)} bytes, sha256 {sha256(whole).hexdigest()}: {value[:BEGINNING]}"


def excerpt_lengths(row: Sequence[str | None]) -> dict[int, int]:
    """The lengths, in bytes, of the values that excerpts stand for, by their positions in a row."""
    found = ((position, _EXCERPT.match(value)) for position, value in enumerate(row) if value is not None)
    return {position: int(match[1]) for position, match in found if match}


def shortened(value: str, characters: int) -> str:
    """The value, or its beginning with the digest of the whole, so that different values stay different.

    :param characters: the most that the column holds.
    """
    if len(value) <= characters:
        return value
    if characters < LEAST_WITH_DIGEST:
        return value[:characters]
    ending = _ending(value)
    return value[: characters - len(ending)] + ending


def within_bytes(value: str, most: int = TEXT_BYTES) -> str:
    """``shortened`` for a column that is bounded in bytes of UTF-8.

    :param most: the most bytes that the column holds, 200 at least.
    """
    if len(value) * 4 <= most or len(whole := value.encode()) <= most:
        return value
    ending = _ending(value)
    return whole[: most - len(ending)].decode(errors="ignore") + ending


def _ending(value: str) -> str:
    return f"... sha256 {sha256(value.encode()).hexdigest()}"


@cache
def bounds_of(table: str) -> dict[str, Bound]:
    """What bounds the texts of a table, by column; columns that a text of the stream never exceeds are left out."""
    found: dict[str, Bound] = {}
    for column in ddl.tables(AUDIT_SCHEMA)[table].columns.values():
        if match := re.fullmatch(r"(?:VAR)?CHAR\((\d+)\)", column.type.upper()):
            found[column.name] = partial(shortened, characters=int(match[1]))
        elif column.type.upper() == "TEXT":
            found[column.name] = within_bytes
    return found


def bounded(event: AuditEvent) -> AuditEvent:
    """The event with every text as long as its column at most.

    :param event: whatever its values are; those that are no texts are left alone.
    """
    system = {name: getattr(event, name, None) for name in bounds_of(EVENTS)}
    rows = [(table, row | _bounded(table, row)) for table, row in event.rows]
    return replace(event, **_bounded(EVENTS, system), rows=rows)


def _bounded(table: str, row: dict[str, object]) -> dict[str, str]:
    bounds = bounds_of(table)
    return {name: bounds[name](value) for name, value in row.items() if name in bounds and isinstance(value, str)}
