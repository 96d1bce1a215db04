"""Twelve months of rows in every reporting table, in a scratch database, once or many times over.

The rows are those of the reporting database. Where its sources reach back less far (machine samples: two weeks,
snapshots: one day), the days that there are stand for the earlier ones too. Many times over means other machines,
customers, materials ... on the same days; a table without such a key (one row a day) grows backwards in time.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime

import MySQLdb
from MySQLdb.cursors import Cursor

from genims.core.paths import SCHEMA
from genims.core.settings import settings
from genims.engine.table import LoadedTable, loaded_columns, target
from genims.engine.window import first_of_month
from genims.reporting.tables import reporting_tables
from genims.setup.schema import INDEX

DATABASE = "bench_dashboards"
# The key that a larger company has more of: the finest one of a row.
THING = ("_id", "_code")
COPY = """
INSERT INTO {name} ({columns})
WITH RECURSIVE
    spans AS (SELECT 0 AS earlier UNION ALL SELECT earlier + 1 FROM spans WHERE earlier < {earlier}),
    copies AS (SELECT 0 AS copy UNION ALL SELECT copy + 1 FROM copies WHERE copy < {copies})
SELECT {values}
FROM {source}
CROSS JOIN spans
CROSS JOIN copies
"""


@contextmanager
def twelve_months(times: int) -> Iterator[Cursor]:
    """A cursor in a database that holds ``times`` as many rows as twelve months of the reporting tables."""
    tables = reporting_tables()
    with closing(root()) as connection, connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
        cursor.execute(f"CREATE DATABASE {DATABASE} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci")
        try:
            cursor.execute(f"USE {DATABASE}")
            for table in tables:
                cursor.execute(target(table.name).statement.rstrip(";"))
                fill(cursor, table, times)
            for index in INDEX.finditer((SCHEMA / "mysql_reporting_indexes.sql").read_text()):
                cursor.execute(index[0].rstrip(";"))
            cursor.execute(f"ANALYZE TABLE {', '.join(table.name for table in tables)}")
            cursor.fetchall()
            yield cursor
        finally:
            cursor.execute(f"DROP DATABASE {DATABASE}")


def root() -> MySQLdb.Connection:
    """A session that leaves no copy of its rows in the binary log, which only root may ask for."""
    return MySQLdb.connect(
        host=os.environ["MYSQL_REPORTING_HOST"],
        port=int(os.environ["MYSQL_REPORTING_PORT"]),
        user="root",
        password=os.environ["STACK_MYSQL_ROOT_PASSWORD"],
        ssl_mode="VERIFY_IDENTITY",
        ssl={"ca": os.environ["MYSQL_SSL_CA"]},
        charset="utf8mb4",
        autocommit=True,
        init_command="SET SESSION sql_log_bin = 0",
    )


def fill(cursor: Cursor, table: LoadedTable, times: int) -> None:
    """Copy the rows of one reporting table: its own, those that stand for earlier days, and all ``times`` over."""
    source = f"{settings().mysql_reporting_db}.{table.name}"
    values = {column: column for column in loaded_columns(table.name)}
    thing = next((column for column in reversed(table.grain) if column.endswith(THING)), None)
    if thing:
        values[thing] = f"IF(copy = 0, {thing}, CONCAT({thing}, '-', copy))"
    back, period, earlier = "earlier" if thing else "copy", table.period_column, 0
    if not table.by_month:
        cursor.execute(f"SELECT MIN({period}), MAX({period}) FROM {source}")
        first, last = cursor.fetchone()
        if isinstance(first, date):
            span = (last - first).days + 1
            earlier = max(0, (first - a_year_ago()).days // span)
            values[period] = f"{period} - INTERVAL {back} * {span} DAY"
        else:
            values[period] = f"{period} - {back} * {last - first + 1}"
    columns, selected = ", ".join(values), ", ".join(values.values())
    names = dict(name=table.name, columns=columns, values=selected, source=source)
    cursor.execute(COPY.format(**names, earlier=earlier, copies=times - 1))


def a_year_ago() -> date:
    """The first day that the reporting tables keep."""
    today = datetime.now(UTC).date()
    return first_of_month(today).replace(year=today.year - 1)
