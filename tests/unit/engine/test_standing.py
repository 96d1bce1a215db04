"""Which warnings are new: shares of bad rows against what is usual, and what somebody has accepted."""

from datetime import date, timedelta

import pytest

from genims.core import ddl
from genims.core.paths import REPORTING_SCHEMA
from genims.engine import standing
from genims.engine.checks import CheckResult, known_checks, results_table
from genims.engine.standing import PastLoad, judged, read_acceptances
from genims.reporting.tables import reporting_tables

TODAY = date(2026, 12, 1)


def weeks(*shares: float | None, rows: int = 10_000, loads: int = 5, check: str = "known_member") -> list[PastLoad]:
    """Loads of the last weeks, the newest week first; each share is that of the bad rows, None where no check ran."""
    return [
        PastLoad(week, rows, [] if share is None else [past(check, "line_id", round(rows * share))])
        for week, share in enumerate(shares)
        for _ in range(loads)
    ]


def past(check: str, column: str | None, bad_rows: int) -> dict:
    return {"check": check, "column": column, "bad_rows": bad_rows}


def found(bad_rows: int, check: str = "known_member", column: str | None = "line_id") -> CheckResult:
    return CheckResult(check, column, "warn", bad_rows, "line_id=UNKNOWN")


# Bad rows of how many, earlier loads, how it stands.
CASES = {
    "the first load": (100, 10_000, [], "NEW"),
    "too few loads to tell": (100, 10_000, weeks(0.01, loads=2), "NEW"),
    "as ever": (6300, 10_000, weeks(0.63, 0.63), "usual"),
    "fewer than ever": (10, 10_000, weeks(0.63), "usual"),
    "a jump": (6300, 10_000, weeks(0.01, 0.01), "NEW"),
    "the first bad row of a check that always passed": (1, 10_000, weeks(0, 0), "NEW"),
    "grown by a fifth each week": (3600, 10_000, weeks(0.30, 0.25, 0.20, 0.16, 0.13, 0.11, 0.09), "NEW"),
    "an outage of a week does not become usual": (9000, 10_000, weeks(0.95, 0.02, 0.02), "NEW"),
    "nor does a good week hide that it is bad again": (200, 10_000, weeks(0, 0.02), "NEW"),
    "two of five rows where one of five is usual": (2, 5, weeks(0.2, rows=5), "usual"),
    "all of five rows": (5, 5, weeks(0.2, rows=5), "NEW"),
    "many rows move little": (2300, 10_000, weeks(0.2), "usual"),
    "a small window, a small number": (3, 100, weeks(0.02, rows=100_000), "usual"),
    "weeks in which it did not run say nothing": (200, 10_000, weeks(None, None, 0.02), "usual"),
    "it has never run": (200, 10_000, weeks(None, None), "NEW"),
    "loads without a row say nothing": (200, 10_000, weeks(0, rows=0) + weeks(0.02), "usual"),
}


@pytest.mark.parametrize(("bad_rows", "rows", "before", "expected"), CASES.values(), ids=CASES)
def test_a_warning_is_new_when_its_share_has_changed(bad_rows, rows, before, expected):
    [result] = judged("a_table", [found(bad_rows)], rows, before, TODAY)
    assert result.standing == expected


def test_columns_that_passed_are_kept_in_one_entry():
    before = [PastLoad(0, 100, [past("known_member", "factory_id, line_id", 0)])] * 5
    [result] = judged("a_table", [found(1)], 100, before, TODAY)
    assert (result.standing, result.usual) == ("NEW", 0)


@pytest.mark.parametrize("check", ["row_count_near_yesterday", "sum_matches_source", "exchange_rates_hold"])
def test_a_check_that_counts_no_rows_has_no_usual_share(check):
    before = [PastLoad(0, 100, [past(check, None, 1)])] * 50
    [result] = judged("a_table", [found(1, check, None)], 100, before, TODAY)
    assert (result.standing, result.usual) == ("NEW", None)


def accept(monkeypatch, until: date, percent: float = 5, check: str = "known_member", column: str | None = "line_id"):
    entry = standing.Acceptance("a_table", check, column, percent, "Maria Weber", until, "Known")
    monkeypatch.setattr(standing, "acceptances", lambda: {("a_table", check, column): entry})


@pytest.mark.parametrize(
    ("until", "bad_rows", "expected"),
    [
        (TODAY, 50, "accepted"),
        (TODAY - timedelta(days=1), 50, "NEW: no longer accepted"),
        (TODAY, 51, "NEW"),
    ],
)
def test_what_is_accepted_does_not_warn_until_its_day_or_beyond_its_share(monkeypatch, until, bad_rows, expected):
    accept(monkeypatch, until)
    [result] = judged("a_table", [found(bad_rows)], 1000, [], TODAY)
    assert result.standing == expected


def test_an_acceptance_that_has_expired_warns_even_if_it_is_usual(monkeypatch):
    accept(monkeypatch, TODAY - timedelta(days=1))
    [result] = judged("a_table", [found(200)], 10_000, weeks(0.02), TODAY)
    assert result.standing == "NEW: no longer accepted"


def test_a_failing_check_is_never_usual():
    failing = CheckResult("known_member", "line_id", "fail", 200)
    assert judged("a_table", [failing], 10_000, weeks(0.02), TODAY) == [failing]


def test_the_log_shows_first_what_is_new():
    results = [
        CheckResult("not_null", None, "fail"),
        found(200),
        CheckResult("in_range", "oee_pct", "warn", 3, "oee_pct=101"),
    ]
    told = judged("a_table", results, 10_000, weeks(0.02), TODAY)
    assert [result.standing for result in told] == ["NEW", "usual", ""]
    lines = results_table(told).splitlines()
    assert "in_range" in lines[1] and "NEW" in lines[1]
    assert "2.0%" in lines[2]


def test_every_accepted_warning_names_what_exists():
    tables = {table.name: table for table in reporting_tables()}
    for entry in read_acceptances():
        assert entry.check in known_checks()
        assert entry.column is None or entry.column in ddl.tables(REPORTING_SCHEMA)[entry.table].columns
        assert any(check.name == entry.check for check in tables[entry.table].checks)


GOOD = {"table": "a", "check": "b", "percent": 5, "accepted_by": "c", "until": "2027-03-31", "because": "d"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"until": "soon"}, "expected a day"),
        ({"percent": 0}, "expected a number above 0"),
        ({"percent": "x"}, "expected a number above 0"),
        ({"who": "x"}, "expected an entry with"),
        ({"because": None}, "expected an entry with"),
    ],
)
def test_an_entry_of_another_form_is_named(tmp_path, change, message):
    path = tmp_path / "accepted.yaml"

    def write(entry: dict) -> None:
        path.write_text("- " + "\n  ".join(f"{key}: {value}" for key, value in entry.items() if value is not None))

    write(GOOD)
    assert read_acceptances(path)[0].until == date(2027, 3, 31)
    write(GOOD | change)
    with pytest.raises(ValueError, match=message):
        read_acceptances(path)
