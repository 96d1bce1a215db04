"""Rows as a small table in a log."""

from __future__ import annotations


def text_table(rows: list[dict]) -> str:
    """The rows below their column names, aligned; ``(none)`` if there are no rows.

    :param rows: one dict for each row, all with the same keys in the same order; None is shown as an empty cell.
    """
    if not rows:
        return "(none)"
    lines = [list(rows[0])] + [["" if value is None else str(value) for value in row.values()] for row in rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    padded = ("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)
    return "\n".join(line.rstrip() for line in padded)
