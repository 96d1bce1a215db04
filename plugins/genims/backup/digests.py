"""Digests of tables that do not depend on the order of rows, made from the text in which mysqldump writes each row.

The sum of the rows' hashes: equal rows count as often as they occur, and the sums of parts add up to the sum of all.
"""

from __future__ import annotations

import re
from hashlib import blake2b

from genims.backup.row_marks import RowMarks

BITS = 128


class Digests:
    """Digests of the tables in dumps, as these pass."""

    def __init__(self):
        self.rows: dict[str, int] = {}
        self._sums: dict[str, int] = {}
        self._marks = RowMarks()
        self._begun = None  # the hash of a row whose end has not come yet

    def on_rows(self, table: str, piece: bytes) -> None:
        """Take a piece of rows, as SqlStream hands it out.

        :param table: whose rows they are.
        :param piece: text of INSERT statements, cut anywhere.
        """
        begins, ends = (places.tolist() for places in self._marks.find(piece))
        if self._begun:
            self._begun.update(piece[: ends[0] + 1] if ends else piece)
            if ends:
                self._add(table, self._begun)
                self._begun, ends = None, ends[1:]
        for begin, end in zip(begins, ends, strict=False):
            self._add(table, _hash(piece[begin : end + 1]))
        if len(begins) > len(ends):
            self._begun = _hash(piece[begins[-1] :])
        # An empty piece ends a statement.
        if not piece:
            self._marks, self._begun = RowMarks(), None

    def _add(self, table: str, row: blake2b) -> None:
        self._sums[table] = (self._sums.get(table, 0) + int.from_bytes(row.digest())) % (1 << BITS)
        self.rows[table] = self.rows.get(table, 0) + 1

    @property
    def by_table(self) -> dict[str, str]:
        """Digest by table, in hexadecimal digits; tables without rows are left out."""
        return {table: f"{digest:032x}" for table, digest in sorted(self._sums.items())}


def _hash(text: bytes) -> blake2b:
    return blake2b(text, digest_size=BITS // 8)


class Structure:
    """What a dump says of a database but for its rows: tables with columns, collations and partitions, views, triggers,
    events and routines."""

    # How far numbers have been given, and a character set that its collation names too: both may be written or not.
    UNSTABLE = re.compile(rb" AUTO_INCREMENT=\d+| CHARACTER SET (\w+)(?= COLLATE \1_)")

    def __init__(self):
        self.lines: list[str] = []

    def on_structure(self, line: bytes) -> None:
        """Take a line, as SqlStream hands it out; where rows go next is no structure, nor are comments."""
        if not line.startswith(b"--") and line.strip():
            self.lines.append(self.UNSTABLE.sub(b"", line).decode(errors="replace"))
