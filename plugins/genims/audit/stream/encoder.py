"""Turns captured events into encoded ones: the images as JSON, and the further rows that the routing asks for.

Nearly all events are changes of rows. Their canonical text is put together directly, and whatever is the same for a
table or a transaction is made once.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import msgspec

from genims.audit.capture.routing import CapturedTable, routing
from genims.audit.format import canonical
from genims.audit.format.chained_tables import EVENTS, chained_tables
from genims.audit.format.encoded_event import EncodedEvent, encode, routed_to, system_columns
from genims.audit.format.event import OPERATIONS, AuditEvent
from genims.audit.stream.outbox import SourceEvent, TableVersion
from genims.audit.stream.table_encoder import TableEncoder, json

NOT_LISTED = CapturedTable(domains=())
PRICE = canonical.decimal(10)
ACTOR = SourceEvent._fields[9:]

# The columns in the order in which EventEncoder writes them, which takes far less time than looking each one up.
# Beside these it writes domains: they have the columns of routing.ROW_CHANGE.
SUBJECT = ("operation", "table_name", "row_key")
CHANGED_BY = ("changed_by", "reason")
WRITTEN = {
    EVENTS: (
        "source_sequence", *SUBJECT, "transaction_id", *ACTOR, "row_count",
        "before_values", "after_values", "routed_to",
    ),
    "data_change_audit": (*SUBJECT, "column_name", "old_value", "new_value", "masked"),
    "price_cost_changes": (*SUBJECT, "column_name", "old_price", "new_price", *CHANGED_BY),
    "permission_changes": ("command", "object_type", "object_name", "grantee", "detail", *CHANGED_BY),
}  # fmt: skip

_text = canonical.text


def check_columns() -> None:
    """Compare the columns that EventEncoder writes with those of the schema.

    :raises ValueError: they differ; the message names the table.
    """
    for table, written in WRITTEN.items():
        declared = system_columns() if table == EVENTS else chained_tables()[table].own_columns
        if written != declared:
            raise ValueError(
                f"{table}: expected the columns that EventEncoder writes ({', '.join(written)}), found "
                f"{', '.join(declared)}: let it write these"
            )


check_columns()


class EventEncoder:
    """Reads and routes the events of one source database.

    :param source: its short name.
    :param version: returns the version of a table by its number; it raises LookupError where there is none.
    """

    def __init__(self, source: str, version: Callable[[int], TableVersion]):
        self.listed = routing().tables.get(source, {})
        self.by_operation = routing().by_operation
        self.version = version
        self.tables: dict[tuple[int, str], TableEncoder] = {}
        self.actor: tuple[str | None, ...] | None = None

    def encode(self, event: SourceEvent) -> EncodedEvent:
        """The canonical text of a captured event.

        :raises PoisonEvent: an image that is not that of its table.
        :raises LookupError: a version that the source does not know.
        :raises ValueError: a value that its column cannot hold.
        """
        if event.op not in ("U", "I", "D"):
            return encode(self._of_statement(event))
        actor = event[9:]
        if actor != self.actor:
            self._meet(*actor)
            self.actor = actor
        table = self._table(event)
        if event.op == "U":
            return self._update(event, table)
        return self._whole_row(event, table)

    def _meet(self, session_user_name: str, app_user: str | None, *rest: str | None) -> None:
        """Write down once who makes the changes that follow."""
        self.actor_fields = "\t".join(map(_text, (session_user_name, app_user, *rest)))
        self.changed_by = f"{_text(app_user or session_user_name)}\t{_text(rest[-1])}"

    def _table(self, event: SourceEvent) -> TableEncoder:
        table = self.tables.get((event.version_id, event.table_name))
        if table is None:
            version = self.version(event.version_id)
            table = TableEncoder(event.table_name, version, self.listed.get(version.table_name, NOT_LISTED))
            self.tables[event.version_id, event.table_name] = table
        return table

    def _update(self, event: SourceEvent, table: TableEncoder) -> EncodedEvent:
        before, after = table.values(event.before), table.values(event.after)
        changed = [n for n, old in enumerate(before) if old != after[n]]
        subject = f"UPDATE\t{table.name}\t{table.key_of(before)}"
        rows = [
            (
                "data_change_audit",
                f"{part}\t{subject}\t{table.names[n]}\t{_text(before[n])}\t{_text(after[n])}\t{table.masked[n]}",
            )
            for part, n in enumerate(changed, 1)
        ]
        if table.domains:
            names = ",".join([table.names[n] for n in changed])
            old = json({table.columns[n]: before[n] for n in changed})
            new = json({table.columns[n]: after[n] for n in changed})
            fields = f"{subject}\t{names}\t{old}\t{new}\t{self.changed_by}"
            rows += [(domain, fields) for domain in table.domains]
        if table.prices or table.permissions:
            rows += self._prices_and_permissions(subject, table, before, after)
        return self._encoded(event, subject, rows, table.json(before), table.json(after))

    def _whole_row(self, event: SourceEvent, table: TableEncoder) -> EncodedEvent:
        before = after = table.nothing
        old = new = canonical.NULL
        if event.op == "I":
            row = after = table.values(event.after)
            new = table.json(row)
        else:
            row = before = table.values(event.before)
            old = table.json(row)
        subject = f"{OPERATIONS[event.op]}\t{table.name}\t{table.key_of(row)}"
        fields = f"{subject}\t{canonical.NULL}\t{old}\t{new}\t{self.changed_by}"
        rows = [(domain, fields) for domain in table.domains]
        rows += self._prices_and_permissions(subject, table, before, after)
        return self._encoded(event, subject, rows, old, new)

    def _prices_and_permissions(
        self, subject: str, table: TableEncoder, before: list[str | None], after: list[str | None]
    ) -> list[tuple[str, str]]:
        rows = []
        for n in table.prices:
            old, new = before[n], after[n]
            # The same price may be written with more digits.
            if old != new and (old is None or new is None or Decimal(old) != Decimal(new)):
                change = f"{table.names[n]}\t{PRICE(old)}\t{PRICE(new)}"
                rows.append(("price_cost_changes", f"{len(rows) + 1}\t{subject}\t{change}\t{self.changed_by}"))
        rights = {
            table.columns[n]: {"old": before[n], "new": after[n]} for n in table.permissions if before[n] != after[n]
        }
        if rights:
            # The subject fills command, object_type and object_name; nobody is named as grantee.
            rows.append(("permission_changes", f"{subject}\t{canonical.NULL}\t{json(rights)}\t{self.changed_by}"))
        return rows

    def _encoded(
        self, event: SourceEvent, subject: str, rows: list[tuple[str, str]], before: str, after: str
    ) -> EncodedEvent:
        rows.sort(key=_table_of)
        tables = tuple([table for table, _ in rows])
        system = (
            f"{event.seq}\t{subject}\t{event.xid}\t{self.actor_fields}\t{event.row_count}\t{before}\t{after}\t"
            f"{routed_to(tables)}"
        )
        return EncodedEvent(canonical.moment(event.at), event.seq, system, tables, [fields for _, fields in rows])

    def _of_statement(self, event: SourceEvent) -> AuditEvent:
        """The audit event of anything but the change of one row."""
        return AuditEvent(
            at=event.at,
            operation=OPERATIONS[event.op],
            table_name=event.table_name,
            session_user_name=event.session_user_name,
            source_sequence=event.seq,
            transaction_id=event.xid,
            app_user=event.app_user,
            application_name=event.application_name,
            client_address=event.client_address,
            request_id=event.request_id,
            reason=event.reason,
            row_count=event.row_count,
            after=event.after,
            rows=self._rows_of_statement(event),
        )

    def _rows_of_statement(self, event: SourceEvent) -> list[tuple[str, dict[str, object]]]:
        changed_by = {"changed_by": event.app_user or event.session_user_name, "reason": event.reason}
        if event.op == "T":
            truncated = {"operation": "TRUNCATE", "table_name": event.table_name, **changed_by}
            bulk = _bulk(event, "TRUNCATE") | changed_by
            return [(domain, truncated) for domain in self._table(event).domains] + self._routed("B", bulk)
        details = msgspec.json.decode(event.after)
        match event.op:
            case "B":
                row = _bulk(event, details["operation"]) | changed_by
            case "X":
                row = _alarm(event, details["event"]) | {"user_name": changed_by["changed_by"]}
            case "P":
                row = _command(event, details) | {"detail": details["query"]} | changed_by
            case "S":
                row = _command(event, details) | {"statement": details["query"]} | changed_by
        return self._routed(event.op, row)

    def _routed(self, op: str, row: dict[str, object]) -> list[tuple[str, dict[str, object]]]:
        return [(table, row) for table in self.by_operation[op]]


def _bulk(event: SourceEvent, operation: str) -> dict[str, object]:
    return {"operation": operation, "table_name": event.table_name, "row_count": event.row_count}


def _alarm(event: SourceEvent, event_type: str) -> dict[str, object]:
    return {
        "event_type": event_type,
        "severity": "critical",
        "object_name": event.table_name,
        "detail": event.after,
    }


def _command(event: SourceEvent, details: dict) -> dict[str, object]:
    return {
        "command": details["command_tag"],
        "object_type": details["object_type"],
        # PostgreSQL does not say which objects a GRANT is about.
        "object_name": details["object_identity"] or event.table_name,
    }


def _table_of(row: tuple[str, str]) -> str:
    return row[0]
