"""Turns captured events into encoded ones: the images as JSON, and the further rows that the routing asks for.

Nearly all events are changes of rows. Their canonical text is put together directly, and whatever is the same for a
table or a transaction is made once.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from genims.audit.capture.routing import CapturedTable, routing
from genims.audit.format import canonical
from genims.audit.format.chained_tables import EVENTS, REFUSED, chained_tables
from genims.audit.format.encoded_event import EncodedEvent, encode, routed_to, system_columns
from genims.audit.format.event import OPERATIONS, AuditEvent
from genims.audit.format.excerpts import BEGINNING, EXCERPT, excerpt_lengths, within_bytes
from genims.audit.ledger.insert_lines import LINE_BYTES
from genims.audit.stream.bounds import bounded, bounds_of
from genims.audit.stream.incidents import SECURITY, TEXT_CHARACTERS, security_row
from genims.audit.stream.outbox import SourceEvent, TableVersion
from genims.audit.stream.table_encoder import PoisonEvent, TableEncoder, json

NOT_LISTED = CapturedTable(domains=())
PRICE = canonical.decimal(10)
# Digits before the point that the column of a price holds.
PRICE_DIGITS = 20
ACTOR = SourceEvent._fields[9:]
# What a row has beside its images, in canonical text, is shorter than this.
BESIDE_IMAGES = 64 << 10
# JSON makes an image this many times as long at most: a control character takes six, and canonical text one more.
GROWTH = 8

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
    :param line_bytes: the most bytes of a line; values that make one longer are kept as excerpts.
    """

    def __init__(self, source: str, version: Callable[[int], TableVersion], line_bytes: int = LINE_BYTES):
        self.source = source
        self.image_bytes = (line_bytes - min(BESIDE_IMAGES * 2, line_bytes // 2)) // 2
        self.short = self.image_bytes // GROWTH
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
            return encode(bounded(self._of_statement(event)))
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
        bounds = bounds_of(EVENTS)
        actor = [
            value and bounds[name](value)
            for name, value in zip(ACTOR, (session_user_name, app_user, *rest), strict=True)
        ]
        self.actor_fields = "\t".join(map(_text, actor))
        self.author, self.reason = _text(actor[1] or actor[0]), actor[-1]
        self.changed_by = f"{self.author}\t{_text(self.reason)}"

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
        rows: list[tuple[str, str]] = []
        if len(event.before) > BEGINNING or len(event.after) > BEGINNING:
            self._shorten(subject, table, ((event.before, before), (event.after, after)), rows)
        rows += [
            (
                "data_change_audit",
                f"{part}\t{subject}\t{table.names[n]}\t{_text(before[n])}\t{_text(after[n])}\t{table.masked[n]}",
            )
            for part, n in enumerate(changed, 1)
        ]
        if table.domains:
            names = table.names_of(changed)
            old = json({table.columns[n]: before[n] for n in changed})
            new = json({table.columns[n]: after[n] for n in changed})
            fields = f"{subject}\t{names}\t{old}\t{new}\t{self.changed_by}"
            rows += [(domain, fields) for domain in table.domains]
        if table.prices or table.permissions:
            self._add_prices_and_permissions(rows, subject, table, before, after)
        return self._encoded(event, subject, rows, table.json(before), table.json(after))

    def _whole_row(self, event: SourceEvent, table: TableEncoder) -> EncodedEvent:
        image = event.after if event.op == "I" else event.before
        row = table.values(image)
        subject = f"{OPERATIONS[event.op]}\t{table.name}\t{table.key_of(row)}"
        rows: list[tuple[str, str]] = []
        if len(image) > BEGINNING:
            self._shorten(subject, table, ((image, row),), rows)
        old, new = canonical.NULL, table.json(row)
        before, after = table.nothing, row
        if event.op == "D":
            old, new, before, after = new, old, after, before
        fields = f"{subject}\t{canonical.NULL}\t{old}\t{new}\t{self.changed_by}"
        rows += [(domain, fields) for domain in table.domains]
        self._add_prices_and_permissions(rows, subject, table, before, after)
        return self._encoded(event, subject, rows, old, new)

    def _shorten(
        self,
        subject: str,
        table: TableEncoder,
        images: tuple[tuple[str, list[str | None]], ...],
        rows: list[tuple[str, str]],
    ) -> None:
        """Put excerpts in place of the longest values of images that are too long.

        A further row names these values, and those that the source shortened already.

        :param images: each as text, and its values in column order.
        :raises PoisonEvent: that is not enough.
        """
        lengths: dict[int, int] = {}
        for text, image in images:
            if EXCERPT in text:
                lengths |= excerpt_lengths(image)
            if len(text) <= self.short:
                continue
            for n, shorter in table.fitting(image, self.image_bytes).items():
                lengths[n] = max(lengths.get(n, 0), len(image[n].encode()))
                image[n] = shorter
            if len(table.json(image).encode()) > self.image_bytes:
                raise PoisonEvent(f"expected a row of at most {self.image_bytes:,} bytes even with excerpts")
        if lengths:
            values = ", ".join(f"{table.columns[n]} ({length:,} bytes)" for n, length in sorted(lengths.items()))
            self._note(rows, subject, table, "value_shortened", f"kept as excerpts with their digests: {values}")

    def _note(self, rows: list[tuple[str, str]], subject: str, table: TableEncoder, event_type: str, what: str) -> None:
        """Add a row to security_events, unless the event has one: there is room for one only."""
        if any(name == SECURITY for name, _ in rows):
            return
        detail = f"{what}. The row: {subject.split(chr(9))[2]}"[:TEXT_CHARACTERS]
        _, row = security_row(event_type, f"{self.source}.{table.listed_name}", detail, "warning")
        rows.append((SECURITY, chained_tables()[SECURITY].row(1, row)))

    def _add_prices_and_permissions(
        self,
        rows: list[tuple[str, str]],
        subject: str,
        table: TableEncoder,
        before: list[str | None],
        after: list[str | None],
    ) -> None:
        part = 0
        for n in table.prices:
            if before[n] == after[n]:
                continue
            old, new, changed_by = _price(before[n]), _price(after[n]), self.changed_by
            if old is None or new is None:
                odd = " and ".join(repr(text[:60]) for text in (before[n], after[n]) if text and _price(text) is None)
                what = f"{table.columns[n]}: {odd} does not fit into DECIMAL(30,10)"
                self._note(rows, subject, table, "price_not_held", what)
                changed_by = f"{self.author}\t{_text(within_bytes(f'({what}) {self.reason or str()}'.rstrip()))}"
            old, new = old or canonical.NULL, new or canonical.NULL
            # The same price may be written with more digits.
            if old != new:
                part += 1
                change = f"{part}\t{subject}\t{table.names[n]}\t{old}\t{new}\t{changed_by}"
                rows.append(("price_cost_changes", change))
        rights = {
            table.columns[n]: {"old": before[n], "new": after[n]} for n in table.permissions if before[n] != after[n]
        }
        if rights:
            # The subject fills command, object_type and object_name; nobody is named as grantee.
            rows.append(("permission_changes", f"{subject}\t{canonical.NULL}\t{json(rights)}\t{self.changed_by}"))

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


def _price(value: str | None) -> str | None:
    """A price in canonical text; None if price_cost_changes cannot hold it as it is."""
    try:
        price = PRICE(value)
    except REFUSED:  # NaN, Infinity, more than ten digits after the point, no number at all
        return None
    return price if price == canonical.NULL or len(price.lstrip("-")) <= PRICE_DIGITS + 11 else None
