"""Rows of MySQL that a query or a check reads: copied into tables of DuckDB."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Sequence
from contextlib import closing

import duckdb
from MySQLdb.connections import Connection
from MySQLdb.cursors import SSCursor

from genims.core.clock import business_day
from genims.engine.checks import PUBLISHED_COUNTS
from genims.engine.source_query import REPORTING, SourceQuery
from genims.engine.staging import duckdb_type
from genims.engine.table import LoadedTable, target

# How many days before today a check of row counts can see.
DAYS_SEEN = 8


def copy_rows(
    select: str,
    mysql: Connection,
    duck: duckdb.DuckDBPyConnection,
    table: str,
    columns: dict[str, str],
    parameters: dict | Sequence | None = None,
) -> None:
    """Copy what MySQL answers into a table of DuckDB, which is replaced if there is one.

    Values travel as text, so that decimals stay exact, and NULL stays apart from an empty text.

    :param select: the statement; it ends the open transaction of the session.
    :param mysql: a session that may run it.
    :param duck: the DuckDB connection that will read the rows.
    :param table: the name of the table in DuckDB.
    :param columns: its columns in the order of the SELECT, by name, with their DuckDB types.
    :param parameters: values for the placeholders of the statement.
    """
    # Through a file, because the first Python value that DuckDB is given makes it import pandas: one second.
    with tempfile.TemporaryFile("w+", encoding="utf-8", newline="") as file:
        with closing(SSCursor(mysql)) as cursor:
            cursor.execute(select, parameters)
            file.writelines(",".join(map(_quoted, row)) + "\n" for row in cursor)
        mysql.commit()
        file.flush()
        duck.execute(
            f"CREATE OR REPLACE TABLE {table} AS FROM read_csv('/proc/self/fd/{file.fileno()}', "
            "auto_detect = false, header = false, delim = ',', quote = '\"', escape = '\"', new_line = '\\n', "
            f"allow_quoted_nulls = false, columns = {columns})"
        )


def _quoted(value: object) -> str:
    return "" if value is None else '"' + str(value).replace('"', '""') + '"'


def copy_reporting_tables(query: SourceQuery, mysql: Connection, duck: duckdb.DuckDBPyConnection) -> None:
    """Copy the columns of reporting tables that a query reads, each table as ``reporting.<table>``.

    :param query: the query.
    :param mysql: a session that may read the reporting database.
    :param duck: the DuckDB connection that will run the query.
    """
    read = defaultdict(set)
    for column in query.columns_of((REPORTING,)):
        read[column.table].add(column.column)

    duck.execute(f"CREATE SCHEMA IF NOT EXISTS {REPORTING}")
    for table, names in read.items():
        columns = {name: duckdb_type(target(table).columns[name]) for name in sorted(names)}
        select = f"SELECT {', '.join(columns)} FROM {table}"
        copy_rows(select, mysql, duck, f"{REPORTING}.{table}", columns)


def copy_published_counts(table: LoadedTable, mysql: Connection, duck: duckdb.DuckDBPyConnection) -> None:
    """Copy how many rows of a table MySQL holds for each of the last DAYS_SEEN days and today.

    :param table: a table by day.
    :param mysql: a session that may read the reporting database.
    :param duck: the DuckDB connection that will run the checks.
    """
    day, today = table.period_column, business_day()
    select = (
        f"SELECT {day}, COUNT(*) FROM {table.name} "
        f"WHERE {day} BETWEEN DATE '{today}' - INTERVAL {DAYS_SEEN} DAY AND DATE '{today}' GROUP BY {day}"
    )
    copy_rows(select, mysql, duck, PUBLISHED_COUNTS, {"day": "DATE", "row_count": "BIGINT"})
