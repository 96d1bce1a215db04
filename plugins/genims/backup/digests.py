"""Digests of tables that do not depend on the order of rows, made from the text in which mysqldump writes each row.

The sum of the rows' hashes: equal rows count as often as they occur, and the sums of parts add up to the sum of all.
"""

from __future__ import annotations

import re
from hashlib import blake2b

ROW = re.compile(rb",?(\((?:[^'()]++|'(?:[^'\\]++|\\.)*+')*+\))", re.DOTALL)
BITS = 128


class Digests:
    """Digests of the tables in dumps, as these pass."""

    def __init__(self):
        self.rows: dict[str, int] = {}
        self._sums: dict[str, int] = {}
        self._rest = b""

    def on_rows(self, table: str, piece: bytes) -> None:
        """Take a piece of rows, as SqlStream hands it out.

        :param table: whose rows they are.
        :param piece: text of INSERT statements, cut anywhere.
        """
        text, at = self._rest + piece, 0
        # Each begins where the one before ends: a parenthesis within a text begins none.
        while row := ROW.match(text, at):
            digest = int.from_bytes(blake2b(row[1], digest_size=BITS // 8).digest())
            self._sums[table] = (self._sums.get(table, 0) + digest) % (1 << BITS)
            self.rows[table] = self.rows.get(table, 0) + 1
            at = row.end()
        # An empty piece ends a statement.
        self._rest = text[at:] if piece else b""

    @property
    def by_table(self) -> dict[str, str]:
        """Digest by table, in hexadecimal digits; tables without rows are left out."""
        return {table: f"{digest:032x}" for table, digest in sorted(self._sums.items())}


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
