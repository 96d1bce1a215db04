"""A log of the sources: the header and the SELECT of ``include/sql/audit/logs/<name>.sql``."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import ClassVar

from genims.audit.format.chained_tables import AUDIT_SCHEMA, EVENTS, chained_tables
from genims.audit.format.event import PIPELINE
from genims.audit.logs.inputs import INPUTS
from genims.core import ddl
from genims.core.paths import SOURCE_LOGS_SQL
from genims.core.query_header import HeaderError, read_header
from genims.core.sources import SOURCES

KEYS = ("description", "table", "reads", "owner")
OPTIONAL_KEYS = ("changes",)
ENTRY_KEY = "entry_key"
HAPPENED_AT = "audit_timestamp"
# The name in ``reads`` for tables of the reporting database.
REPORTING = "reporting"
LONGEST_NAME = 20


@dataclass(frozen=True)
class SourceLog:
    """One log that the sources keep, and its table in ``genims_audit_db``.

    Each row of the query is an entry: ``entry_key`` identifies it, ``audit_timestamp`` says when it happened, and the
    other columns are those of the audit table. An entry is recorded when its key is new, and again when its values
    differ from those recorded last.

    :param name: log, task and file name, and the name of the ledger that numbers its entries.
    :param description: one sentence for the operator.
    :param table: the chained table that holds its entries.
    :param reads: what the query may read: source databases by their short names, ``reporting`` for tables of the
        reporting database, or a table of INPUTS.
    :param owner: who answers questions about its entries.
    :param path: the query file.
    :param changes: source tables that keep growing, each with the columns of which one holds the time when a row was
        added or changed, or when something about it fell due. An hourly run reads these tables as far as they have
        changed, and all others as a whole.
    :raises HeaderError: a value is not allowed; the message names the file.
    """

    name: str
    description: str
    table: str
    reads: tuple[str, ...]
    owner: str
    path: Path
    changes: dict[str, list[str]] = field(default_factory=dict, hash=False)

    grain: ClassVar = (ENTRY_KEY,)
    checks: ClassVar = ()

    def __post_init__(self):
        require = self._require
        require(
            self.table in chained_tables() and not chained_tables()[self.table].many and self.table != EVENTS,
            f"table must be a chained table with one row for each event, found {self.table!r}",
        )
        known = {*SOURCES, REPORTING, *INPUTS}
        unknown = [name for name in self.reads if name not in known]
        require(not unknown, f"reads names unknown {unknown}; known are {sorted(known)}")
        require(bool(self.reads), "reads must not be empty")
        require(
            len(self.name) <= LONGEST_NAME and self.name not in (*SOURCES, PIPELINE),
            f"the file's name numbers its entries: at most {LONGEST_NAME} characters, and no source database's name",
        )

        require(
            isinstance(self.changes, dict) and all(map(_is_list_of_names, self.changes.values())),
            f"changes must name columns in a list for each table, found {self.changes!r}",
        )
        unread = [table for table in self.changes if not re.search(rf"\b(FROM|JOIN) {re.escape(table)}\b", self.sql)]
        require(not unread, f"changes names {unread}, which the query does not read")

    def _require(self, holds: bool, message: str):
        if not holds:
            raise HeaderError(f"{self.path}: {message}")

    @cached_property
    def sql(self) -> str:
        """The whole query file."""
        return self.path.read_text()

    @property
    def databases(self) -> tuple[str, ...]:
        """The source databases that it reads."""
        return tuple(name for name in self.reads if name in SOURCES)

    @property
    def value_names(self) -> tuple[str, ...]:
        """The names of ``value_columns``."""
        return chained_tables()[self.table].own_columns

    @property
    def value_columns(self) -> list[ddl.Column]:
        """The audit table's own columns, without the envelope that all chained tables share, in order."""
        declared = ddl.tables(AUDIT_SCHEMA)[self.table]
        return [declared.columns[name] for name in self.value_names]

    @property
    def columns(self) -> list[ddl.Column]:
        """The columns that the query returns, with the types of the audit tables."""
        events = ddl.tables(AUDIT_SCHEMA)[EVENTS].columns
        key = ddl.Column(ENTRY_KEY, events["row_key"].type, required=True, has_default=False, comment="")
        return [key, events[HAPPENED_AT], *self.value_columns]


def source_logs(folder: Path = SOURCE_LOGS_SQL) -> list[SourceLog]:
    """All logs, in the order of their names.

    :param folder: the folder of the query files.
    :raises HeaderError: a header lacks a key or has a wrong one; the message names the file.
    """
    return [
        SourceLog(name=path.stem, path=path, **read_header(path, KEYS, OPTIONAL_KEYS, lists=("reads",)))
        for path in sorted(folder.glob("*.sql"))
    ]


def _is_list_of_names(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, str) for each in value)
