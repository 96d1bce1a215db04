"""The assets by which Airflow shows a table's way: from the source databases, over tables that it reads, to itself."""

from __future__ import annotations

from airflow.sdk import Asset

from genims.core.sources import SOURCES
from genims.engine.table import LoadedTable


def table_asset(name: str) -> Asset:
    """The asset of a reporting table.

    :param name: the table.
    """
    return Asset(name=name, uri=f"genims://reporting/{name}", group="reporting table")


def inputs_of(table: LoadedTable) -> list[Asset]:
    """The assets that the query of a table reads: source databases, then reporting tables."""
    databases = [Asset(name=SOURCES[name], uri=f"genims://sources/{name}", group="source") for name in table.reads]
    return databases + [table_asset(name) for name in table.after]
