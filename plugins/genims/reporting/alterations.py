"""Names the columns that somebody has altered in MySQL, by what the sources say of the same days today."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import closing
from dataclasses import replace

from genims.core import connections
from genims.core.sql_text import literal
from genims.engine import mysql_inputs, reading
from genims.engine.source_query import SourceQuery
from genims.engine.staging import Staging, duckdb_type
from genims.engine.table import LoadedTable, loaded_columns, target
from genims.hooks.mysql import GenimsMySqlHook
from genims.hooks.sources import SourcesHook

EXAMPLES = 3


def altered_columns(table: LoadedTable, table_sql: str, periods: Collection[str]) -> dict[str, str]:
    """For each altered period, the columns in which MySQL differs from the sources, and the first rows.

    A source that has changed since the period was published makes further columns differ.

    :param table: the table. Of a snapshot nothing is said: no source can tell its past days.
    :param table_sql: its rendered query, for all days that are kept.
    :param periods: the business days or months, as text.
    :returns: by period, in words; a period that agrees with the sources is missing.
    """
    if table.load == "snapshot":
        return {}
    columns = {name: target(table.name).columns[name] for name in loaded_columns(table.name)}
    query = SourceQuery(table_sql)
    period, wanted = table.period_column, ", ".join(map(literal, periods))
    with (
        closing(GenimsMySqlHook(connections.REPORTING).get_conn()) as mysql,
        SourcesHook().open(table.reads) as duck,
    ):
        if table.after:
            mysql_inputs.copy_reporting_tables(query, mysql, duck)
        staging = Staging(duck, replace(table, checks=()), list(columns.values()))
        reading.read(staging, query, checks_sql="")
        types = {name: duckdb_type(column) for name, column in columns.items()}
        select = f"SELECT {', '.join(columns)} FROM {table.name} WHERE {period} IN ({wanted})"
        mysql_inputs.copy_rows(select, mysql, duck, "in_mysql", types)
        duck.execute(
            f"CREATE OR REPLACE TEMP TABLE in_sources AS "
            f"FROM ({staging.select()}) WHERE {period}::VARCHAR IN ({wanted})"
        )
        found = {text: _differing(duck, table, list(columns), text) for text in periods}
    return {text: words for text, words in found.items() if words}


def _differing(duck, table: LoadedTable, columns: list[str], period: str) -> str:
    grain = ", ".join(table.grain)
    rest = [name for name in columns if name not in table.grain]
    joined = (
        f"FROM (SELECT *, true AS there FROM in_mysql WHERE {table.period_column}::VARCHAR = {literal(period)}) AS m "
        f"FULL JOIN (SELECT *, true AS there FROM in_sources WHERE {table.period_column}::VARCHAR = {literal(period)}) "
        f"AS s USING ({grain})"
    )
    counts = ", ".join(
        f"count(*) FILTER (WHERE m.there AND s.there AND m.{name} IS DISTINCT FROM s.{name})" for name in rest
    )
    missing, added, *differing = duck.execute(
        f"SELECT count(*) FILTER (WHERE m.there IS NULL), count(*) FILTER (WHERE s.there IS NULL)"
        f"{', ' + counts if counts else ''} {joined}"
    ).fetchone()
    words = [f"{name} of {_examples(duck, table, joined, name)}" for name, n in zip(rest, differing, strict=True) if n]
    words += [f"{missing} rows are missing"] * bool(missing) + [f"{added} rows were added"] * bool(added)
    return "; ".join(words)


def _examples(duck, table: LoadedTable, joined: str, column: str) -> str:
    key = ", ".join(f"{name}::VARCHAR" for name in table.grain[1:]) or "''"
    rows = duck.execute(
        f"SELECT concat_ws(', ', {key}), m.{column}::VARCHAR, s.{column}::VARCHAR {joined} "
        f"WHERE m.there AND s.there AND m.{column} IS DISTINCT FROM s.{column} ORDER BY ALL LIMIT {EXAMPLES}"
    ).fetchall()
    return ", ".join(f"({key}) {in_mysql} rather than {in_sources}" for key, in_mysql, in_sources in rows)
