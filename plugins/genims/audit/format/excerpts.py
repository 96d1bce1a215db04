"""Texts that are too long for their column: what is too long is cut the same way every time, and stays unique."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256

# The most bytes of a TEXT column.
TEXT_BYTES = 65_535
# Of an excerpt, this much of the beginning is kept.
BEGINNING = 1_000
EXCERPT = "*** excerpt of "
_EXCERPT = re.compile(re.escape(EXCERPT) + r"(\d+) bytes, sha256 [0-9a-f]{64}: ")
_ENDING = re.compile(r"\.\.\. sha256 [0-9a-f]{64}$")
# A column that is shorter has no room for a digest.
LEAST_WITH_DIGEST = 100


def excerpt(value: str) -> str:
    """What stands for a value that is too long, here as in the sources: its length, its digest and its beginning."""
    return f"{_measures(value.encode())}{value[:BEGINNING]}"


def stands_for(text: str, value: str) -> bool:
    """Whether a text is an excerpt of a value.

    :param value: bytes as PostgreSQL writes them, in hexadecimal; the sources measure the bytes themselves.
    """
    wholes = [value.encode()]
    if value.startswith("\\x"):
        with suppress(ValueError):
            wholes.append(bytes.fromhex(value[2:]))
    return any(text.startswith(_measures(whole)) for whole in wholes)


def _measures(whole: bytes) -> str:
    return f"{EXCERPT}{len(whole)} bytes, sha256 {sha256(whole).hexdigest()}: "


def excerpt_lengths(row: Sequence[str | None]) -> dict[int, int]:
    """The lengths, in bytes, of the values that excerpts stand for, by their positions in a row."""
    found = ((position, _EXCERPT.match(value)) for position, value in enumerate(row) if value is not None)
    return {position: int(match[1]) for position, match in found if match}


def shortened(value: str, characters: int) -> str:
    """The value, or its beginning with the digest of the whole, so that different values stay different.

    :param characters: the most that the column holds.
    """
    if len(value) <= characters:
        return value
    if characters < LEAST_WITH_DIGEST:
        return value[:characters]
    ending = _ending(value)
    return value[: characters - len(ending)] + ending


def is_shortened(value: str) -> bool:
    """Whether a text looks like the beginning of a longer one, as ``shortened`` leaves it."""
    return _ENDING.search(value) is not None


def within_bytes(value: str, most: int = TEXT_BYTES) -> str:
    """``shortened`` for a column that is bounded in bytes of UTF-8.

    :param most: the most bytes that the column holds, 200 at least.
    """
    if len(value) * 4 <= most or len(whole := value.encode()) <= most:
        return value
    ending = _ending(value)
    return whole[: most - len(ending)].decode(errors="ignore") + ending


def _ending(value: str) -> str:
    return f"... sha256 {sha256(value.encode()).hexdigest()}"
