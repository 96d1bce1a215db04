"""The chained tables, as ``schema/mysql_audit_schema.sql`` declares them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from genims.audit.format import canonical
from genims.core import ddl
from genims.core.paths import SCHEMA

AUDIT_SCHEMA = SCHEMA / "mysql_audit_schema.sql"
ENVELOPE = ("audit_timestamp", "source_database", "audit_sequence")
EVENTS = "system_audit_log"
# What a field function raises for a value that its column cannot hold.
REFUSED = (ValueError, TypeError, AttributeError, ArithmeticError)


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

    def row(self, part: int, values: Mapping[str, object]) -> str:
        """The canonical form of a row after its envelope.

        :param part: ordinal of the row among those of its event in this table, from 1.
        :param values: by column, envelope, ``part`` and hashes left out; a column that is left out is NULL.
        :raises ValueError: a column that the table does not have, or a value that its column cannot hold as it is.
        """
        if part > 1 and not self.many:
            raise ValueError(f"{self.name}: one event has one row here, found {part}")
        if unknown := [name for name in values if name not in self.own_columns]:
            raise ValueError(f"{self.name} has no column {', '.join(unknown)}; it has {', '.join(self.own_columns)}")
        written = self.written([values.get(name) for name in self.own_columns])
        return f"{part}\t{written}" if self.many else written

    def written(self, values: Sequence) -> str:
        """The canonical form of the first of its own columns.

        :raises ValueError: a value that its column cannot hold as it is.
        """
        try:
            return "\t".join([field(value) for field, value in zip(self.fields, values, strict=False)])
        except REFUSED as error:
            raise ValueError(self._what_is_wrong(values)) from error

    def _what_is_wrong(self, values: Sequence) -> str:
        for name, field, value in zip(self.own_columns, self.fields, values, strict=False):
            try:
                field(value)
            except REFUSED as error:
                return f"{self.name}.{name}: cannot hold {type(value).__name__} {value!r:.80}: {error}"
        raise AssertionError("unreachable: some field was refused")


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
