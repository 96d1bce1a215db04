"""The tables of ``genims_reporting_db``: one for each query file in ``include/sql/reporting``."""

from __future__ import annotations

from pathlib import Path

from genims.core.paths import REPORTING_SQL
from genims.engine.table import LoadedTable, read_table

CATEGORIES = ("performance", "sales", "financial", "inventory")


def reporting_tables(folder: Path = REPORTING_SQL) -> list[LoadedTable]:
    """All reporting tables, sorted by category and name.

    :param folder: where the query files are.
    :raises HeaderError: a header breaks a rule; the message names the file.
    """
    tables = [read_table(path, CATEGORIES) for path in folder.glob("*.sql")]
    return sorted(tables, key=lambda table: (CATEGORIES.index(table.category), table.name))
