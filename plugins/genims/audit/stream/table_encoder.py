"""How the events of one version of a table are read, routed and written; made once and used for all of them."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from genims.audit.capture.routing import CapturedTable
from genims.audit.format import canonical
from genims.audit.stream import pg_record as composite
from genims.audit.stream.outbox import TableVersion

_encode = msgspec.json.Encoder().encode


class PoisonEvent(Exception):
    """An event that cannot be read; the message says why."""


class TableEncoder:
    """The form of one version of a table.

    :ivar names: of the columns, and ``table`` that of the table, in canonical text.
    :ivar key: positions of the primary key's columns.
    :ivar prices: positions of the columns whose change also goes to ``price_cost_changes``.
    :ivar permissions: the same for ``permission_changes``.
    :ivar nothing: the image of no row.
    """

    def __init__(self, table_name: str, version: TableVersion, listed: CapturedTable):
        columns = version.column_names
        self.columns = columns
        self.table = canonical.text(table_name)
        self.names = [canonical.text(name) for name in columns]
        self.masked = [canonical.integer(name in listed.mask) for name in columns]
        self.key = [columns.index(name) for name in version.key_columns]
        self.domains = listed.domains
        self.prices = [position for position, name in enumerate(columns) if name in listed.prices]
        self.permissions = [position for position, name in enumerate(columns) if name in listed.permissions]
        self.nothing = [None] * len(columns)
        self._image = image_of(columns)

    def values(self, image: str) -> list[str | None]:
        found = composite.parse(image)
        if len(found) != len(self.columns):
            raise PoisonEvent(f"expected the values of {len(self.columns)} columns, found {len(found)}")
        return found

    def json(self, row: list[str | None]) -> str:
        return json(self._image(*row))

    def key_of(self, row: list[str | None]) -> str:
        """The primary key; of a table that has none, the whole row is the key."""
        if len(self.key) == 1:
            return canonical.text(row[self.key[0]])
        return json([row[position] for position in self.key] or row)


def image_of(columns: tuple[str, ...]) -> Callable[..., object]:
    """What makes of a row's values the document that its image is; a struct is quicker than a dictionary."""
    fields = {f"column_{position}": name for position, name in enumerate(columns)}
    try:
        return msgspec.defstruct("Image", [(field, str | None) for field in fields], rename=fields)
    except ValueError:  # a name with quotes, backslashes or control characters
        return lambda *row: dict(zip(columns, row, strict=True))


def json(document: object) -> str:
    """A document as the field of a text column; in JSON, nothing but backslashes is escaped there."""
    return _encode(document).decode().replace("\\", r"\\")
