"""The window: whole periods, bounded at both ends, the same for the SELECT and the DELETE."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genims.core.errors import FormRefused
from genims.engine.window import Window

DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))


def test_an_empty_window_is_refused():
    with pytest.raises(FormRefused, match="empty window"):
        Window(date(2026, 1, 2), date(2026, 1, 2), date(2026, 1, 2))


def test_both_ends_bound_the_condition():
    window = Window(date(2026, 1, 30), date(2026, 2, 2), date(2026, 2, 1))
    assert window("wo.day") == "(wo.day >= DATE '2026-01-30' AND wo.day < DATE '2026-02-02')"


def test_months_are_compared_as_text():
    window = Window(date(2026, 1, 30), date(2026, 2, 2), date(2026, 2, 1)).whole_months()
    assert window("period_month") == "(period_month >= '2026-01' AND period_month < '2026-03')"


@given(DAYS, st.integers(1, 800))
def test_whole_months_hold_the_window_and_no_further_month(start, length):
    window = Window(start, start + timedelta(days=length), start)
    months = window.whole_months()
    assert months.start <= window.start and window.end <= months.end
    assert months.start.day == months.end.day == 1
    assert months.start.replace(day=1) == window.start.replace(day=1)
    assert (months.end - timedelta(days=1)).replace(day=1) == (window.end - timedelta(days=1)).replace(day=1)
