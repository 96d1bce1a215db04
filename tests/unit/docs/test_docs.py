"""What the documentation repeats is generated, and what it promises about files is true."""

import re

from dev.docs import generated
from dev.new_table import CASE, DASHBOARDS, DDL, QUERY
from genims.core.paths import ROOT
from genims.engine import table as reporting_table
from genims.engine.table import read_table
from genims.reporting.tables import CATEGORIES


def test_generated_parts_are_up_to_date():
    stale = [str(path.relative_to(ROOT)) for path, text in generated().items() if path.read_text() != text]
    assert stale == [], "run `make docs`"


def test_links_between_pages_lead_somewhere():
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        for link in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text()):
            assert (page.parent / link).exists(), f"{page.name} links to {link}"


def test_make_targets_that_the_readme_names_exist():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"`make ([a-z-]+)", (ROOT / "README.md").read_text()))
    assert named and named <= targets


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
