"""The header reader is strict, and says which file is wrong."""

from datetime import timedelta

import pytest

from genims.engine.checks import Check
from genims.engine.table import HeaderError, read_table

CATEGORIES = ("performance", "quality")
GOOD = {
    "description": "Units per line and day.",
    "category": "performance",
    "reads": "[manufacturing, erp]",
    "grain": "[production_date, line_id]",
    "load": "window",
    "lookback": "7 days",
    "owner": "operations",
}


def written(folder, header: dict, name: str = "units"):
    path = folder / f"{name}.sql"
    path.write_text("/* ---\n" + "".join(f"{key}: {value}\n" for key, value in header.items()) + "--- */\nSELECT 1\n")
    return path


def test_a_good_header_becomes_a_table(tmp_path):
    table = read_table(written(tmp_path, GOOD), CATEGORIES)
    assert (table.name, table.period_column, table.lookback) == ("units", "production_date", timedelta(days=7))
    assert table.reads == ("manufacturing", "erp")
    assert not table.by_month


BAD = [
    ("a misspelt key", {"sorce": "erp"}, "unknown header keys \\['sorce'\\]"),
    ("a missing key", {"owner": None}, "missing header keys \\['owner'\\]"),
    ("an unknown category", {"category": "misc"}, "category must be one of"),
    ("an unknown load", {"load": "upsert"}, "load must be one of"),
    ("an unknown database", {"reads": "[erp, finance]"}, "unknown databases \\['finance'\\]"),
    ("a grain that is no list", {"grain": "production_date"}, "grain must be a list of names"),
    ("an empty grain", {"grain": "[]"}, "must not be empty"),
    ("a lookback that is no number of days", {"lookback": "a week"}, "expected a number of days"),
    ("a window without lookback", {"lookback": None}, "lookback belongs to load: window"),
    ("a lookback that nobody reads", {"load": "replace"}, "lookback belongs to load: window"),
    ("YAML that is none", {"owner": "[operations"}, "not YAML"),
]


@pytest.mark.parametrize(("change", "message"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_a_bad_header_is_refused(tmp_path, change, message):
    header = {key: value for key, value in (GOOD | change).items() if value is not None}
    with pytest.raises(HeaderError, match=message) as error:
        read_table(written(tmp_path, header), CATEGORIES)
    assert "units.sql" in str(error.value)


def test_checks_become_checks(tmp_path):
    lines = "[{check: in_range, columns: [yield_pct, scrap_pct], min: 0, max: 100, level: warn}, "
    lines += "{check: row_count_near_yesterday, percent: 50, level: fail}]"
    table = read_table(written(tmp_path, GOOD | {"checks": lines}, "production_summary_daily"), CATEGORIES)
    assert table.checks == (
        Check("in_range", "warn", ("yield_pct", "scrap_pct"), {"min": 0, "max": 100}),
        Check("row_count_near_yesterday", "fail", (), {"percent": 50}),
    )


BAD_CHECKS = [
    ("a mere name", "unique_grain", "expected {check: not_negative"),
    ("an unknown check", "{check: in_rnge, level: fail}", "unknown check 'in_rnge'; known are exchange_rates_hold"),
    ("no level", "{check: not_negative, columns: [labor_cost]}", "level must be one of .* found None"),
    ("an unknown level", "{check: not_negative, columns: [labor_cost], level: error}", "found 'error'"),
    ("no column", "{check: not_negative, level: fail}", "not_negative: expected columns, found \\[\\]"),
    ("columns that are no list", "{check: not_negative, columns: labor_cost, level: fail}", "must be a list of names"),
    ("columns of a whole table", "{check: not_ahead_of_today, columns: [labor_cost], level: fail}", "no columns"),
    ("an unknown column", "{check: not_negative, columns: [labour], level: fail}", "does not declare: \\['labour'\\]"),
    ("a missing parameter", "{check: in_range, columns: [labor_cost], min: 0, level: fail}", "'max', 'min'.* found"),
    (
        "an unknown parameter",
        "{check: not_negative, columns: [labor_cost], than: 0, level: fail}",
        "found \\['than'\\]",
    ),
]


@pytest.mark.parametrize(("line", "message"), [case[1:] for case in BAD_CHECKS], ids=[case[0] for case in BAD_CHECKS])
def test_a_bad_check_is_refused(tmp_path, line, message):
    with pytest.raises(HeaderError, match=message) as error:
        read_table(written(tmp_path, GOOD | {"checks": f"[{line}]"}, "production_summary_daily"), CATEGORIES)
    assert "production_summary_daily.sql: checks: " in str(error.value)


def test_a_file_without_a_header_is_refused(tmp_path):
    path = tmp_path / "units.sql"
    path.write_text("SELECT 1")
    with pytest.raises(HeaderError, match=r"units\.sql: must begin with a header"):
        read_table(path, CATEGORIES)
