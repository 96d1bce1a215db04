"""The headers of the controls, and that a header names the tables that its query reads."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest

from genims.close.controls import LEVELS, MYSQL, read_controls, readable
from genims.close.query import rendered
from genims.core import ddl
from genims.core.paths import REPORTING_SCHEMA, SCHEMA
from genims.core.query_header import HeaderError
from genims.engine.source_query import SourceQuery

HEADER = dict(title="A rule", proves="It", standard="SOX", level="block", materiality="0", todo="Mend", reads="[erp.t]")
CONTROLS = read_controls()


def write(folder, **changes):
    lines = "".join(f"{key}: {value}\n" for key, value in (HEADER | changes).items() if value is not None)
    (folder / "a_rule.sql").write_text(f"/* ---\n{lines}--- */\nSELECT 1\n")


def test_header_is_read(tmp_path):
    write(tmp_path, materiality="1000.50", reads="[financial.b, erp.a]")
    [control] = read_controls(tmp_path)
    assert (control.id, control.title, control.level) == ("a_rule", "A rule", "block")
    assert control.materiality == Decimal("1000.50")
    assert control.databases == ("erp", "financial")
    assert control.path == tmp_path / "a_rule.sql"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"level": "fatal"}, "level must be one of"),
        ({"materiality": "-1"}, "materiality must be an amount from 0 up"),
        ({"materiality": ".nan"}, "materiality must be an amount from 0 up"),
        ({"materiality": "much"}, "materiality must be an amount from 0 up"),
        ({"todo": None}, "missing header keys"),
        ({"todo": "''"}, "todo must be a text"),
        ({"owner": "me"}, "unknown header keys"),
        ({"reads": "[]"}, "reads must name tables"),
        ({"reads": "[elsewhere.t]"}, "reads must name tables"),
        ({"reads": "[audit.t, erp.t]"}, "a query runs in the sources or in one of our databases"),
        ({"reads": "[erp.t, reporting.t]"}, "a query runs in the sources or in one of our databases"),
    ],
)
def test_header_is_refused(tmp_path, changes, message):
    write(tmp_path, **changes)
    with pytest.raises(HeaderError, match=message):
        read_controls(tmp_path)


@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.id)
def test_header_names_the_tables_that_the_query_reads(control):
    statement = rendered(control.path, control.materiality, date(2026, 11, 30))
    if control.databases[0] in MYSQL:
        schema = {"reporting": REPORTING_SCHEMA, "audit": SCHEMA / "mysql_audit_schema.sql"}[control.databases[0]]
        words = set(re.findall(r"(?:FROM|JOIN) (\w+)", statement))
        read = {f"{control.databases[0]}.{name}" for name in words & ddl.tables(schema).keys()}
    else:
        read = {f"{table.database}.{table.table}" for table in SourceQuery(statement).tables}
    assert read == set(control.reads)


def test_there_are_controls_of_both_kinds_that_block_and_report():
    assert {control.level for control in CONTROLS} <= set(LEVELS)
    assert {"block", "report"} <= {control.level for control in CONTROLS}


def test_texts_that_do_not_show_are_escaped_and_long_ones_cut():
    assert readable("a\x1b[31m\n\u202e\u2028b") == r"a\x1b[31m\n\u202e\u2028b"
    assert len(readable("x" * 1000)) == 300
    assert readable(Decimal("-1234.50")) == "-1,234.50"
    assert readable(None) is None
