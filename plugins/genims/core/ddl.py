"""Reads the columns of a table from its CREATE TABLE block in ``schema/``, where alone they are written down."""

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
COMMENT = re.compile(r"COMMENT\s*(?:=\s*)?'((?:[^']|'')*)'")


@dataclass(frozen=True)
class Column:
    """One column as declared: its type in the dialect of the file, and its comment ('' where there is none)."""

    name: str
    type: str
    required: bool
    has_default: bool
    comment: str


@dataclass(frozen=True)
class Table:
    """One table as declared, its columns in order."""

    name: str
    columns: dict[str, Column]
    statement: str
    comment: str


def comment_of(text: str) -> str:
    match = COMMENT.search(text)
    return match[1].replace("''", "'") if match else ""


@cache
def tables(path: Path) -> dict[str, Table]:
    """All tables that a schema file declares, by name, in the order of the file."""
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
    return Table(match["name"], columns, match[0], comment_of(match["options"]))
