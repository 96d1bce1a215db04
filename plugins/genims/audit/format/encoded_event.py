"""Events in canonical text: all that is written of them, but for their number and the time of writing."""

from __future__ import annotations

from collections import Counter
from functools import cache
from operator import itemgetter
from typing import NamedTuple

from genims.audit.format import canonical
from genims.audit.format.block import routes
from genims.audit.format.chained_tables import EVENTS, chained_tables
from genims.audit.format.event import AuditEvent


class EncodedEvent(NamedTuple):
    """An event as the ledger writes it.

    :param at: when it happened, in canonical form.
    :param source_sequence: number that the source gave it.
    :param system: its fields in system_audit_log, from ``source_sequence`` to ``routed_to``.
    :param tables: the tables of its further rows, in order; one that has several is there as often.
    :param fields: for each of them, its fields after the envelope.
    """

    at: str
    source_sequence: int | None
    system: str
    tables: tuple[str, ...]
    fields: list[str]


def encode(event: AuditEvent) -> EncodedEvent:
    """The canonical text of an event.

    :raises ValueError: a column that its table does not have, or a value that its column cannot hold as it is.
    """
    rows = sorted(event.rows, key=itemgetter(0))
    tables = tuple(name for name, _ in rows)
    parts: Counter[str] = Counter()
    fields = []
    for name, values in rows:
        parts[name] += 1
        fields.append(chained_tables()[name].row(parts[name], values))
    derived = {"before_values": event.before, "after_values": event.after, "routed_to": routed_to(tables)}
    system = [derived[name] if name in derived else getattr(event, name) for name in system_columns()]
    system_fields = chained_tables()[EVENTS].written(system)
    return EncodedEvent(canonical.moment(event.at), event.source_sequence, system_fields, tables, fields)


@cache
def system_columns() -> tuple[str, ...]:
    """The columns of system_audit_log that an encoded event fills, in order.

    :raises ValueError: the schema declares a column behind ``recorded_at``, which the ledger writes last.
    """
    *columns, last = chained_tables()[EVENTS].own_columns
    if last != "recorded_at":
        raise ValueError(f"{EVENTS}: expected recorded_at as the last column, found {last}: let the ledger write it")
    return tuple(columns)


@cache
def routed_to(tables: tuple[str, ...]) -> str:
    """What ``routed_to`` says of an event with rows in these tables."""
    return routes(Counter(tables).items())
