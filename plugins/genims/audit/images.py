"""Reads the images of rows: PostgreSQL's composite text, such as ``(M-1,"5 mm, bent",,t)``."""

from __future__ import annotations

import csv
import re

# The csv module's own bound on a field.
LONGEST_FOR_CSV = 100_000
FIELD = re.compile(r'(?:"((?:[^"\\]|""|\\\\)*)"|([^",]*)),')


def values(image: str) -> list[str | None]:
    """The values of a row; NULL is None.

    :param image: what ``ROW(...)::text`` gives.
    """
    text = image[1:-1]
    # An empty text is "", which the csv module cannot tell from NULL.
    if '""' in text or "\\" in text or len(text) > LONGEST_FOR_CSV:
        return [_unquoted(*field.groups()) for field in FIELD.finditer(text + ",")]
    if '"' not in text:
        return [value or None for value in text.split(",")]
    return [value or None for value in next(csv.reader((text,)))]


def _unquoted(quoted: str | None, plain: str | None) -> str | None:
    return plain or None if quoted is None else quoted.replace('""', '"').replace("\\\\", "\\")
