"""Rows of MySQL arrive in DuckDB unchanged."""

from datetime import date, datetime
from decimal import Decimal

import duckdb
import pytest

from genims.engine.mysql_inputs import copy_rows

TEXTS = (None, "", "NULL", "\\N", 'a "quoted" one', "a,b", "tab\tand\nline\r\nbreaks", "back\\slash", "ä 😀", "10 %")


@pytest.mark.parametrize("text", TEXTS, ids=repr)
def test_a_text_stays_what_it_is(reporting, text):
    with duckdb.connect() as duck:
        copy_rows("SELECT 1, %s", reporting, duck, "copied", {"number": "INTEGER", "text": "VARCHAR"}, (text,))
        assert duck.execute("FROM copied").fetchall() == [(1, text)]


def test_numbers_and_instants_stay_exact(reporting):
    columns = {"amount": "DECIMAL(22,4)", "ratio": "DOUBLE", "day": "DATE", "at": "TIMESTAMP", "flag": "TINYINT"}
    select = (
        "SELECT 123456789012345678.1234, 0.1e0, DATE '2026-02-28', TIMESTAMP '2026-02-28 23:59:59.000001', TRUE "
        "UNION ALL SELECT NULL, NULL, NULL, NULL, NULL"
    )
    with duckdb.connect() as duck:
        copy_rows(select, reporting, duck, "copied", columns)
        assert duck.execute("FROM copied ORDER BY day").fetchall() == [
            (Decimal("123456789012345678.1234"), 0.1, date(2026, 2, 28), datetime(2026, 2, 28, 23, 59, 59, 1), 1),
            (None,) * 5,
        ]


def test_a_second_copy_replaces_the_first(reporting):
    with duckdb.connect() as duck:
        for select in ("SELECT 1 UNION ALL SELECT 2", "SELECT 3 FROM DUAL WHERE FALSE"):
            copy_rows(select, reporting, duck, "copied", {"number": "INTEGER"})
        assert duck.execute("FROM copied").fetchall() == []
