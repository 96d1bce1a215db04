"""Which source columns a query reads, and which types mean the same."""

import pytest

from genims.core.paths import REPORTING_SQL
from genims.engine.source_contract import SourceColumn, columns_read, expected_type, meaning
from genims.engine.window import Window
from genims.reporting.tables import reporting_tables
from tests.support.render import statements


def read(sql: str) -> set[str]:
    return {f"{column.database}.{column.table}.{column.column}" for column in columns_read(sql)}


def test_columns_are_found_in_joins_subqueries_and_outer_references():
    assert read(
        """
        WITH orders AS (SELECT so.sales_order_id, so.order_date FROM erp.sales_orders AS so WHERE so.customer_id = 'C')
        SELECT o.order_date, m.material_id
        FROM orders AS o
        JOIN erp.sales_order_lines AS sol USING (sales_order_id)
        JOIN erp.materials AS m ON m.material_id = sol.material_id
        WHERE EXISTS (SELECT 1 FROM master.products AS p WHERE p.product_id = m.product_id)
        """
    ) == {
        "erp.sales_orders.sales_order_id",
        "erp.sales_orders.order_date",
        "erp.sales_orders.customer_id",
        "erp.sales_order_lines.sales_order_id",
        "erp.sales_order_lines.material_id",
        "erp.materials.material_id",
        "erp.materials.product_id",
        "master.products.product_id",
    }


def test_columns_are_found_inside_postgres_query():
    assert read(
        """
        SELECT q.n FROM postgres_query('erp', $$
            SELECT count(*) AS n FROM sales_orders AS so WHERE so.order_date >= DATE '2026-01-01'
        $$) AS q
        """
    ) == {"erp.sales_orders.order_date"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("VARCHAR(50)", "character varying(200)"),
        ("VARCHAR(50)", "text"),
        ("INTEGER", "bigint"),
        ("NUMERIC(15,4)", "numeric(18,4)"),
        ("TIMESTAMP", "timestamp without time zone"),
        ("BIGSERIAL", "bigint"),
        ("DOUBLE PRECISION", "double precision"),
    ],
)
def test_a_harmless_change_of_type_is_none(one, other):
    assert meaning(one) == meaning(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("NUMERIC(15,4)", "numeric"),
        ("NUMERIC(15,4)", "double precision"),
        ("TIMESTAMP", "timestamp with time zone"),
        ("TIMESTAMP", "date"),
        ("INTEGER", "character varying(10)"),
    ],
)
def test_a_change_of_meaning_is_seen(one, other):
    assert meaning(one) != meaning(other)


@pytest.mark.parametrize("table", reporting_tables(), ids=lambda table: table.name)
def test_every_column_that_a_query_reads_is_declared(table, a_window):
    found = columns_read(statements(table, a_window).sql)
    assert found, f"{REPORTING_SQL.name}/{table.name}.sql: no source column was found"
    assert {column.database for column in found} <= set(table.reads)
    assert [column for column in sorted(found) if expected_type(column) is None] == []


@pytest.mark.parametrize("table", reporting_tables(), ids=lambda table: table.name)
def test_a_reporting_query_needs_no_catalogue(table, a_window):
    """DuckDB reads the whole catalogue of a source as soon as a query names one of its tables itself."""
    assert [column for column in columns_read(statements(table, a_window).sql) if not column.by_server] == []


def test_a_column_that_no_schema_declares_is_unknown():
    assert expected_type(SourceColumn("erp", "sales_orders", "nowhere")) is None
    assert expected_type(SourceColumn("erp", "nowhere", "order_date")) is None
    assert expected_type(SourceColumn("erp", "sales_orders", "order_date")) == "DATE"


@pytest.fixture
def a_window() -> Window:
    from datetime import date

    return Window(date(2026, 1, 1), date(2026, 2, 1), date(2026, 1, 31))
