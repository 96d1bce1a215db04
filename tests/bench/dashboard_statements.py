"""What dashboards ask: the statements of ``tests/bench/dashboards``, three of each reporting table.

In a statement, ``:name`` stands for the value of the column ``name`` in some row of the table, so that every run
asks for another day, factory or customer that exists.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

from MySQLdb.cursors import Cursor

FOLDER = Path(__file__).with_name("dashboards")
STATEMENT = re.compile(r"^-- name: (?P<name>\w+)\n(?P<sql>.*?);$", re.MULTILINE | re.DOTALL)
PARAMETER = re.compile(r":(\w+)")
SCANS = ("ALL", "index")


@dataclass(frozen=True)
class Statement:
    """One question of a dashboard to one reporting table, in the driver's parameter style."""

    table: str
    name: str
    sql: str
    columns: tuple[str, ...]


@dataclass(frozen=True)
class Access:
    """How MySQL reads one table of a statement: a line of EXPLAIN.

    :param kind: the join type; ``ALL`` and ``index`` read the whole table; None where no row is read at all.
    :param rows: how many rows MySQL expects to read.
    """

    kind: str | None
    key: str | None
    rows: int | None
    extra: str | None

    @property
    def by_index(self) -> bool:
        return self.kind not in SCANS


def statements() -> list[Statement]:
    """All statements, by table and in the order of the files."""
    return [
        Statement(
            table=path.stem,
            name=match["name"],
            sql=PARAMETER.sub(r"%(\1)s", match["sql"].replace("%", "%%")),
            columns=tuple(dict.fromkeys(PARAMETER.findall(match["sql"]))),
        )
        for path in sorted(FOLDER.glob("*.sql"))
        for match in STATEMENT.finditer(path.read_text())
    ]


def draw(cursor: Cursor, statement: Statement, count: int) -> list[dict]:
    """``count`` sets of parameters, from rows of the table; the same rows give the same sets."""
    if not statement.columns:
        return [{}] * count
    known = " AND ".join(f"{column} IS NOT NULL" for column in statement.columns)
    cursor.execute(
        f"SELECT {', '.join(statement.columns)} FROM {statement.table} WHERE {known} ORDER BY RAND(1) LIMIT {count}"
    )
    rows = [dict(zip(statement.columns, row, strict=True)) for row in cursor.fetchall()]
    return list(islice(cycle(rows), count))


def plan(cursor: Cursor, statement: Statement, parameters: dict) -> list[Access]:
    """How MySQL would run the statement."""
    cursor.execute(f"EXPLAIN FORMAT=TRADITIONAL {statement.sql}", parameters)
    names = [column[0] for column in cursor.description]
    lines = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return [Access(line["type"], line["key"], line["rows"], line["Extra"]) for line in lines]
