"""The tables of ``genims_reporting_db``: one for each query file in ``include/sql/reporting``."""

from __future__ import annotations

from collections.abc import Collection
from graphlib import TopologicalSorter
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


def reporting_table(name: str) -> LoadedTable:
    """One reporting table.

    :param name: the table.
    :raises HeaderError: its header breaks a rule; the message names the file.
    """
    return read_table(REPORTING_SQL / f"{name}.sql", CATEGORIES)


def in_steps(tables: Collection[LoadedTable]) -> list[list[str]]:
    """The names of tables in the order in which they are loaded: those of one step may be loaded side by side.

    :param tables: the tables. One that reads another one of them comes in a later step.
    """
    names = {table.name for table in tables}
    order = TopologicalSorter({table.name: names & set(table.after) for table in tables})
    order.prepare()
    steps = []
    while order.is_active():
        steps.append(sorted(order.get_ready()))
        order.done(*steps[-1])
    return steps
