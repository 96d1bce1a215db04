"""How the row changes of one version of a table are read, routed and written: worked out once, used for all of them."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from genims.audit.capture.routing import CapturedTable
from genims.audit.format import canonical
from genims.audit.format.excerpts import EXCERPT, TEXT_BYTES, excerpt, shortened, within_bytes
from genims.audit.stream import pg_record
from genims.audit.stream.outbox import TableVersion

_encode = msgspec.json.Encoder().encode
KEY_CHARACTERS = 512
NAME_CHARACTERS = 128


class PoisonEvent(Exception):
    """An event that cannot be read; the message says why."""


class TableEncoder:
    """Reads and writes the rows of one version of a table.

    :param table_name: the table's present name.
    :param version: its columns and key.
    :param listed: what the routing says about it.
    :ivar listed_name: the table's name in the list of captured tables.
    :ivar name: of the table, in canonical text.
    :ivar columns: their names, in the order of an image.
    :ivar names: the same in canonical text.
    :ivar masked: for each column, whether it is masked, in canonical text.
    :ivar key: positions of the primary key's columns.
    :ivar domains: audit tables that get a row for each change.
    :ivar prices: positions of the columns whose change also goes to ``price_cost_changes``.
    :ivar permissions: the same for ``permission_changes``.
    :ivar nothing: the values of a row that does not exist.
    """

    def __init__(self, table_name: str, version: TableVersion, listed: CapturedTable):
        columns = version.column_names
        self.columns = columns
        self.listed_name = version.table_name
        self.name = canonical.text(shortened(table_name, NAME_CHARACTERS))
        self.names = [canonical.text(name) for name in columns]
        masked = listed.mask.union(version.masked_columns)
        self.masked = [canonical.integer(name in masked) for name in columns]
        self.key = [columns.index(name) for name in version.key_columns]
        self.domains = listed.domains
        self.prices = [position for position, name in enumerate(columns) if name in listed.prices]
        self.permissions = [position for position, name in enumerate(columns) if name in listed.permissions]
        self.nothing = [None] * len(columns)
        self._image = image_of(columns)

    def values(self, image: str) -> list[str | None]:
        """The values of an image, in column order.

        :param image: composite text, as PostgreSQL writes it.
        :raises PoisonEvent: it has more or fewer values than the table has columns, or was too long to be read whole.
        """
        if image.startswith(EXCERPT):
            raise PoisonEvent(f"expected images of at most 32 MB, found {image.split(', ', 1)[0]}")
        found = pg_record.parse(image)
        if len(found) != len(self.columns):
            raise PoisonEvent(f"expected the values of {len(self.columns)} columns, found {len(found)}")
        return found

    def json(self, row: list[str | None]) -> str:
        """A row as a JSON object, in canonical text.

        :param row: its values in column order.
        """
        return json(self._image(*row))

    def key_of(self, row: list[str | None]) -> str:
        """The primary key as canonical text: the value itself, or a JSON array; without a key the whole row is the key.

        Of a key that is too long, the beginning and the digest are kept.

        :param row: its values in column order.
        """
        if len(self.key) == 1:
            key = row[self.key[0]]
            if key is not None and len(key) > KEY_CHARACTERS:
                key = shortened(key, KEY_CHARACTERS)
            return canonical.text(key)
        values = [row[position] for position in self.key] or row
        key = json(values)
        if len(key) > KEY_CHARACTERS:
            key = canonical.text(shortened(_encode(values).decode(), KEY_CHARACTERS))
        return key

    def fitting(self, row: list[str | None], most_bytes: int) -> dict[int, str]:
        """The excerpts that make a row's JSON fit, by position: of the longest values, and of as few as will do.

        :param row: its values in column order.
        :param most_bytes: the most bytes of its JSON in canonical text.
        """
        excess = len(self.json(row).encode()) - most_bytes
        if excess <= 0:
            return {}
        excerpts = {}
        lengths = {position: len(json(value).encode()) for position, value in enumerate(row) if value is not None}
        for position in sorted(lengths, key=lambda position: (-lengths[position], position)):
            if excess <= 0:
                break
            shorter = excerpt(row[position])
            gain = lengths[position] - len(json(shorter).encode())
            if gain > 0:
                excerpts[position] = shorter
                excess -= gain
        return excerpts

    def names_of(self, positions: list[int]) -> str:
        """The names of columns, separated by commas, as canonical text that fits into a TEXT column."""
        names = ",".join([self.names[position] for position in positions])
        if len(names) * 4 <= TEXT_BYTES:
            return names
        return canonical.text(within_bytes(",".join([self.columns[position] for position in positions])))


def image_of(columns: tuple[str, ...]) -> Callable[..., object]:
    """Returns what turns a row's values into the document to encode; a struct is quicker than a dictionary.

    :param columns: names in the order of the values.
    """
    fields = {f"column_{position}": name for position, name in enumerate(columns)}
    try:
        return msgspec.defstruct("Image", [(field, str | None) for field in fields], rename=fields)
    except ValueError:  # a name with quotes, backslashes or control characters
        return lambda *row: dict(zip(columns, row, strict=True))


def json(document: object) -> str:
    """A document as JSON in canonical text, where only the backslashes of JSON need escaping.

    :param document: whatever msgspec encodes.
    """
    return _encode(document).decode().replace("\\", r"\\")
