"""The words that a column of an audit table takes, as the schema declares them in its CHECK constraints."""

from __future__ import annotations

import re

from genims.audit.format.chained_tables import AUDIT_SCHEMA
from genims.core import ddl

WORDS = re.compile(r"CHECK \((?P<column>\w+) IN \((?P<words>'[^)]*')\)\)")


def words_of(table: str) -> dict[str, list[str]]:
    """The words by column; columns that take any text are left out.

    :param table: an audit table.
    """
    statement = ddl.tables(AUDIT_SCHEMA)[table].statement
    return {match["column"]: re.findall(r"'([^']*)'", match["words"]) for match in WORDS.finditer(statement)}
