"""What a reporting table is: the header and the SELECT of ``include/sql/reporting/<name>.sql``."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from datetime import timedelta
from functools import cached_property
from pathlib import Path

from genims.core import ddl
from genims.core.paths import REPORTING_SQL, SCHEMA
from genims.core.query_header import HeaderError, read_header
from genims.core.sources import SOURCES
from genims.engine.checks import Check, read_check

CATEGORIES = ("performance", "sales", "financial", "inventory")
LOADS = ("replace", "window", "snapshot")
OPTIONAL = ("lookback", "after", "checks")


@dataclass(frozen=True)
class LoadedTable:
    """One table of ``genims_reporting_db``, as declared at the top of its query file.

    :param name: table, task and file name.
    :param description: one sentence for the operator.
    :param category: the task group, one of CATEGORIES.
    :param reads: short names of the source databases that the query may read.
    :param grain: the primary key; its first column is the business day or month.
    :param load: how rows land: ``replace`` all, the days of a ``window``, or today's ``snapshot``.
    :param owner: who answers questions about the numbers.
    :param lookback: how far back an hourly run recomputes; for ``window`` only.
    :param after: reporting tables that must be loaded first.
    :param checks: what must hold for the rows, beyond what their columns and the grain demand of every table.
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

    def __post_init__(self):
        require = self._require
        require(self.category in CATEGORIES, f"category must be one of {CATEGORIES}, found {self.category!r}")
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
        return self.period_column.endswith("_month")


def days(text: object) -> timedelta:
    """``7 days`` as a timedelta."""
    match = re.fullmatch(r"(\d+) days?", str(text))
    if not match:
        raise ValueError(f"expected a number of days such as '7 days', found {text!r}")
    return timedelta(days=int(match[1]))


def read_table(path: Path) -> LoadedTable:
    """Read one query file's header strictly.

    :raises HeaderError: a key is unknown, missing or of the wrong form; the message names the file.
    """
    known = {field.name for field in fields(LoadedTable)} - {"name", "path"}
    header = read_header(path, known - set(OPTIONAL), OPTIONAL, lists=("reads", "grain", "after"))
    if "lookback" in header:
        try:
            header["lookback"] = days(header["lookback"])
        except ValueError as error:
            raise HeaderError(f"{path}: lookback: {error}") from error
    try:
        header["checks"] = tuple(read_check(line) for line in header.get("checks") or [])
    except ValueError as error:
        raise HeaderError(f"{path}: checks: {error}") from error
    _require_columns(path, header["checks"])
    return LoadedTable(name=path.stem, path=path, **header)


def _require_columns(path: Path, checks: tuple[Check, ...]) -> None:
    schema = SCHEMA / "mysql_reporting_schema.sql"
    declared = ddl.tables(schema).get(path.stem) if checks else None
    for check in checks:
        if unknown := sorted(set(check.columns) - set(declared.columns if declared else ())):
            raise HeaderError(
                f"{path}: checks: {check.name} names columns that {schema.name} does not declare: {unknown}"
            )


def reporting_tables(folder: Path = REPORTING_SQL) -> list[LoadedTable]:
    """All reporting tables, by category and name."""
    tables = [read_table(path) for path in sorted(folder.glob("*.sql"))]
    return sorted(tables, key=lambda table: (CATEGORIES.index(table.category), table.name))
