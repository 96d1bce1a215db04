"""Reads the composite text in which PostgreSQL writes a whole row: ``(1,"a, b",,"")``."""

from __future__ import annotations

import re

# A value is quoted if it must be, and always if it is empty; nothing between two commas is NULL.
VALUE = re.compile(r'("[^"]*(?:""[^"]*)*"|[^,")]*)[,)]')


def parse(text: str) -> list[str | None]:
    """The values of a row, in the order of its columns; None stands for NULL.

    :param text: as PostgreSQL's ``record_out`` writes it.
    """
    if '"' not in text:
        return [value or None for value in text[1:-1].split(",")]
    if '""' not in text and "\\" not in text:
        return _with_plain_quotes(text[1:-1].split('"'))
    return [_unquoted(value) if value else None for value in VALUE.findall(text, 1)]


def _with_plain_quotes(parts: list[str]) -> list[str | None]:
    """The values of a row that was split at its quotes: unquoted and quoted parts take turns."""
    values = parts[0].split(",")
    for quoted, unquoted in zip(parts[1::2], parts[2::2], strict=True):
        values[-1] = quoted
        values += unquoted.split(",")[1:]
    return [value or None for value in values]


def _unquoted(value: str) -> str:
    if value[0] != '"':
        return value
    return value[1:-1].replace('""', '"').replace("\\\\", "\\")
