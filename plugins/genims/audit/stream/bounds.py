"""Bounds the texts of an audit event by the columns that hold them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial

from genims.audit.format.chained_tables import AUDIT_SCHEMA, EVENTS
from genims.audit.format.event import AuditEvent
from genims.audit.format.excerpts import shortened, within_bytes
from genims.core import ddl

Bound = Callable[[str], str]


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
