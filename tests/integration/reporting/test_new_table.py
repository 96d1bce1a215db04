"""What ``make new-table`` begins is a working example: its case passes on real servers."""

from __future__ import annotations

import yaml

from dev.recipes.new_table import CASE, DDL, QUERY, RECONCILE
from genims.core import ddl
from genims.core.paths import REPORTING_SCHEMA, SQL
from genims.engine.table import read_table
from genims.reporting.tables import CATEGORIES
from tests.integration.reporting import test_cases
from tests.support.render import TEMPLATES

NAME = "visits_daily"


def test_its_case_passes(platform, source_rows, reporting, tmp_path, monkeypatch):
    (tmp_path / "reconcile").mkdir()
    (tmp_path / "reconcile" / f"{NAME}.sql").write_text(RECONCILE)
    monkeypatch.setattr(TEMPLATES.loader, "searchpath", [str(SQL), str(tmp_path)])
    schema = tmp_path / "schema.sql"
    schema.write_text(REPORTING_SCHEMA.read_text() + DDL.format(name=NAME))
    monkeypatch.setattr("genims.engine.table.REPORTING_SCHEMA", schema)
    query = tmp_path / f"{NAME}.sql"
    query.write_text(QUERY.format(name=NAME, category="sales"))
    monkeypatch.setitem(test_cases.TABLES, NAME, read_table(query, CATEGORIES))

    with reporting.cursor() as cursor:
        cursor.execute(ddl.tables(schema)[NAME].statement)
        try:
            for case in yaml.safe_load(CASE.format(name=NAME)):
                test_cases.test_case(NAME, case, platform, source_rows, reporting)
        finally:
            cursor.execute(f"DROP TABLE {NAME}")
