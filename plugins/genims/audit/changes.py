"""Turns captured events into audit events: the images as JSON, and the further rows that the routing asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from itertools import compress
from operator import ne

import msgspec

from genims.audit import composite
from genims.audit.events import OPERATIONS, UNKNOWN_USER, AuditEvent
from genims.audit.reader import SourceEvent, TableVersion
from genims.audit.routing import CapturedTable, routing

NOT_LISTED = CapturedTable(domains=())

_encode = msgspec.json.Encoder().encode


class PoisonEvent(Exception):
    """An event that cannot be read; the message says why."""


@dataclass(frozen=True)
class Form:
    """How the events of one version of a table are read and routed.

    :param key: positions of the primary key's columns.
    :param prices: positions of the columns whose change also goes to ``price_cost_changes``.
    :param permissions: the same for ``permission_changes``.
    :param nothing: the image of no row.
    """

    columns: tuple[str, ...]
    key: tuple[int, ...]
    domains: tuple[str, ...]
    prices: tuple[int, ...]
    permissions: tuple[int, ...]
    masked: frozenset[str]
    nothing: list[None]

    @classmethod
    def of(cls, version: TableVersion, listed: CapturedTable) -> Form:
        columns = version.column_names
        return cls(
            columns,
            tuple(columns.index(name) for name in version.key_columns),
            listed.domains,
            tuple(position for position, name in enumerate(columns) if name in listed.prices),
            tuple(position for position, name in enumerate(columns) if name in listed.permissions),
            listed.mask,
            [None] * len(columns),
        )

    def values(self, image: str) -> list[str | None]:
        found = composite.parse(image)
        if len(found) != len(self.columns):
            raise PoisonEvent(f"expected the values of {len(self.columns)} columns, found {len(found)}")
        return found

    def json(self, row: list[str | None]) -> str:
        return json(dict(zip(self.columns, row, strict=True)))

    def key_of(self, row: list[str | None]) -> str:
        """The primary key as text; of a table that has none, the whole row is the key."""
        if len(self.key) == 1:
            return row[self.key[0]]
        return json([row[position] for position in self.key] or row)


def json(document: dict | list) -> str:
    return _encode(document).decode()


class Changes:
    """Reads and routes the events of one source database.

    :param source: its short name.
    :param version: finds the version of a table by its number.
    """

    def __init__(self, source: str, version: Callable[[int], TableVersion]):
        self.listed = routing().tables.get(source, {})
        self.by_operation = routing().by_operation
        self.version = version
        self.forms: dict[int, Form] = {}

    def audit_event(self, event: SourceEvent) -> AuditEvent:
        """The audit event of a captured one.

        :raises PoisonEvent: it cannot be read.
        """
        audited = AuditEvent(
            event.at,
            OPERATIONS[event.op],
            event.table_name,
            event.session_user_name or UNKNOWN_USER,  # the transaction's row is missing
            event.seq,
            None,
            event.xid,
            event.app_user,
            event.application_name,
            event.client_address,
            event.request_id,
            event.reason,
            event.row_count,
        )
        changed_by = (event.app_user or audited.session_user_name, event.reason)
        match event.op:
            case "U":
                self._update(event, audited, changed_by)
            case "I" | "D":
                self._whole_row(event, audited, changed_by)
            case "T":
                self._truncate(event, audited, changed_by)
            case "B":
                audited.after = event.after
                self._bulk(msgspec.json.decode(event.after)["operation"], event, audited, changed_by)
            case "X":
                audited.after = event.after
                self._security(event, audited, changed_by)
            case _:
                audited.after = event.after
                self._command(event, audited, changed_by)
        return audited

    def _form(self, event: SourceEvent) -> Form:
        form = self.forms.get(event.version_id)
        if form is None:
            version = self.version(event.version_id)
            form = self.forms[event.version_id] = Form.of(version, self.listed.get(version.table_name, NOT_LISTED))
        return form

    def _update(self, event: SourceEvent, audited: AuditEvent, changed_by: tuple) -> None:
        form = self._form(event)
        before, after = form.values(event.before), form.values(event.after)
        audited.row_key = form.key_of(before)
        audited.before, audited.after = form.json(before), form.json(after)

        differs = list(map(ne, before, after))
        names = list(compress(form.columns, differs))
        old, new = list(compress(before, differs)), list(compress(after, differs))
        subject = ("UPDATE", event.table_name, audited.row_key)
        for name, old_value, new_value in zip(names, old, new, strict=True):
            audited.rows.append(("data_change_audit", *subject, name, old_value, new_value, name in form.masked))
        if form.domains:
            images = (json(dict(zip(names, old, strict=True))), json(dict(zip(names, new, strict=True))))
            audited.rows += [(domain, *subject, ",".join(names), *images, *changed_by) for domain in form.domains]
        _add_prices_and_permissions(audited, form, before, after, changed_by)

    def _whole_row(self, event: SourceEvent, audited: AuditEvent, changed_by: tuple) -> None:
        form = self._form(event)
        before = after = form.nothing
        if event.op == "I":
            after = form.values(event.after)
            audited.row_key, audited.after = form.key_of(after), form.json(after)
        else:
            before = form.values(event.before)
            audited.row_key, audited.before = form.key_of(before), form.json(before)
        whole = (audited.operation, event.table_name, audited.row_key, None, audited.before, audited.after)
        audited.rows += [(domain, *whole, *changed_by) for domain in form.domains]
        _add_prices_and_permissions(audited, form, before, after, changed_by)

    def _truncate(self, event: SourceEvent, audited: AuditEvent, changed_by: tuple) -> None:
        nothing = ("TRUNCATE", event.table_name, None, None, None, None)
        audited.rows += [(domain, *nothing, *changed_by) for domain in self._form(event).domains]
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


def _add_prices_and_permissions(
    audited: AuditEvent, form: Form, before: list[str | None], after: list[str | None], changed_by: tuple
) -> None:
    subject = (audited.operation, audited.table_name, audited.row_key)
    for position in form.prices:
        old, new = before[position], after[position]
        # The same price may be written with more digits.
        if old != new and (old is None or new is None or Decimal(old) != Decimal(new)):
            price = ("price_cost_changes", *subject, form.columns[position], old, new, *changed_by)
            audited.rows.append(price)
    rights = {
        form.columns[position]: {"old": before[position], "new": after[position]}
        for position in form.permissions
        if before[position] != after[position]
    }
    if rights:
        audited.rows.append(("permission_changes", *subject, None, json(rights), *changed_by))
