"""What the queries of ``include/sql/reconcile`` consist of: totals of single sources, and identities of every row."""

from __future__ import annotations

import re
from dataclasses import dataclass

import sqlglot
from sqlglot import exp

from genims.core.sources import SOURCES
from genims.engine.table import LoadedTable, target

HEADER = re.compile(r"^/\* --- (source: \w+(?:, rows: .+?)?|identities) --- \*/\n", re.MULTILINE)
SOURCE = re.compile(r"source: (?P<source>\w+)(?:, rows: (?P<rows>.+))?")


@dataclass(frozen=True)
class Part:
    """One part of a reconciliation.

    :param source: the short name of the source database that its SELECT reads; None for identities.
    :param sql: the SELECT.
    :param rows: a condition of MySQL: the rows of the table that come from this source.
    """

    source: str | None
    sql: str
    rows: str = "TRUE"

    @property
    def columns(self) -> list[str]:
        """The names of all that it selects."""
        return sqlglot.parse_one(self.sql, dialect="postgres").named_selects


@dataclass(frozen=True)
class Identity:
    """A column that other columns of its row make.

    :param column: the column.
    :param expression: what it must be, in MySQL's SQL.
    :param is_rounded: whether the expression rounds or divides, so that its last digit may differ by one.
    :param decimals: of the column.
    """

    column: str
    expression: str
    is_rounded: bool
    decimals: int

    @property
    def is_broken(self) -> str:
        """A condition of MySQL: whether a row does not fulfil it."""
        if not self.is_rounded:
            return f"(NOT {self.column} <=> ({self.expression}))"
        return (
            f"COALESCE(ABS({self.column} - ({self.expression})) > 1e-{self.decimals}, "
            f"({self.column} IS NULL) <> (({self.expression}) IS NULL))"
        )


def parts(table: LoadedTable, sql: str) -> list[Part]:
    """The parts of a rendered reconciliation query.

    :param table: the table.
    :param sql: the query.
    :raises ValueError: it begins with no header, or names an unknown source.
    """
    before, *texts = HEADER.split(sql)
    found = [_part(header, text) for header, text in zip(texts[::2], texts[1::2], strict=True)]
    if before.strip() or not found or any(part.source not in {*SOURCES, None} for part in found):
        raise ValueError(
            f"include/sql/reconcile/{table.name}.sql: expected to begin with '/* --- source: <database> --- */', "
            f"found {sql[:40]!r}"
        )
    return found


def _part(header: str, sql: str) -> Part:
    named = SOURCE.fullmatch(header)
    return Part(named["source"], sql, named["rows"] or "TRUE") if named else Part(None, sql)


def identities(table: LoadedTable, part: Part) -> list[Identity]:
    """The identities that a part selects, each as an expression under the name of its column.

    :param table: the table.
    :param part: its last part.
    """
    return [
        Identity(
            select.alias,
            select.this.sql(dialect="mysql"),
            select.find(exp.Div, exp.Round) is not None,
            decimals(table, select.alias),
        )
        for select in sqlglot.parse_one(part.sql, dialect="mysql").expressions
    ]


def decimals(table: LoadedTable, column: str) -> int:
    """How many decimals a number of the table has.

    :param table: the table.
    :param column: its column.
    """
    declared = re.search(r",\s*(\d+)\)", target(table.name).columns[column].type)
    return int(declared[1]) if declared else 0
