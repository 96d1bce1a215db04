"""Reporting tables that other reporting tables read: copied into DuckDB as ``reporting.<table>``."""

from __future__ import annotations

import json
import tempfile
from collections import defaultdict

import duckdb
from MySQLdb.connections import Connection
from MySQLdb.cursors import DictCursor

from genims.engine import source_contract
from genims.engine.staging import duckdb_type
from genims.engine.table import LoadedTable, target

# How a check says that it compares with days that MySQL holds, and how many of them it can see.
ROW_COUNTS = "FROM published"
DAYS_SEEN = 8


def copy(sql: str, mysql: Connection, duck: duckdb.DuckDBPyConnection) -> None:
    """Copy what a query reads of reporting tables from MySQL into the DuckDB schema ``reporting``.

    Values travel as text, so that decimals stay exact.

    :param sql: the rendered query.
    :param mysql: a session that may read the reporting database.
    :param duck: the DuckDB connection that will run the query.
    """
    read = defaultdict(set)
    for column in source_contract.columns_read(sql, databases=(source_contract.REPORTING,)):
        read[column.table].add(column.column)

    duck.execute(f"CREATE SCHEMA IF NOT EXISTS {source_contract.REPORTING}")
    for table, names in read.items():
        columns = [target(table).columns[name] for name in sorted(names)]
        as_text = ", ".join(f"CAST({column.name} AS CHAR) AS {column.name}" for column in columns)
        # Through a file, because the first Python value that DuckDB is given makes it import pandas: one second.
        with tempfile.TemporaryFile("w+") as file, mysql.cursor(DictCursor) as cursor:
            cursor.execute(f"SELECT {as_text} FROM {table}")
            file.writelines(json.dumps(row) + "\n" for row in cursor.fetchall())
            file.flush()
            types = ", ".join(f"{column.name}: '{duckdb_type(column)}'" for column in columns)
            duck.execute(
                f"CREATE OR REPLACE TABLE {source_contract.REPORTING}.{table} AS SELECT * FROM "
                f"read_json('/proc/self/fd/{file.fileno()}', format = 'newline_delimited', columns = {{{types}}})"
            )


def copy_row_counts(table: LoadedTable, mysql: Connection, duck: duckdb.DuckDBPyConnection) -> None:
    """Copy how many rows MySQL holds of each of the last days into the DuckDB table ``published``.

    :param table: a table by day.
    :param mysql: a session that may read the reporting database.
    :param duck: the DuckDB connection that will run the checks.
    """
    day = table.period_column
    with mysql.cursor() as cursor:
        cursor.execute(
            f"SELECT {day}, COUNT(*) FROM {table.name} "
            f"WHERE {day} >= CURRENT_DATE - INTERVAL {DAYS_SEEN} DAY AND {day} <= CURRENT_DATE GROUP BY {day}"
        )
        counts = ", ".join(f"(DATE '{counted}', {rows})" for counted, rows in cursor.fetchall())
    duck.execute("CREATE OR REPLACE TEMP TABLE published (day DATE, row_count BIGINT)")
    if counts:
        duck.execute(f"INSERT INTO published VALUES {counts}")
