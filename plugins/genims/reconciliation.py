"""Compares a reporting table with its sources, by sums that are computed on the source server itself.

``include/sql/reconcile/<table>.sql`` names one source database and selects, for each value of the table's
first grain column, the totals of columns that may be added. It is written independently of the table's query.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal

from airflow.providers.postgres.hooks.postgres import PostgresHook
from jinja2 import Environment, StrictUndefined
from psycopg.rows import dict_row

from genims import connections
from genims.hooks.mysql import GenimsMySqlHook
from genims.paths import SQL
from genims.reporting_table import ReportingTable
from genims.settings import business_rules
from genims.sources import SOURCES
from genims.window import Window

HEADER = re.compile(r"\A/\* --- source: (\w+) --- \*/\n")

# Rows of one period: its totals by column.
Totals = dict[str, dict[str, Decimal]]


def differences(table: ReportingTable, window: Window) -> Iterator[str]:
    """Every total that differs between the sources and MySQL, as a sentence.

    :param table: the table to compare.
    :param window: the business days to compare.
    """
    database, sql = _independent_query(table, window)
    expected = _source_totals(database, sql, table.period_column)
    measures = sorted({measure for totals in expected.values() for measure in totals})
    found = _mysql_totals(table, measures, window)
    for period in sorted(set(expected) | set(found)):
        for measure in measures:
            in_source = expected.get(period, {}).get(measure) or Decimal(0)
            in_mysql = found.get(period, {}).get(measure) or Decimal(0)
            if in_source != in_mysql:
                yield (
                    f"{table.name}.{measure} of {table.period_column} {period}: "
                    f"{SOURCES[database]} has {in_source}, MySQL has {in_mysql}"
                )


def _independent_query(table: ReportingTable, window: Window) -> tuple[str, str]:
    """The source database to ask, and the rendered query."""
    path = SQL / "reconcile" / f"{table.name}.sql"
    text = path.read_text()
    header = HEADER.match(text)
    if not header or header[1] not in SOURCES:
        raise ValueError(f"{path}: expected to begin with '/* --- source: <database> --- */', found {text[:40]!r}")
    template = Environment(undefined=StrictUndefined, autoescape=False).from_string(text)
    return header[1], template.render(window=window, settings=business_rules())


def _source_totals(database: str, sql: str, period_column: str) -> Totals:
    hook = PostgresHook(connection=connections.connection(connections.source_id(database)))
    with closing(hook.get_conn()) as connection, connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute(sql)
        return {
            str(row.pop(period_column)): {name: Decimal(str(value or 0)) for name, value in row.items()}
            for row in cursor.fetchall()
        }


def _mysql_totals(table: ReportingTable, measures: list[str], window: Window) -> Totals:
    if not measures:
        return {}
    sums = ", ".join(f"SUM({measure})" for measure in measures)
    bounds = "" if table.load == "replace" else f"WHERE {window(table.period_column)}"
    with closing(GenimsMySqlHook(connections.REPORTING).get_conn()) as connection, connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {table.period_column}, {sums} FROM {table.name} {bounds} GROUP BY {table.period_column}"
        )
        return {
            str(row[0]): dict(zip(measures, (Decimal(str(value or 0)) for value in row[1:]), strict=True))
            for row in cursor.fetchall()
        }
