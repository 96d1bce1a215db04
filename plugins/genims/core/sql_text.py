"""Text of SQL: values quoted, scripts taken apart."""

from __future__ import annotations


def literal(text: str | None) -> str:
    """``text`` as an SQL string literal; None as the empty string."""
    return "'" + (text or "").replace("'", "''") + "'"


def statements_of(script: str) -> list[str]:
    """The statements of a script in their order, without the semicolons between them.

    :param script: statements that each end with a semicolon at the end of a line; a semicolon within a line does not
        end one.
    """
    parts = (part.strip() for part in (script.rstrip() + "\n").split(";\n"))
    return [part for part in parts if part]
