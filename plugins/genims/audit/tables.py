"""The chained tables, as ``schema/mysql_audit_schema.sql`` declares them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

from genims import ddl
from genims.audit import canonical
from genims.paths import SCHEMA

AUDIT_SCHEMA = SCHEMA / "mysql_audit_schema.sql"
ENVELOPE = ("audit_timestamp", "source_database", "audit_sequence")
EVENTS = "system_audit_log"


@dataclass(frozen=True, slots=True)
class ChainedTable:
    """One table whose rows are numbered and hashed.

    :param columns: all but the hashes, in order; the envelope comes first.
    :param hashes: the hash columns.
    :param own_columns: the columns after the envelope and ``part``, hashes left out.
    :param fields: for each of them, the function that writes its canonical form.
    :param many: one event may have several rows here, told apart by ``part``.
    """

    name: str
    columns: tuple[str, ...]
    hashes: tuple[str, ...]
    own_columns: tuple[str, ...]
    fields: tuple[Callable[..., str], ...]
    many: bool

    def line(self, envelope: str, part: int, values: Iterable) -> bytes:
        """The canonical line of a row.

        :param envelope: canonical form of the envelope's columns.
        :param part: ordinal of the row among those of its event in this table, from 1.
        :param values: the values after the envelope (and ``part``), in column order.
        :raises ValueError: too many or too few values, or one that its column cannot hold as it is.
        """
        if self.many:
            envelope = f"{envelope}\t{part}"
        elif part > 1:
            raise ValueError(f"{self.name}: one event has one row here, found {part}")
        written = [field(value) for field, value in zip(self.fields, values, strict=True)]
        return "\t".join([envelope, *written]).encode()


@cache
def chained_tables() -> dict[str, ChainedTable]:
    """All chained tables by name."""
    found = {}
    for table in ddl.tables(AUDIT_SCHEMA).values():
        if "row_hash" not in table.columns:
            continue
        hashes = tuple(name for name in table.columns if name in ("row_hash", "leaf_hash"))
        columns = tuple(name for name in table.columns if name not in hashes)
        many = columns[len(ENVELOPE)] == "part"
        own = columns[len(ENVELOPE) + many :]
        fields = tuple(canonical.field_function(table.columns[name].type) for name in own)
        found[table.name] = ChainedTable(table.name, columns, hashes, own, fields, many)
    return found
