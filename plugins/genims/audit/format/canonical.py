"""The one text form of an audit row: what MySQL loads, what it gives back, and what is hashed.

A row is one line of ``LOAD DATA``'s own format: fields in column order, separated by tabs; backslash, tab, line feed
and NUL escaped; NULL as ``\\N``. Every field is exactly the text that MySQL returns for the stored value, so a
verifier makes the same line from what it reads. Different rows never have the same line.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Context, Decimal
from hashlib import sha256

NULL = r"\N"
WIDE = Context(prec=200)


def row_hash(table: str, line: bytes) -> bytes:
    """SHA-256 of a row.

    :param table: its table.
    :param line: its fields but for the hashes, as UTF-8. NULLs at its end do not count, so a column that is added
        to the table later leaves the hashes of older rows as they are.
    """
    while line.endswith(b"\t\\N"):
        line = line[:-3]
    return sha256(table.encode() + b"\n" + line).digest()


def text(value: str | None) -> str:
    """A field of a VARCHAR or TEXT column."""
    if value is None:
        return NULL
    return value.replace("\\", r"\\").replace("\t", r"\t").replace("\n", r"\n").replace("\0", r"\0")


def escaped(value: bytes) -> bytes:
    """The field of a value that MySQL sent; ``text`` for what comes back."""
    return value.replace(b"\\", rb"\\").replace(b"\t", rb"\t").replace(b"\n", rb"\n").replace(b"\0", rb"\0")


def integer(value: int | None) -> str:
    """A field of an integer column; a truth value is 0 or 1."""
    return NULL if value is None else f"{value:d}"


def moment(value: datetime | None) -> str:
    """A field of a DATETIME(6) column: UTC. A time without zone is taken as UTC."""
    if value is None:
        return NULL
    if value.tzinfo:
        value = value.astimezone(UTC).replace(tzinfo=None)
    return value.isoformat(" ", "microseconds")


def day(value: date | None) -> str:
    """A field of a DATE column."""
    return NULL if value is None else value.isoformat()


def decimal(scale: int) -> Callable[[Decimal | int | str | None], str]:
    """The function for fields of a DECIMAL column.

    :param scale: its digits after the point.
    """

    unit = Decimal(1).scaleb(-scale)

    def field(value: Decimal | int | str | None) -> str:
        if value is None:
            return NULL
        exact = Decimal(value)
        if not exact.is_finite() or (written := exact.quantize(unit, context=WIDE)) != exact:
            raise ValueError(f"{value} is no number of {scale} digits after the point, and rounded it is no evidence")
        return f"{written or abs(written):f}"  # no negative zero, as in MySQL

    return field


def field_function(column_type: str) -> Callable[..., str]:
    """The function that writes the fields of a column.

    :param column_type: its type in MySQL, such as ``DECIMAL(12,3)``.
    :raises ValueError: a type that audit tables do not use.
    """
    name = column_type.upper()
    if match := re.fullmatch(r"DECIMAL\(\d+,(\d+)\)", name):
        return decimal(int(match[1]))
    if re.match(r"(BIG|SMALL|TINY)?INT\b", name):
        return integer
    if name == "DATETIME(6)":
        return moment
    if name == "DATE":
        return day
    if re.match(r"(VAR)?CHAR\(|(MEDIUM)?TEXT", name):
        return text
    raise ValueError(f"{column_type}: no canonical form is defined for this type")
