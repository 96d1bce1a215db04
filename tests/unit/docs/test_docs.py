"""What the documentation repeats is generated, and a new table begins as the documentation says."""

from dev.docs import generated
from dev.recipes.new_table import CASE, DASHBOARDS, DDL, QUERY
from genims.core.paths import ROOT
from genims.engine import table as reporting_table
from genims.engine.table import read_table
from genims.reporting.tables import CATEGORIES


def test_generated_parts_are_up_to_date():
    stale = [str(path.relative_to(ROOT)) for path, text in generated().items() if path.read_text() != text]
    assert stale == [], "run `make docs`"


def test_a_new_table_begins_valid(tmp_path, monkeypatch):
    schema = tmp_path / "mysql_reporting_schema.sql"
    monkeypatch.setattr(reporting_table, "REPORTING_SCHEMA", schema)
    schema.write_text(DDL.format(name="crm_activity_daily"))
    path = tmp_path / "crm_activity_daily.sql"
    path.write_text(QUERY.format(name="crm_activity_daily", category="sales"))
    table = read_table(path, CATEGORIES)
    assert (table.category, table.grain) == ("sales", ("report_date", "factory_id"))
    assert f"PRIMARY KEY ({', '.join(table.grain)})" in DDL
    assert "expect:" in CASE
    assert DASHBOARDS.count("-- name:") == 3
