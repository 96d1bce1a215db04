"""Every reporting table is declared: in its query file, and in the schema of MySQL."""

import pytest

from genims.core import ddl
from genims.core.paths import REPORTING_SCHEMA
from genims.engine.table import loaded_columns, target
from genims.reporting.tables import CATEGORIES, reporting_tables


@pytest.mark.parametrize("table", reporting_tables(), ids=lambda table: table.name)
def test_a_table_is_declared_with_its_grain_as_key(table):
    declared = target(table.name)
    assert f"PRIMARY KEY ({', '.join(table.grain)})" in declared.statement
    assert list(declared.columns)[-1] == "updated_at"
    assert set(table.grain) <= set(loaded_columns(table.name))
    assert all(column.comment for column in declared.columns.values()), "every column says what it holds"
    assert declared.comment
    assert table.checks, "every table says what must hold for its rows"


def test_no_table_is_declared_without_a_query():
    assert set(ddl.tables(REPORTING_SCHEMA)) == {table.name for table in reporting_tables()} | {"closed_days"}


def test_what_closes_says_so_in_its_rows_and_nothing_else_does():
    assert {table.name: table.closes for table in reporting_tables() if table.closes} == {
        "profit_and_loss_daily": "pnl_date",
        "cost_analysis_daily": "cost_date",
        "cash_flow_daily": "cash_flow_date",
        "trial_balance_daily": "posting_date",
        "receivables_payables_aging": "as_of_date",
        "budget_vs_actual": "period_month",
        "financial_ratios": "end_date",
    }
    for table in reporting_tables():
        assert ("close_status" in target(table.name).columns) == bool(table.closes), table.name


def test_tables_are_sorted_by_category_and_name():
    order = [(CATEGORIES.index(table.category), table.name) for table in reporting_tables()]
    assert order == sorted(order)
