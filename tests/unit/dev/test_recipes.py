"""The recipes of a developer: they begin valid files, refuse bad names by the rule, and leave nothing behind."""

from __future__ import annotations

import importlib
import shutil

import pytest

from dev.recipes import check as checking
from dev.recipes.drop_table import drop_table
from dev.recipes.names import check_log_name, check_table_name
from dev.recipes.new_log import log_tables, new_log
from dev.recipes.new_table import files_of, new_table
from dev.stack.steps import StackError
from genims.core import ddl, paths
from genims.core.paths import ROOT
from genims.engine.table import target
from genims.reporting.rendered import TEMPLATES

NAME = "visits_daily"
MODULES = ("check", "cases", "drop_table", "findings", "new_log", "new_table", "queries")
COPIED = ("include", "schema", "tests/cases", "tests/bench/dashboards")


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A copy of what the recipes read and write, as a repository of its own."""
    for folder in COPIED:
        shutil.copytree(ROOT / folder, tmp_path / folder)
    for name in ("ROOT", "SQL", "REPORTING_SQL", "SOURCE_LOGS_SQL", "REPORTING_SCHEMA"):
        moved = tmp_path / getattr(paths, name).relative_to(ROOT)
        for module in (f"dev.recipes.{each}" for each in MODULES):
            if hasattr(importlib.import_module(module), name):
                monkeypatch.setattr(f"{module}.{name}", moved)
    monkeypatch.setattr("genims.engine.table.REPORTING_SCHEMA", tmp_path / "schema" / "mysql_reporting_schema.sql")
    monkeypatch.setattr(TEMPLATES.loader, "searchpath", [str(tmp_path / "include" / "sql")])
    forget_what_is_declared()
    yield tmp_path
    forget_what_is_declared()


def forget_what_is_declared():
    ddl.tables.cache_clear()
    target.cache_clear()
    TEMPLATES.cache.clear()


def contents(folder) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_text() for path in files}


BAD_NAMES = [
    ("", "3 to 63 lower-case letters"),
    ("ab", "3 to 63 lower-case letters"),
    ("a" * 64, "3 to 63 lower-case letters"),
    ("Sales", "lower-case letters"),
    ("1st_day", "the first a letter"),
    ("crm activity", "lower-case letters, digits and underscores"),
    ("../../etc/passwd", "lower-case letters, digits and underscores"),
    ("x; rm -rf .", "lower-case letters, digits and underscores"),
    ("$(touch pwned)", "lower-case letters, digits and underscores"),
    ("crm_aktivität", "lower-case letters, digits and underscores"),
    ("sales\n", "lower-case letters, digits and underscores"),
    ("groups", "a reserved word of MySQL"),
    ("analyse", "a reserved word of PostgreSQL and DuckDB"),
    ("qualify", "a reserved word of .*DuckDB"),
    ("table", "a reserved word of MySQL and PostgreSQL and DuckDB"),
    ("inventory", "have a task or a group of that name"),
    ("check_form", "have a task or a group of that name"),
]


@pytest.mark.parametrize(("name", "rule"), BAD_NAMES, ids=[name[:20] for name, _ in BAD_NAMES])
def test_a_bad_name_is_refused_by_the_rule(name, rule):
    with pytest.raises(StackError, match=rule):
        check_table_name(name)


@pytest.mark.parametrize(("name", "rule"), [("a" * 21, "3 to 20"), ("erp", "a ledger has that name"), ("key", "MySQL")])
def test_a_bad_name_of_a_log_is_refused_by_the_rule(name, rule):
    with pytest.raises(StackError, match=rule):
        check_log_name(name)


def test_good_names_are_taken():
    check_table_name(NAME)
    check_log_name("badge_readings")


def test_a_new_table_begins_without_a_finding_and_is_dropped_without_a_trace(checkout, capsys):
    before = contents(checkout)
    new_table(NAME, "sales")
    said = capsys.readouterr().out
    assert all(str(path.relative_to(checkout)) in said for path in files_of(NAME))
    forget_what_is_declared()
    assert checking.findings(NAME) == []
    with pytest.raises(StackError, match="is there already"):
        new_table(NAME, "sales")

    drop_table(NAME)
    assert contents(checkout) == before
    forget_what_is_declared()
    with pytest.raises(StackError, match="expected a reporting table, found no file"):
        drop_table(NAME)


def test_what_else_names_a_dropped_table_is_said(checkout, capsys):
    new_table(NAME, "sales")
    forget_what_is_declared()
    indexes = checkout / "schema" / "mysql_reporting_indexes.sql"
    indexes.write_text(f"CREATE INDEX i ON {NAME} (a);\nCREATE INDEX i ON {NAME}_other (a);\n")
    drop_table(NAME)
    said = capsys.readouterr().out
    assert f"schema/mysql_reporting_indexes.sql:1: CREATE INDEX i ON {NAME} (a);" in said
    assert f"{NAME}_other" not in said
    assert f"echo 'DROP TABLE IF EXISTS {NAME}' | make mysql" in said


def test_a_table_that_others_read_is_not_dropped(checkout):
    before = contents(checkout)
    with pytest.raises(StackError, match=r"(?s)other queries read it.*financial_ratios\.sql:\d+"):
        drop_table("profit_and_loss_daily")
    assert contents(checkout) == before


def test_a_wrong_category_is_refused(checkout):
    with pytest.raises(StackError, match="CATEGORY='sale': expected one of performance, sales, financial, inventory"):
        new_table(NAME, "sale")


@pytest.mark.parametrize("table", log_tables())
def test_a_new_log_begins_without_a_finding(checkout, table):
    new_log("badge_readings", table)
    assert checking.findings("badge_readings") == []
    with pytest.raises(StackError, match="is there already"):
        new_log("badge_readings", table)


def test_a_table_that_logs_do_not_fill_is_refused(checkout):
    with pytest.raises(StackError, match="expected an audit table that logs fill, one of approval_audit_log"):
        new_log("badge_readings", "audit_etl_sync_log")


# What a developer writes, in which file, and the finding.
QUERY = "include/sql/reporting/visits_daily.sql"
MISTAKES = [
    ("reads: [master]", "reads: [crm]", QUERY, 17, "the query reads master, which the header does not name"),
    ("reads: [master]", "reads: [master, crm]", QUERY, 4, "`reads` names crm, which the query does not read"),
    ("reads: [master]", "reads: [mastr]", QUERY, 4, "reads names unknown databases"),
    ("load: window", "load: windows", QUERY, 6, "load must be one of"),
    ("owner:", "ownr:", QUERY, 8, "unknown header keys ['ownr']"),
    ("grain: [", "grain: [[", QUERY, 6, "the header is not YAML"),
    ("postgres_query('master'", "postgres_query('mastr'", QUERY, 17, "no source is called mastr; did you mean master?"),
    ("{{ window(", "{{ windwo(", QUERY, 20, "'windwo' is undefined; did you mean window?"),
    ("{{ window(", "{{ window((", QUERY, 20, "the template cannot be read"),
    (
        "m.factory_id, m",
        "m.factry_id, m",
        QUERY,
        18,
        "declares no column factry_id of machines; did you mean factory_id?",
    ),
    ("FROM machines AS m", "FROM machine AS m", QUERY, 19, "declares no table machine"),
    ("AS machines\n", "AS machine\n", QUERY, 16, "has no column machine; did you mean machines?"),
    ("GROUP BY ALL", "GROUP BY BY ALL", QUERY, 23, "The query cannot be parsed"),
]


@pytest.mark.parametrize(
    ("good", "bad", "file", "line", "message"), MISTAKES, ids=[bad.strip() for _, bad, *_ in MISTAKES]
)
def test_a_mistake_is_said_with_file_and_line(checkout, good, bad, file, line, message):
    new_table(NAME, "sales")
    forget_what_is_declared()
    path = checkout / file
    assert good in path.read_text()
    path.write_text(path.read_text().replace(good, bad, 1))
    found = checking.findings(NAME)
    assert (str(found[0].path.relative_to(checkout)), found[0].line) == (file, line), found
    assert message in found[0].message


def test_a_file_that_is_missing_beside_a_query_is_said(checkout):
    new_table(NAME, "sales")
    forget_what_is_declared()
    files_of(NAME).reconcile.unlink()
    assert [finding.message for finding in checking.findings(NAME)] == [
        f"expected include/sql/reconcile/{NAME}.sql beside it, found no such file"
    ]


def test_a_case_with_an_unknown_column_is_said(checkout):
    new_table(NAME, "sales")
    forget_what_is_declared()
    case = files_of(NAME).case
    case.write_text(case.read_text().replace("installation_date: 2026-03-03", "instalation_date: 2026-03-03"))
    [found] = checking.findings(NAME)
    assert (found.path, found.line) == (case, 8)
    assert found.message == "master.machines has no column instalation_date; did you mean installation_date? "


def test_a_word_that_a_column_does_not_take_is_said(checkout):
    new_log("badge_readings", "user_activity_log")
    path = checkout / "include" / "sql" / "audit" / "logs" / "badge_readings.sql"
    word = next(line for line in path.read_text().splitlines() if line.endswith(" AS activity,")).split("'")[1]
    path.write_text(path.read_text().replace(f"'{word}'", f"CASE WHEN u.login_count > 0 THEN '{word}s' END"))
    [found] = checking.findings("badge_readings")
    assert (
        found.line
        == path.read_text().splitlines().index(f"    CASE WHEN u.login_count > 0 THEN '{word}s' END AS activity,") + 1
    )
    assert f"user_activity_log.activity does not take '{word}s'; did you mean {word}?" in found.message


def test_a_name_of_nothing_is_answered_with_the_nearest():
    with pytest.raises(StackError, match="did you mean trial_balance_daily"):
        checking.findings("trial_balance")
