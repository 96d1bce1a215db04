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

    :raises ValueError: a row with too many or too few values, or one that its column cannot hold as it is.
    """
    rows = sorted(event.rows, key=itemgetter(0))
    tables = tuple(name for name, *_ in rows)
    parts: Counter[str] = Counter()
    fields = []
    for name, *values in rows:
        parts[name] += 1
        fields.append(chained_tables()[name].row(parts[name], values))
    system = (
        event.source_sequence,
        event.operation,
        event.table_name,
        event.row_key,
        event.transaction_id,
        event.session_user_name,
        event.app_user,
        event.application_name,
        event.client_address,
        event.request_id,
        event.reason,
        event.row_count,
        event.before,
        event.after,
        routed_to(tables),
    )
    system_fields = chained_tables()[EVENTS].written(system)
    return EncodedEvent(canonical.moment(event.at), event.source_sequence, system_fields, tables, fields)


@cache
def routed_to(tables: tuple[str, ...]) -> str:
    """What ``routed_to`` says of an event with rows in these tables."""
    return routes(Counter(tables).items())
