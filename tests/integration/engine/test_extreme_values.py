"""Every source column that a reporting table reads, at the ends of its type: it arrives as plain PostgreSQL has it."""

from __future__ import annotations

import re
from collections import defaultdict

import psycopg
import pytest
from psycopg import sql

from genims.core import ddl
from genims.engine import source_contract
from genims.engine.source_query import SourceQuery, SourceTable, declared
from genims.engine.window import Window
from genims.hooks.sources import SourcesHook
from genims.reporting.tables import reporting_tables
from tests.support.faults.faults import TODAY
from tests.support.render import statements

NONE_AT_ALL = ("NaN", "infinity", "-infinity")


def _columns() -> dict[SourceTable, list[str]]:
    window = Window(TODAY, TODAY.replace(year=TODAY.year + 1), TODAY)
    found = defaultdict(set)
    for table in reporting_tables():
        for column in SourceQuery(statements(table, window).sql).columns:
            found[SourceTable(column.database, column.table)].add(column.column)
    return {table: sorted(columns) for table, columns in sorted(found.items())}


COLUMNS = _columns()


def extremes(column: ddl.Column) -> list[str | None]:
    """Texts of the greatest, the smallest and the strangest values of a column's type."""
    kind, _, modifier = column.type.upper().partition("(")
    if kind.startswith("NUMERIC"):
        digits, decimals = (int(number) for number in re.findall(r"\d+", modifier))
        greatest = f"{10 ** (digits - decimals) - 1}.{'9' * decimals}".rstrip(".")
        return [greatest, f"-{greatest}", f"0.{'0' * (decimals - 1)}1" if decimals else "1", "0", "NaN"]
    if kind.startswith("DATE"):
        return ["0001-01-01", "9999-12-31", "infinity", "-infinity"]
    if kind.startswith("TIMESTAMP"):
        return ["0001-01-01 00:00:00", "9999-12-31 23:59:59.999999", "infinity", "-infinity"]
    if kind.startswith(("INT", "SERIAL")):
        return [str(2**31 - 1), str(-(2**31)), "0"]
    if kind.startswith("BIG"):
        return [str(2**63 - 1), str(-(2**63))]
    if kind.startswith("BOOL"):
        return ["true", "false"]
    if kind.startswith(("VARCHAR", "TEXT")):
        length = int(modifier.rstrip(")") or 100)
        return ["", "'\"\\"[:length], "\U0010ffff" * length]
    return []


@pytest.mark.parametrize("table", COLUMNS, ids=".".join)
def test_extreme_values_arrive(platform, source_rows, table):
    session, columns = source_rows.connect(table.database), declared(table).columns
    key = declared(table).primary_key
    source_rows.empty([table])
    for name in COLUMNS[table]:
        if name in key:
            continue
        for value in extremes(columns[name]):
            newest = sql.SQL("UPDATE {0} SET {1} = %s WHERE ctid = (SELECT max(ctid) FROM {0})")
            try:
                source_rows.insert(table.database, table.table, [{}])
                session.execute(newest.format(sql.Identifier(table.table), sql.Identifier(name)), (value,))
            except psycopg.errors.IntegrityError:
                continue  # a rule of the table forbids it
    names = sorted({*key, *COLUMNS[table]})
    plain = sql.SQL(", ").join(
        sql.SQL("CASE WHEN {0}::text = ANY (%(none)s) THEN NULL ELSE {0} END").format(sql.Identifier(name))
        for name in names
    )
    query = sql.SQL("SELECT {} FROM {}").format(plain, sql.Identifier(table.table))
    expected = session.execute(query, {"none": list(NONE_AT_ALL)}).fetchall()

    query = SourceQuery(f"SELECT {', '.join(names)} FROM {table.database}.{table.table}")
    with SourcesHook().open([table.database]) as duck:
        live = source_contract.check(query, duck)
        found = duck.execute(query.sent({table: live[table].columns})).fetchall()
    assert sorted(map(repr, found)) == sorted(map(repr, expected))
    # Some tables forbid a second row of fillers by a unique rule of their own.
    assert found or set(COLUMNS[table]) <= set(key)
    source_rows.empty([table])
