"""What a loaded table is: the header and the SELECT of its query file, and its declaration in MySQL."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import timedelta
from functools import cache, cached_property
from pathlib import Path

from genims.core import ddl
from genims.core.paths import REPORTING_SCHEMA
from genims.core.query_header import HeaderError, read_header
from genims.core.sources import SOURCES
from genims.engine.checks import Check, read_check

LOADS = ("replace", "window", "snapshot")
OPTIONAL = ("lookback", "after", "checks", "closes")
# What the load and the close set, and no query.
NOT_OF_QUERY = ("close_status", "closed_at", "updated_at")


@dataclass(frozen=True)
class LoadedTable:
    """One table of ``genims_reporting_db``, as declared at the top of its query file.

    :param name: table, task and file name.
    :param description: one sentence for the operator.
    :param category: the task group.
    :param reads: short names of the source databases that the query may read.
    :param grain: the primary key; its first column is the business day or month.
    :param load: how rows land: ``replace`` all, the days of a ``window``, or today's ``snapshot``.
    :param owner: who answers questions about the numbers.
    :param lookback: how far back an hourly run recomputes, in whole days; for ``window`` alone.
    :param after: the tables that its query reads, which must be loaded first.
    :param checks: what must hold for the rows, besides the demands of their columns and the grain.
    :param closes: the column with the business day whose close ends the changes of a row; a month closes with its last
        day. None if rows are never closed.
    :param path: the query file.
    """

    name: str
    description: str
    category: str
    reads: tuple[str, ...]
    grain: tuple[str, ...]
    load: str
    owner: str
    path: Path
    lookback: timedelta | None = None
    after: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    closes: str | None = None

    def __post_init__(self):
        require = self._require
        require(self.load in LOADS, f"load must be one of {LOADS}, found {self.load!r}")
        unknown = [name for name in self.reads if name not in SOURCES]
        require(not unknown, f"reads names unknown databases {unknown}; known are {sorted(SOURCES)}")
        require(bool(self.reads) and bool(self.grain), "reads and grain must not be empty")
        require(
            (self.load == "window") == (self.lookback is not None),
            "lookback belongs to load: window, and to no other load",
        )

    def _require(self, holds: bool, message: str):
        if not holds:
            raise HeaderError(f"{self.path}: {message}")

    @cached_property
    def sql(self) -> str:
        """The whole query file, header included, as Airflow renders it."""
        return self.path.read_text()

    @property
    def period_column(self) -> str:
        """The business day (DATE) or month ('YYYY-MM') that windows are cut by."""
        return self.grain[0]

    @property
    def by_month(self) -> bool:
        """Whether windows are cut by whole months."""
        return self.period_column.endswith("_month")


def days(text: object) -> timedelta:
    """A number of days as a timedelta.

    :param text: such as ``7 days``.
    :raises ValueError: it is no number of days.
    """
    match = re.fullmatch(r"(\d+) days?", str(text))
    if not match:
        raise ValueError(f"expected a number of days such as '7 days', found {text!r}")
    return timedelta(days=int(match[1]))


def read_table(path: Path, categories: Collection[str]) -> LoadedTable:
    """Read the header of one query file strictly.

    :param path: the query file; its name is that of the table.
    :param categories: the categories that a table may belong to.
    :raises HeaderError: a key is unknown, missing or of the wrong form; the message names the file.
    """
    known = {field.name for field in fields(LoadedTable)} - {"name", "path"}
    header = read_header(path, known - set(OPTIONAL), OPTIONAL, lists=("reads", "grain", "after"))
    if header["category"] not in categories:
        raise HeaderError(f"{path}: category must be one of {categories}, found {header['category']!r}")
    if "lookback" in header:
        try:
            header["lookback"] = days(header["lookback"])
        except ValueError as error:
            raise HeaderError(f"{path}: lookback: {error}") from error
    try:
        header["checks"] = tuple(read_check(line) for line in header.get("checks") or [])
    except ValueError as error:
        raise HeaderError(f"{path}: checks: {error}") from error
    _require_columns(path, header["checks"], header.get("closes"))
    return LoadedTable(name=path.stem, path=path, **header)


def _require_columns(path: Path, checks: tuple[Check, ...], closes: str | None) -> None:
    declared = ddl.tables(REPORTING_SCHEMA).get(path.stem) if checks or closes else None
    if closes and (
        lacking := sorted({closes, "close_status", "closed_at"} - set(declared.columns if declared else ()))
    ):
        raise HeaderError(f"{path}: closes: {closes} needs columns that {REPORTING_SCHEMA.name} lacks: {lacking}")
    for check in checks:
        if unknown := sorted(set(check.columns) - set(declared.columns if declared else ())):
            raise HeaderError(
                f"{path}: checks: {check.name} names columns that {REPORTING_SCHEMA.name} does not declare: {unknown}"
            )


def swaps(table: LoadedTable, rebuild: bool) -> bool:
    """Whether a run fills a new table and swaps it in, because it replaces all rows.

    :param table: the table to load.
    :param rebuild: whether the run recomputes all days that are kept.
    """
    return table.load == "replace" or (rebuild and table.load == "window")


@cache
def target(name: str) -> ddl.Table:
    """The MySQL table as declared.

    :param name: name of the table.
    :raises LookupError: the schema file declares no such table.
    """
    try:
        return ddl.tables(REPORTING_SCHEMA)[name]
    except KeyError:
        raise LookupError(f"{REPORTING_SCHEMA.name} declares no table {name}; add its CREATE TABLE block") from None


def loaded_columns(name: str) -> list[str]:
    """The columns of the target that its query fills, in order: all except those that the load and the close set.

    :param name: name of the table.
    """
    return [column for column in target(name).columns if column not in NOT_OF_QUERY]
