"""A NULL in any nullable column of any source leaves every table loadable, and every ratio over the same rows."""

from __future__ import annotations

import random
from copy import deepcopy
from dataclasses import dataclass

import pytest
import yaml

from genims.core.paths import ROOT
from genims.engine.load import load
from genims.engine.source_contract import columns_read
from genims.reporting.tables import reporting_tables
from tests.integration.reporting.test_cases import comparable, given, rows_of, window_of
from tests.support.render import statements
from tests.support.source_rows import declared_columns

TABLES = {table.name: table for table in reporting_tables()}
CASES = {name: yaml.safe_load((ROOT / "tests" / "cases" / "reporting" / f"{name}.yaml").read_text()) for name in TABLES}
SEEDS = range(3)


def load_rows(name: str, case: dict, tables: dict, source_rows, reporting) -> list[dict]:
    """What a table holds once it is loaded from the rows of a case, changed as a test wants them."""
    table = TABLES[name]
    load_statements = statements(table, window_of(case, table))
    source_rows.empty((column.database, column.table) for column in columns_read(load_statements.sql))
    given(tables, source_rows, reporting)
    with reporting.cursor() as cursor:
        cursor.execute(f"DELETE FROM {name}")
    load(table, load_statements)
    return rows_of(name, table.grain, reporting)


def with_nulls(tables: dict, seed: str) -> dict:
    """The rows of a case with a third of their values NULL, wherever the source allows it."""
    chance = random.Random(seed)
    changed = deepcopy(tables or {})
    for name, rows in changed.items():
        database, table = name.split(".")
        if database == "reporting":
            continue
        nullable = [column.name for column in declared_columns(database, table).values() if not column.required]
        for row in rows:
            row.update({column: None for column in nullable if chance.random() < 1 / 3})
    return changed


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", TABLES)
def test_nulls_are_loaded_and_no_ratio_leaves_its_bounds(name, seed, platform, source_rows, reporting):
    bounds = {
        column: (check.parameters["min"], check.parameters["max"])
        for check in TABLES[name].checks
        if check.name == "in_range"
        for column in check.columns
        if column.endswith("_pct")
    }
    case = CASES[name][seed % len(CASES[name])]
    rows = load_rows(name, case, with_nulls(case["given"], f"{name} {seed}"), source_rows, reporting)
    outside = [
        (column, row[column])
        for row in rows
        for column, (low, high) in bounds.items()
        if row[column] is not None and not low <= row[column] <= high
    ]
    assert not outside


@dataclass(frozen=True)
class Ratio:
    """A column that divides one source column by another, or by what follows from it.

    :param source: the table that holds both, as cases name it.
    """

    table: str
    column: str
    source: str
    numerator: str
    denominator: str

    def __str__(self) -> str:
        return f"{self.table}.{self.column}: {self.numerator} / {self.denominator}"


RATIOS = [
    Ratio("machine_performance_daily", "performance_pct", "operations.scada_machine_data",
          "target_cycle_time_seconds", "actual_cycle_time_seconds"),
    Ratio("machine_performance_daily", "quality_pct", "operations.scada_machine_data",
          "parts_rejected_shift", "parts_produced_shift"),
    Ratio("production_summary_daily", "yield_pct", "manufacturing.work_orders", "good_quantity", "produced_quantity"),
    Ratio("production_summary_daily", "scrap_pct", "manufacturing.work_orders",
          "rejected_quantity", "produced_quantity"),
    Ratio("production_summary_daily", "plan_attainment_pct", "manufacturing.work_orders",
          "produced_quantity", "planned_quantity"),
    Ratio("quality_summary_daily", "yield_pct", "manufacturing.work_orders", "good_quantity", "produced_quantity"),
    Ratio("quality_summary_daily", "defect_ppm", "manufacturing.work_orders", "scrapped_quantity", "produced_quantity"),
    Ratio("delivery_performance", "cost_per_kg", "tms.shipments", "total_cost", "total_weight_kg"),
    Ratio("warehouse_operations_daily", "receipt_fill_pct", "wms.receiving_tasks",
          "received_quantity", "expected_quantity"),
    Ratio("purchase_order_performance", "receipt_fill_pct", "wms.receiving_tasks",
          "received_quantity", "expected_quantity"),
    Ratio("material_flow_daily", "receipt_fill_pct", "wms.receiving_tasks", "received_quantity", "expected_quantity"),
    Ratio("supplier_performance_summary", "quantity_acceptance_pct", "quality.supplier_quality_metrics",
          "quantity_accepted", "quantity_rejected"),
    Ratio("sales_order_summary", "average_order_value", "erp.sales_orders", "total_net_value", "total_net_value"),
]  # fmt: skip


@pytest.mark.parametrize("ratio", RATIOS, ids=str)
def test_a_row_that_lacks_one_figure_counts_in_neither(ratio, platform, source_rows, reporting):
    """Whether the numerator, the denominator or both are NULL, the ratio is that of the other rows."""
    declared = declared_columns(*ratio.source.split("."))
    nullable = [column for column in (ratio.numerator, ratio.denominator) if not declared[column].required]
    valued = []
    for case in CASES[ratio.table]:
        if len((case["given"] or {}).get(ratio.source, [])) < 2:
            continue
        found = []
        for columns in (nullable[:1], nullable[-1:], nullable):
            tables = deepcopy(case["given"])
            tables[ratio.source][0] |= dict.fromkeys(columns)
            rows = load_rows(ratio.table, case, tables, source_rows, reporting)
            found.append(comparable([{ratio.column: row[ratio.column]} for row in rows]))
        assert found[0] == found[1] == found[2]
        valued += [row for row in found[0] if row[ratio.column] is not None]
    assert valued
