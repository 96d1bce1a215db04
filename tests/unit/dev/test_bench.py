"""The bench tells a regression from an improvement and from noise, and reads the statements of the dashboards."""

import pytest

from genims.reporting.tables import reporting_tables
from tests.bench.baseline import ratios, regressions
from tests.bench.dashboard_statements import statements
from tests.bench.dashboard_times import percentile
from tests.bench.measure import Measurement, Section

RECORDED = {"move: this engine": 1.2}
QUIET = (1.0, 1.02, 1.05)


def section(seconds: tuple[float, ...], floor: tuple[float, ...] = QUIET, name: str = "this engine", is_ours=True):
    return Section("move", "Moving rows", Measurement("floor", floor, 9), [Measurement(name, seconds, 9, is_ours)])


@pytest.mark.parametrize(
    ("seconds", "floor", "regressed"),
    [
        pytest.param((1.6, 1.62, 1.7), QUIET, True, id="a third slower"),
        pytest.param((1.4, 1.41, 1.5), QUIET, False, id="slower, but within a quarter"),
        pytest.param((0.6, 0.7, 0.8), QUIET, False, id="faster"),
        pytest.param((1.2, 1.9, 4.0), QUIET, False, id="slow repetitions beside a good one"),
        pytest.param((1.6, 1.62, 1.7), (1.0, 1.3, 1.4), False, id="a floor as noisy as the difference"),
        pytest.param((2.4, 2.5, 2.6), (1.0, 1.3, 1.4), True, id="more than noise of the floor explains"),
        pytest.param((2.4, 2.5, 2.6), (2.0, 2.1, 2.2), False, id="a machine that is slower at everything"),
    ],
)
def test_regressions(seconds, floor, regressed):
    assert bool(regressions([section(seconds, floor)], RECORDED)) is regressed


def test_a_regression_is_named_with_both_ratios():
    assert regressions([section((1.8,))], RECORDED) == ["move: this engine: 1.80 x the floor, recorded 1.20 (+50 %)"]


def test_what_is_not_recorded_and_what_is_not_ours_is_not_compared():
    assert regressions([section((9.0,), name="a new table")], RECORDED) == []
    assert ratios([section((9.0,), is_ours=False)]) == {}


def test_percentile_is_a_value_that_was_measured():
    assert percentile([5, 1, 4, 2, 3], 50) == 3
    assert percentile(list(range(1, 101)), 95) == 95


def test_every_reporting_table_has_three_dashboard_statements():
    tables = [statement.table for statement in statements()]
    assert {table: tables.count(table) for table in tables} == {table.name: 3 for table in reporting_tables()}
