"""Follows the text of mysqldump as it passes: which tables and rows it holds, and whether it came to its end.

mysqldump writes one statement with rows a line, up to about a megabyte and sometimes much more; no raw line feed stands
in it. So a piece of such a line is counted as it comes, and memory stays flat whatever the size of a row.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from genims.backup.row_marks import RowMarks

NAME = rb"`((?:[^`]|``)+)`"
INSERT = b"INSERT INTO "
ROWS = re.compile(rb"INSERT INTO " + NAME + rb" (?:\((?:`(?:[^`]|``)+`(?:, )?)+\) )?VALUES ")
SECTION = re.compile(rb"-- (Table structure for table|Dumping data for table) " + NAME + rb"\n\Z")
OTHER_SECTION = re.compile(rb"-- (?:Temporary view structure|Final view structure|Dumping events|Dumping routines) ")
CREATED = re.compile(rb"(?:/\*!\d+ )?CREATE.*? (TABLE|TRIGGER|EVENT|PROCEDURE|FUNCTION|VIEW) " + NAME)
DEFINER = re.compile(rb"((?:/\*!\d+ CREATE\*/ /\*!\d+ |/\*!50013 |CREATE ))DEFINER=(`(?:[^`]|``)*`@`(?:[^`]|``)*`) ?")
END = b"-- Dump completed"


class SqlStream:
    """A dump as it passes.

    :param on_rows: is told table and text of every piece of rows, and where a statement ends (an empty piece).
    :param on_structure: is told every other line.
    :param only: let this table alone pass; None lets everything pass.
    """

    def __init__(
        self,
        on_rows: Callable[[str, bytes], None] | None = None,
        on_structure: Callable[[bytes], None] | None = None,
        only: str | None = None,
    ):
        self.rows: dict[str, int] = {}
        self.objects: set[tuple[str, str]] = set()
        self.definers: set[str] = set()
        self.completed = 0
        self._on_rows = on_rows
        self._on_structure = on_structure
        self._only = only
        self._section: str | None = None  # a table; None before the first one
        self._line = b""  # the beginning of a line whose end has not come yet
        self._before = b""  # the line before
        self._table: str | None = None  # whose rows are passing
        self._marks = RowMarks()

    def feed(self, data: bytes) -> bytes:
        """Take the next piece; returns what passes, which is the piece but for definers and what is filtered."""
        passing = []
        position = 0
        while position < len(data):
            end = data.find(b"\n", position) + 1 or len(data)
            piece, position = self._line + data[position:end], end
            self._line = b""
            if self._table is None:
                if head := ROWS.match(piece):
                    self._begin_rows(head)
                    passing.append(self._passed(head[0]))
                    piece = piece[head.end() :]
                elif piece.endswith(b"\n"):
                    passing.append(self._passed(self._structure(piece)))
                    continue
                else:
                    self._line = piece
                    continue
            passing.append(self._passed(piece))
            self._count(piece)
        return b"".join(passing)

    def _begin_rows(self, head: re.Match) -> None:
        self._table = _name(head[1])
        self.rows.setdefault(self._table, 0)
        self._marks = RowMarks()

    def _count(self, piece: bytes) -> None:
        if self._on_rows:
            self._on_rows(self._table, piece)
        begins, _ = self._marks.find(piece)
        self.rows[self._table] += len(begins)
        if piece.endswith(b"\n"):
            if self._on_rows:
                self._on_rows(self._table, b"")
            self._table, self._before = None, b""

    def _structure(self, line: bytes) -> bytes:
        """A line that holds no rows, without the definer that it may name."""
        if section := SECTION.match(line):
            self._section = _name(section[2])
            self.rows.setdefault(self._section, 0)
        elif OTHER_SECTION.match(line):
            self._section = ""
        if line.startswith(END):
            self.completed += 1
        begins = self._before.endswith(b";;\n") or self._before.startswith(b"/*!50001 CREATE ALGORITHM=")
        if begins and (found := DEFINER.match(line)):
            self.definers.add(found[2].replace(b"`", b"").decode())
            line = found[1] + line[found.end() :]
        if created := CREATED.match(line):
            self.objects.add((created[1].decode().lower(), _name(created[2])))
        self._before = line
        if self._on_structure:
            self._on_structure(line)
        return line

    def _passed(self, piece: bytes) -> bytes:
        return piece if self._only is None or self._section in (None, self._only) else b""


def _name(quoted: bytes) -> str:
    return quoted.replace(b"``", b"`").decode()
