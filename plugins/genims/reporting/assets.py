"""The assets by which Airflow shows a table's way: from the source databases, over tables that it reads, to itself."""

from __future__ import annotations

from airflow.sdk import Asset

from genims.engine.table import LoadedTable


def table_asset(name: str) -> Asset:
    """The asset of a reporting table.

    :param name: the table.
    """
    return Asset(name=name, uri=f"genims://reporting/{name}", group="table")


def inputs_of(table: LoadedTable) -> list[Asset]:
    """The assets that the query of a table reads: source databases, then reporting tables.

    A source database is one asset for each table that reads it. Airflow draws all that is connected, so that a shared
    one would put every table into the graph of each.
    """
    sources = [
        Asset(name=f"{source} for {table.name}", uri=f"genims://sources/{source}/{table.name}", group="source")
        for source in table.reads
    ]
    return sources + [table_asset(name) for name in table.after]
