"""A key that its owner lacks becomes the member UNKNOWN, is counted, and has a case that shows it."""

import pytest
import yaml

from genims.core.paths import ROOT
from genims.reporting.tables import reporting_tables

# Keys that name a member of a master table. Where one is part of the grain, facts may name a member that is not there.
KEYS = {
    "carrier_id",
    "customer_id",
    "employee_id",
    "factory_id",
    "line_id",
    "machine_id",
    "material_id",
    "party_id",
    "product_id",
    "supplier_id",
    "warehouse_id",
}
MEMBERS = [
    pytest.param(table, key, id=f"{table.name}: {key}")
    for table in reporting_tables()
    for key in table.grain
    if key in KEYS
]


@pytest.mark.parametrize(("table", "key"), MEMBERS)
def test_orphans_are_counted(table, key):
    counted = {column for check in table.checks if check.name == "known_member" for column in check.columns}
    assert key in counted


@pytest.mark.parametrize(("table", "key"), MEMBERS)
def test_a_case_has_orphans(table, key):
    cases = yaml.safe_load((ROOT / "tests" / "cases" / "reporting" / f"{table.name}.yaml").read_text())
    assert "UNKNOWN" in {row.get(key) for case in cases for row in case["expect"]}
