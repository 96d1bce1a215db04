"""Turns captured events into encoded ones: the images as JSON, and the further rows that the routing asks for.

Changes of rows, which are nearly all there is, are written in canonical text at once, with all that is the same for a
table or a transaction made once.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import msgspec

from genims.audit.capture.routing import CapturedTable, routing
from genims.audit.format import canonical
from genims.audit.format.encoded_event import EncodedEvent, encode, routed_to
from genims.audit.format.event import OPERATIONS, AuditEvent
from genims.audit.stream.outbox import SourceEvent, TableVersion
from genims.audit.stream.table_encoder import TableEncoder, json

NOT_LISTED = CapturedTable(domains=())
PRICE = canonical.decimal(10)

_text = canonical.text


class EventEncoder:
    """Reads and routes the events of one source database.

    :param source: its short name.
    :param version: finds the version of a table by its number.
    """

    def __init__(self, source: str, version: Callable[[int], TableVersion]):
        self.listed = routing().tables.get(source, {})
        self.by_operation = routing().by_operation
        self.version = version
        self.tables: dict[tuple[int, str], TableEncoder] = {}
        self.who: tuple | None = None

    def encode(self, event: SourceEvent) -> EncodedEvent:
        """The canonical text of a captured event.

        :raises PoisonEvent: it cannot be read.
        :raises ValueError: a value that its column cannot hold.
        """
        if event.op not in ("U", "I", "D"):
            return encode(self._of_statement(event))
        who = event[9:]
        if who != self.who:
            self._meet(*who)
            self.who = who
        table = self._table(event)
        if event.op == "U":
            return self._update(event, table)
        return self._whole_row(event, table)

    def _meet(self, session_user_name: str, app_user: str | None, *rest: str | None) -> None:
        """Remember who makes the changes that follow."""
        self.actor = "\t".join(map(_text, (session_user_name, app_user, *rest)))
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
        changed = [position for position, old in enumerate(before) if old != after[position]]
        subject = f"UPDATE\t{table.table}\t{table.key_of(before)}"
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
        subject = f"{OPERATIONS[event.op]}\t{table.table}\t{table.key_of(row)}"
        fields = f"{subject}\t{canonical.NULL}\t{old}\t{new}\t{self.changed_by}"
        rows = [(domain, fields) for domain in table.domains]
        rows += self._prices_and_permissions(subject, table, before, after)
        return self._encoded(event, subject, rows, old, new)

    def _prices_and_permissions(
        self, subject: str, table: TableEncoder, before: list, after: list
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
            rows.append(("permission_changes", f"{subject}\t{canonical.NULL}\t{json(rights)}\t{self.changed_by}"))
        return rows

    def _encoded(
        self, event: SourceEvent, subject: str, rows: list[tuple[str, str]], before: str, after: str
    ) -> EncodedEvent:
        rows.sort(key=_table)
        tables = tuple([table for table, _ in rows])
        system = (
            f"{event.seq}\t{subject}\t{event.xid}\t{self.actor}\t{event.row_count}\t{before}\t{after}\t"
            f"{routed_to(tables)}"
        )
        return EncodedEvent(canonical.moment(event.at), event.seq, system, tables, [fields for _, fields in rows])

    def _of_statement(self, event: SourceEvent) -> AuditEvent:
        """The audit event of what is no change of one row."""
        audited = AuditEvent(
            event.at,
            OPERATIONS[event.op],
            event.table_name,
            event.session_user_name,
            event.seq,
            None,
            event.xid,
            event.app_user,
            event.application_name,
            event.client_address,
            event.request_id,
            event.reason,
            event.row_count,
            after=event.after,
        )
        changed_by = (event.app_user or audited.session_user_name, event.reason)
        match event.op:
            case "T":
                self._truncate(event, audited, changed_by)
            case "B":
                self._bulk(msgspec.json.decode(event.after)["operation"], event, audited, changed_by)
            case "X":
                self._security(event, audited, changed_by)
            case _:
                self._command(event, audited, changed_by)
        return audited

    def _truncate(self, event: SourceEvent, audited: AuditEvent, changed_by: tuple) -> None:
        nothing = ("TRUNCATE", event.table_name, None, None, None, None)
        audited.rows += [(domain, *nothing, *changed_by) for domain in self._table(event).domains]
        self._bulk("TRUNCATE", event, audited, changed_by)

    def _bulk(self, operation: str, event: SourceEvent, audited: AuditEvent, changed_by: tuple) -> None:
        done = (operation, event.table_name, event.row_count)
        audited.rows += [(table, *done, *changed_by) for table in self.by_operation["B"]]

    def _security(self, event: SourceEvent, audited: AuditEvent, changed_by: tuple) -> None:
        what = msgspec.json.decode(event.after)["event"]
        seen = (what, "critical", event.table_name, changed_by[0], event.after, None, None)
        audited.rows += [(table, *seen) for table in self.by_operation["X"]]

    def _command(self, event: SourceEvent, audited: AuditEvent, changed_by: tuple) -> None:
        done = msgspec.json.decode(event.after)
        # PostgreSQL does not say which objects a GRANT is about.
        command = (done["command_tag"], done["object_type"], done["object_identity"] or event.table_name)
        if event.op == "P":
            command = (*command, None)
        audited.rows += [(table, *command, done["query"], *changed_by) for table in self.by_operation[event.op]]


def _table(row: tuple[str, str]) -> str:
    return row[0]
