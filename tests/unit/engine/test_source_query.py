"""What is sent to the sources: tables with their schema, and NULL for what is no value."""

from __future__ import annotations

import pytest

from genims.core import ddl
from genims.core.paths import REPORTING_SCHEMA, SOURCE_SCHEMAS, SQL
from genims.core.sources import SOURCES
from genims.engine.source_contract import is_exact, meaning
from genims.engine.source_query import SourceQuery, SourceTable, Statement


def sent(text: str) -> str:
    return Statement("erp", text).sent()


SENT = {
    "tables get their schema": (
        "SELECT so.customer_id FROM sales_orders AS so JOIN sales_order_lines l USING (sales_order_id)",
        "SELECT so.customer_id FROM public.sales_orders AS so JOIN public.sales_order_lines l USING (sales_order_id)",
    ),
    "those that have one keep it": (
        "SELECT c.relname FROM pg_catalog.pg_class AS c, public.sales_orders",
        "SELECT c.relname FROM pg_catalog.pg_class AS c, public.sales_orders",
    ),
    "a table expression is no table": (
        "WITH sales_orders AS (SELECT 1 AS n) SELECT n FROM sales_orders",
        "WITH sales_orders AS (SELECT 1 AS n) SELECT n FROM sales_orders",
    ),
    "a date keeps its name": (
        "SELECT so.order_date, total_value FROM sales_orders AS so",
        "SELECT CASE WHEN isfinite(so.order_date) THEN so.order_date END AS order_date, "
        "nullif(total_value, 'NaN') AS total_value FROM public.sales_orders AS so",
    ),
    "a date between bounds is finite": (
        "SELECT so.order_date FROM sales_orders AS so "
        "WHERE (so.order_date >= DATE '2026-01-01' AND so.order_date < now())",
        "SELECT so.order_date FROM public.sales_orders AS so "
        "WHERE (so.order_date >= DATE '2026-01-01' AND so.order_date < now())",
    ),
    "an index still serves one bound": (
        "SELECT 1 FROM sales_orders AS so WHERE so.order_date >= DATE '2026-01-01'",
        "SELECT 1 FROM public.sales_orders AS so WHERE so.order_date <> 'infinity' AND "
        "so.order_date >= DATE '2026-01-01'",
    ),
    "a sum leaves out what is no number": (
        "SELECT sum(so.total_value)::numeric(18, 2) AS v FROM sales_orders AS so",
        "SELECT sum(nullif(so.total_value, 'NaN'))::numeric(18, 2) AS v FROM public.sales_orders AS so",
    ),
    "a column of a subquery is clean already": (
        "SELECT s.order_date FROM (SELECT o.order_date FROM sales_orders AS o) AS s",
        "SELECT s.order_date FROM (SELECT CASE WHEN isfinite(o.order_date) THEN o.order_date END AS order_date "
        "FROM public.sales_orders AS o) AS s",
    ),
}


@pytest.mark.parametrize(("text", "expected"), SENT.values(), ids=SENT)
def test_what_is_sent(text, expected):
    assert sent(text) == expected


def test_a_table_that_duckdb_names_is_read_in_postgresql():
    query = SourceQuery("SELECT o.order_date, count(*) AS n FROM erp.sales_orders AS o GROUP BY ALL")
    live = {SourceTable("erp", "sales_orders"): {"sales_order_id": "text", "order_date": "date"}}
    assert query.tables == {SourceTable("erp", "sales_orders")}
    assert query.sent(live) == (
        "SELECT o.order_date, count(*) AS n FROM postgres_query('erp', "
        '$genims$SELECT CASE WHEN isfinite("order_date") THEN "order_date" END AS "order_date" '
        'FROM public."sales_orders"$genims$) AS o GROUP BY ALL'
    )


@pytest.mark.parametrize("path", sorted((SQL / "reconcile").glob("*.sql")), ids=lambda path: path.stem)
def test_reconciliations_name_no_star(path):
    assert ".*" not in path.read_text() and "SELECT *" not in path.read_text()


@pytest.mark.parametrize("database", SOURCES.values())
def test_every_declared_source_column_can_be_read_exactly(database):
    inexact = [
        f"{table.name}.{column.name}"
        for table in ddl.tables(SOURCE_SCHEMAS / f"{database}.sql").values()
        for column in table.columns.values()
        if not is_exact(column.type) or meaning(column.type).startswith("numeric")
    ]
    assert inexact == []


@pytest.mark.parametrize("table", ddl.tables(REPORTING_SCHEMA).values(), ids=lambda table: table.name)
def test_every_target_keeps_fractions_of_a_second(table):
    types = {column.name: column.type.upper() for column in table.columns.values()}
    assert {
        name: each for name, each in types.items() if each.startswith(("DATETIME", "TIME")) and "(6)" not in each
    } == {}


@pytest.mark.parametrize(
    ("type_name", "is_read_exactly"),
    [
        ("numeric(38,10)", True),
        ("numeric(39,10)", False),
        ("numeric(50,2)", False),
        ("numeric(3,5)", False),
        ("numeric(5,-2)", False),
        ("numeric(5,0)", True),
        ("numeric(5)", True),
        ("numeric", False),
    ],
)
def test_numbers_that_duckdb_reads_exactly(type_name, is_read_exactly):
    assert (meaning(type_name) == "exact decimal") is is_read_exactly


@pytest.mark.parametrize("type_name", ["timestamp with time zone", "timestamptz", "time with time zone", "TIMESTAMPTZ"])
def test_an_instant_with_a_time_zone_is_refused(type_name):
    assert not is_exact(type_name)
