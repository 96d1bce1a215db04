"""Every case of tests/cases: given source rows become the expected rows in MySQL, a second load changes nothing, and
the reconciliation finds no difference.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
import yaml

from genims.core.paths import ROOT
from genims.core.settings import business_rules
from genims.engine.load import load
from genims.engine.source_contract import columns_read
from genims.engine.table import loaded_columns
from genims.engine.window import Window
from genims.reporting.reconciliation import compare
from genims.reporting.tables import reporting_tables
from tests.support.render import reconciliation_sql, statements

TABLES = {table.name: table for table in reporting_tables()}
CASES = [
    pytest.param(path.stem, case, id=f"{path.stem}: {case['case']}")
    for path in sorted((ROOT / "tests" / "cases" / "reporting").glob("*.yaml"))
    for case in yaml.load(path.read_text(), Loader=yaml.CSafeLoader)  # ten times faster
]


@pytest.mark.parametrize(("name", "case"), CASES)
def test_case(name, case, platform, source_rows, reporting):
    table, window = TABLES[name], window_of(case, TABLES[name])
    rules = SimpleNamespace(**business_rules().model_dump() | case.get("rules", {}))
    load_statements = statements(table, window, rules=rules)

    source_rows.empty((column.database, column.table) for column in columns_read(load_statements.sql))
    given(case["given"], source_rows, reporting)
    with reporting.cursor() as cursor:
        cursor.execute(f"DELETE FROM {name}")
    reporting.commit()

    for _ in range(2):
        load(table, load_statements)
        assert shown(rows_of(name, table.grain, reporting), case["expect"]) == comparable(case["expect"])
    _, differences = compare(table, window, reconciliation_sql(table, window, rules=rules))
    assert [f"{each.measure} of {each}" for each in differences] == []


def window_of(case: dict, table) -> Window:
    first, last = case.get("window") or [case["today"], case["today"]]
    window = Window(first, last + timedelta(days=1), case.get("today", last))
    return window.whole_months() if table.by_month else window


def given(tables: dict, source_rows, reporting) -> None:
    for name, rows in (tables or {}).items():
        database, table = name.split(".")
        if database == "reporting":
            insert_reporting(table, rows, reporting)
        else:
            source_rows.insert(database, table, rows)


def insert_reporting(table: str, rows: list[dict], reporting) -> None:
    with reporting.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table}")
        # Columns that a case does not name hold 0 or an empty text, as lenient mode fills them.
        cursor.execute("SET SESSION sql_mode = ''")
        for row in rows:
            marks = ", ".join(["%s"] * len(row))
            cursor.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})", list(row.values()))
    reporting.commit()


def rows_of(name: str, grain: tuple[str, ...], reporting) -> list[dict]:
    names = loaded_columns(name)
    with reporting.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(names)} FROM {name} ORDER BY {', '.join(grain)}")
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def shown(rows: list[dict], expected: list[dict]) -> list[dict]:
    """The rows as the case looks at them: only the columns that it names."""
    named = [set(row) for row in expected] + [set()] * len(rows)
    return comparable([{key: row[key] for key in row if key in keys} for row, keys in zip(rows, named, strict=False)])


def comparable(rows: list[dict]) -> list[dict]:
    return [{key: comparable_value(value) for key, value in row.items()} for row in rows]


def comparable_value(value: object) -> object:
    if isinstance(value, bool):
        return Decimal(int(value))
    if isinstance(value, int | float | Decimal):
        return Decimal(str(value)).normalize() + 0
    if isinstance(value, datetime | date):
        return str(value)
    if isinstance(value, str):
        return as_number(value)
    return value


def as_number(text: str) -> object:
    """A quoted decimal in a case file is a number; everything else is the text itself."""
    try:
        return Decimal(text).normalize() + 0 if text.replace(".", "", 1).lstrip("-").isdigit() else text
    except ArithmeticError:
        return text
