"""Which days are verified tonight."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import pairwise
from random import Random

from genims.audit.evidence.schedule import due_days, last_verified

FIRST = date(2026, 1, 1)


def at(day: date) -> datetime:
    """The nightly run of a day."""
    return datetime(day.year, day.month, day.day, 4, 15)


def nights(count: int, missed: set[int], start: int = 0) -> list[tuple[date, list[date]]]:
    """What each night verifies, from the first day on."""
    verified: dict[date, datetime] = {}
    done = []
    for number in range(start, count):
        night = FIRST + timedelta(days=number)
        if number not in missed:
            due = due_days(FIRST, verified, at(night))
            verified = last_verified([*verified.items(), *((day, at(night)) for day in due)])
            done.append((night, due))
    return done


def test_every_day_is_verified_on_the_next_night_and_within_30_days_of_the_last_time():
    times: dict[date, list[date]] = {}
    for night, due in nights(400, set()):
        for day in due:
            if day < night:
                times.setdefault(day, []).append(night)
    for day, verified in times.items():
        assert verified[0] == day + timedelta(days=1)
        ends = [*verified, FIRST + timedelta(days=399)]
        assert all(later - earlier <= timedelta(days=30) for earlier, later in pairwise(ends))


def test_missed_nights_are_made_up_and_two_of_them_cost_nothing():
    random = Random(1)
    missed = {first + n for first in random.sample(range(40, 380, 20), 10) for n in range(2)}
    times: dict[date, list[date]] = {}
    for night, due in nights(400, missed):
        for day in due:
            if day < night:
                times.setdefault(day, []).append(night)
    last = FIRST + timedelta(days=399)
    assert set(times) == {FIRST + timedelta(days=n) for n in range(399)}
    for verified in times.values():
        ends = [*verified, last]
        assert all(later - earlier <= timedelta(days=31) for earlier, later in pairwise(ends))


def test_a_long_pause_is_made_up_in_one_night():
    *_, (_, due) = nights(101, set(range(50, 100)))
    assert due[-1] == FIRST + timedelta(days=100)
    assert set(due) >= {FIRST + timedelta(days=n) for n in range(49, 101)}


def test_old_rows_from_before_there_were_records_are_spread_over_the_nights():
    assert len(due_days(FIRST, {}, at(FIRST + timedelta(days=2556)))) < 100


def test_the_present_day_is_not_yet_verified():
    night = at(FIRST + timedelta(days=5))
    assert last_verified([(night.date(), night), (FIRST, night)]) == {FIRST: night}
