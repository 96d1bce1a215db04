"""What schema/sources says about the tables: their columns, and the statements that create them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[2] / "schema" / "sources"

CREATE_TABLE = re.compile(r"CREATE TABLE IF NOT EXISTS (\w+) \((.*?)^\);", re.DOTALL | re.MULTILINE)
CREATE_INDEX = re.compile(r"CREATE INDEX IF NOT EXISTS .*?;", re.DOTALL)
COLUMN = re.compile(r"^ {4}([a-z]\w*) +([A-Z]+(?:\([\d,]+\))?(?:\[\])?)(.*?),?$", re.MULTILINE)
PRIMARY_KEY = re.compile(r"PRIMARY KEY \((\w+)\)")


@dataclass(frozen=True)
class Column:
    name: str
    type: str
    required: bool
    default: str | None

    @property
    def is_serial(self) -> bool:
        return self.type == "BIGSERIAL"


@dataclass(frozen=True)
class Table:
    name: str
    ddl: str
    columns: dict[str, Column]
    primary_key: str


@dataclass(frozen=True)
class Schema:
    """One source database."""

    tables: dict[str, Table]
    indexes: list[str]


@cache
def read_schema(database: str) -> Schema:
    sql = (SOURCES / f"{database}.sql").read_text()
    tables = {match[1]: _table(match) for match in CREATE_TABLE.finditer(sql)}
    return Schema(tables, CREATE_INDEX.findall(sql))


def _table(match: re.Match) -> Table:
    body = match[2]
    columns = {name: _column(name, kind, rest) for name, kind, rest in COLUMN.findall(body)}
    return Table(match[1], match[0], columns, PRIMARY_KEY.search(body)[1])


def _column(name: str, kind: str, rest: str) -> Column:
    default = re.search(r"DEFAULT (.+)", rest)
    return Column(name, kind, "NOT NULL" in rest, default and default[1].strip())
