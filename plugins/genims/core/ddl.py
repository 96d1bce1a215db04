"""Reads the columns of a table from its CREATE TABLE block in ``schema/``, the only place that lists them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TABLE = re.compile(
    r"^CREATE TABLE IF NOT EXISTS (?P<name>\w+) \((?P<body>.*?)^\)(?P<options>[^;]*);", re.DOTALL | re.MULTILINE
)
COLUMN = re.compile(
    r"^ +\"?(?P<name>[a-z_]\w*)\"? +(?P<type>[A-Za-z].*?)"
    r"(?= +(?:CHARACTER SET|COLLATE|NOT NULL|NULL|DEFAULT|COMMENT|AUTO_INCREMENT|GENERATED)\b|,?$)(?P<rest>.*)$",
    re.MULTILINE,
)
PRIMARY_KEY = re.compile(r"PRIMARY KEY \((?P<columns>[^)]*)\)")
COMMENT = re.compile(r"COMMENT\s*(?:=\s*)?'((?:[^']|'')*)'")


@dataclass(frozen=True)
class Column:
    """One column as declared.

    :param name: its name.
    :param type: its type in the dialect of the file, such as ``DECIMAL(12,2)``.
    :param required: whether it is NOT NULL.
    :param has_default: whether it may be left out of an INSERT.
    :param comment: its comment; the empty string if it has none.
    """

    name: str
    type: str
    required: bool
    has_default: bool
    comment: str


@dataclass(frozen=True)
class Table:
    """One table as declared.

    :param name: its name.
    :param columns: its columns by name, in order.
    :param statement: the whole CREATE TABLE statement.
    :param comment: its comment; the empty string if it has none.
    """

    name: str
    columns: dict[str, Column]
    statement: str
    comment: str
    primary_key: tuple[str, ...] = ()


def comment_of(text: str) -> str:
    """The comment in a part of a CREATE TABLE statement; the empty string if it has none."""
    match = COMMENT.search(text)
    return match[1].replace("''", "'") if match else ""


@cache
def tables(path: Path) -> dict[str, Table]:
    """All tables that a schema file declares, by name, in the order of the file.

    :param path: the schema file.
    """
    return {match["name"]: _table(match) for match in TABLE.finditer(path.read_text())}


def _table(match: re.Match) -> Table:
    columns = {}
    for line in COLUMN.finditer(match["body"]):
        columns[line["name"]] = Column(
            name=line["name"],
            type=line["type"].strip(),
            required="NOT NULL" in line["rest"],
            has_default=" DEFAULT " in line["rest"] or "SERIAL" in line["type"],
            comment=comment_of(line["rest"]),
        )
    key = PRIMARY_KEY.search(match["body"])
    primary_key = tuple(re.findall(r"\w+", key["columns"])) if key else ()
    return Table(match["name"], columns, match[0], comment_of(match["options"]), primary_key)
