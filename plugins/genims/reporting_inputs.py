"""Reporting tables that other reporting tables read: copied into DuckDB as ``reporting.<table>``."""

from __future__ import annotations

import duckdb
import pandas
from MySQLdb.connections import Connection

from genims.reporting_run import loaded_columns, target
from genims.staging import duckdb_type


def copy(names: tuple[str, ...], mysql: Connection, duck: duckdb.DuckDBPyConnection) -> None:
    """Copy whole reporting tables from MySQL into the DuckDB schema ``reporting``.

    Values travel as text, so that decimals stay exact. Meant for tables of some ten thousand rows.

    :param names: the tables to copy.
    :param mysql: a session that may read the reporting database.
    :param duck: the DuckDB connection that will read them.
    """
    duck.execute("CREATE SCHEMA IF NOT EXISTS reporting")
    for name in names:
        columns = [target(name).columns[column] for column in loaded_columns(name)]
        as_text = ", ".join(f"CAST({column.name} AS CHAR) AS {column.name}" for column in columns)
        with mysql.cursor() as cursor:
            cursor.execute(f"SELECT {as_text} FROM {name}")
            rows = pandas.DataFrame(cursor.fetchall(), columns=[column.name for column in columns], dtype="str")
        duck.register("copied_rows", rows)
        typed = ", ".join(f"CAST({column.name} AS {duckdb_type(column)}) AS {column.name}" for column in columns)
        duck.execute(f"CREATE OR REPLACE TABLE reporting.{name} AS SELECT {typed} FROM copied_rows")
        duck.unregister("copied_rows")
