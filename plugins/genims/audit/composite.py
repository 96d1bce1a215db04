"""Reads the composite text in which PostgreSQL writes a whole row: ``(1,"a, b",,"")``."""

from __future__ import annotations

import re

# A value is quoted where it must be, and always where it is empty; nothing at all stands for NULL.
VALUE = re.compile(r'("[^"]*(?:""[^"]*)*"|[^,")]*)[,)]')


def parse(text: str) -> list[str | None]:
    """The values of a row, in the order of its columns; None stands for NULL.

    :param text: as PostgreSQL's ``record_out`` writes it.
    """
    if '"' not in text:
        return [value or None for value in text[1:-1].split(",")]
    return [_unquoted(value) if value else None for value in VALUE.findall(text, 1)]


def _unquoted(value: str) -> str:
    if value[0] != '"':
        return value
    return value[1:-1].replace('""', '"').replace("\\\\", "\\")
