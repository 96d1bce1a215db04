"""Blocks: what ``audit_trail_completeness`` says of a run of events."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterable

from genims.audit.format.chained_tables import AUDIT_SCHEMA
from genims.core import ddl

TABLE = "audit_trail_completeness"
NO_BLOCK = bytes(32)
"""``previous_block_hash`` of the first block."""


class Block(namedtuple("Block", ddl.tables(AUDIT_SCHEMA)[TABLE].columns, defaults=[None])):
    """A closed block: a row of TABLE. ``schema/mysql_audit_schema.sql`` names its fields, explains and orders them; the
    last, its signature, may be left out."""

    __slots__ = ()

    @property
    def leaf_hashes(self) -> list[bytes]:
        """The leaves, one by one."""
        return [self.leaves[start : start + 32] for start in range(0, len(self.leaves), 32)]


COLUMNS = ", ".join(Block._fields)


def routes(counts: Iterable[tuple[str, int]]) -> str:
    """Rows by table as text: ``name:rows,name:rows``."""
    return ",".join(f"{table}:{rows}" for table, rows in counts)


def rows_by_table(text: str) -> dict[str, int]:
    """The counts that ``routes`` wrote.

    :raises ValueError: a text that it never wrote.
    """
    return {table: int(rows) for table, rows in (part.split(":") for part in text.split(",") if part)}
