"""A finding: what is wrong at a line of a file."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from genims.core.paths import ROOT


@dataclass(frozen=True)
class Finding:
    """Something that is wrong.

    :param line: the number of the line, from 1.
    :param message: what was expected and found, or what to do.
    """

    path: Path
    line: int
    message: str

    def __str__(self) -> str:
        path = self.path.relative_to(ROOT) if self.path.is_relative_to(ROOT) else self.path
        return f"{path}:{self.line}: {self.message}"


def place(path: Path, *needles: str) -> int:
    """The first line that holds, as whole words, the first of the needles that the file holds; else line 1."""
    lines = path.read_text().splitlines()
    for needle in filter(None, needles):
        pattern = re.compile(rf"(?<!\w){re.escape(needle)}(?!\w)")
        for number, line in enumerate(lines, start=1):
            if pattern.search(line):
                return number
    return 1


def near(name: str, known: Collection[str]) -> str:
    """What was probably meant, as it reads inside a message; empty if nothing is near."""
    close = get_close_matches(name, known, n=1)
    return f"did you mean {close[0]}? " if close else ""
