"""One rule for exchange rates: it reads both directions of a quote, and fails on a rate that cannot be trusted."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest

from genims.core.errors import RejectedRows
from genims.engine.load import load
from genims.engine.source_contract import columns_read
from genims.engine.window import Window
from genims.reporting.tables import reporting_tables
from tests.integration.reporting.test_cases import rows_of
from tests.support.render import statements

TABLES = {table.name: table for table in reporting_tables()}
DAY = date(2026, 3, 9)
CONVERTING = [
    name
    for name, table in TABLES.items()
    if "exchange_rates"
    in {column.table for column in columns_read(statements(table, Window(DAY, DAY + timedelta(1), DAY)).sql)}
]


def rate(from_: str, to: str, value: float, inverse: float | None = None, day: date = DAY) -> dict:
    return {
        "rate_id": f"{from_}-{to}-{day}",
        "from_currency": from_,
        "to_currency": to,
        "effective_date": day,
        "exchange_rate": value,
        "inverse_rate": inverse,
    }


@pytest.fixture
def order_of(source_rows, reporting):
    """Loads an order of 100 in a currency, with the given rates; returns what it is worth in INR."""
    table = TABLES["sales_order_summary"]
    load_statements = statements(table, Window(DAY, DAY + timedelta(1), DAY))

    def value(currency: str, *rates: dict) -> float | None:
        source_rows.empty((column.database, column.table) for column in columns_read(load_statements.sql))
        order = {"sales_order_id": "SO-1", "sales_order_number": "1", "customer_id": "C1", "order_date": DAY}
        source_rows.insert("erp", "sales_orders", [order | {"currency": currency, "total_net_value": 100}])
        source_rows.insert("financial", "exchange_rates", list(rates))
        with reporting.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table.name}")
        load(table, load_statements)
        [row] = rows_of(table.name, table.grain, reporting)
        assert row["documents_without_rate"] == (row["average_order_value"] is None)
        return row["average_order_value"] and float(row["average_order_value"])

    return value


@pytest.mark.parametrize(
    ("currency", "rates", "value"),
    [
        pytest.param("INR", [], 100, id="functional currency"),
        pytest.param("USD", [rate("USD", "INR", 84.5)], 8450, id="a price"),
        pytest.param("USD", [rate("INR", "USD", 0.011834, 84.5)], 8450, id="its inverse, with the price beside it"),
        pytest.param("USD", [rate("INR", "USD", 0.0125)], 8000, id="its inverse alone"),
        pytest.param("USD", [rate("INR", "USD", 84.38, 0.011851)], 8438, id="a price under the wrong name"),
        pytest.param("USD", [rate("USD", "INR", 0.0125, 80)], 8000, id="an inverse under the wrong name"),
        pytest.param("USD", [rate("USD", "INR", 0.012, 83.33), rate("INR", "USD", 84, 0.0119)], 8400, id="price first"),
        pytest.param("USD", [rate("USD", "INR", 80, day=DAY - timedelta(400))], 8000, id="the last one before"),
        pytest.param(
            "USD", [rate("USD", "INR", 80, day=DAY + timedelta(1))], None, id="none known by the end of the run"
        ),
        pytest.param("USD", [rate("EUR", "INR", 92)], None, id="another currency's"),
        pytest.param("JPY", [rate("JPY", "INR", 0.56)], 56, id="currencies worth about the same, as written"),
        pytest.param("JPY", [rate("INR", "JPY", 1.6, 0.625)], 62.5, id="as written, the other way"),
        pytest.param("", [rate("", "INR", 3), rate("", "INR", 9, day=DAY - timedelta(1))], None, id="what is no code"),
        pytest.param("XYZ", [rate("XYZ", "INR", 3)], 300, id="a currency that nobody knows, as written"),
    ],
)
def test_value_in_functional_currency(currency, rates, value, order_of):
    assert order_of(currency, *rates) == value


@pytest.mark.parametrize(
    ("rates", "message"),
    [
        pytest.param([rate("USD", "INR", 0)], "USD -> INR of 2026-03-09: 0.000000 is no rate", id="zero"),
        pytest.param([rate("USD", "INR", 84, 0.05)], "84.000000 is not the inverse of 0.050000", id="own inverse"),
        pytest.param([rate("USD", "INR", 1)], "1.000000 is neither a price near 83.3333 nor its inverse", id="one"),
        pytest.param([rate("USD", "INR", 8400)], "is neither a price near 83.3333", id="a decimal point too far"),
        pytest.param(
            [rate("USD", "INR", 84), rate("INR", "USD", 0.016)],
            "contradicts the opposite row of the day",
            id="opposite row",
        ),
        pytest.param(
            [rate("USD", "INR", 60, day=DAY - timedelta(1)), rate("USD", "INR", 84)],
            "is far from 60.000000",
            id="yesterday",
        ),
    ],
)
def test_a_rate_that_cannot_be_trusted_fails_by_name(rates, message, order_of):
    with pytest.raises(RejectedRows, match=re.escape(message)):
        order_of("INR", *rates)


def test_a_rate_that_no_day_of_the_run_uses_fails_nothing(order_of):
    old = [rate("USD", "INR", 1, day=DAY - timedelta(9)), rate("USD", "INR", 84, day=DAY - timedelta(2))]
    with pytest.raises(RejectedRows, match=re.escape("is far from 1.000000 of")):
        order_of("INR", *old)
    assert order_of("INR", *old, rate("USD", "INR", 85)) == 100


@pytest.mark.parametrize("name", CONVERTING)
def test_every_table_that_converts_checks_its_rates(name):
    assert "exchange_rates_hold" in {check.name for check in TABLES[name].checks if check.level == "fail"}
