"""How a broken check stands: new, as usual, or known and accepted. Only what is new warns, so that somebody looks.

The usual share of bad rows is the lowest weekly one of the last weeks, of the same job, in which the check ran often
enough. The lowest, so that a share that grows slowly is held to what it once was, and an outage moves nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from math import sqrt
from pathlib import Path
from typing import NamedTuple

import yaml

from genims.core.paths import ACCEPTED_WARNINGS
from genims.engine.checks import WARN, CheckResult, counts_rows

WEEKS = 12
# A week with fewer loads says nothing of what is usual.
LEAST_LOADS = 3
# More bad rows than usual are a change beyond this factor and three standard deviations of a count (Poisson), so that
# two bad rows of five are not one if one of five is usual.
FACTOR = 1.2
DEVIATIONS = 3

NEW, USUAL, ACCEPTED, EXPIRED = "NEW", "usual", "accepted", "NEW: no longer accepted"
ORDER = (NEW, EXPIRED, USUAL, ACCEPTED, "")
PERCENT = 100


class PastLoad(NamedTuple):
    """What the checks of an earlier load found.

    :param weeks_ago: how many whole weeks ago it was.
    :param rows: the number of rows that were checked.
    :param checks: the results as the run log keeps them.
    """

    weeks_ago: int
    rows: int
    checks: list[dict]


@dataclass(frozen=True)
class Acceptance:
    """An entry of ``include/accepted_warnings.yaml``: bad rows that somebody knows and accepts for some time.

    :param table: the reporting table.
    :param check: name of the check.
    :param column: the column that it looks at; None for the whole table.
    :param percent: the greatest share of bad rows that is accepted, in percent of the rows checked.
    :param accepted_by: the person who accepted it.
    :param until: the last day on which it is accepted.
    :param because: why.
    """

    table: str
    check: str
    column: str | None
    percent: float
    accepted_by: str
    until: date
    because: str


def read_acceptances(path: Path = ACCEPTED_WARNINGS) -> list[Acceptance]:
    """The entries of the file, strictly.

    :param path: the file.
    :raises ValueError: an entry has another form; the message names it.
    """
    return [_acceptance(entry, path) for entry in yaml.safe_load(path.read_text()) or []]


def _acceptance(entry: dict, path: Path) -> Acceptance:
    fields = Acceptance.__dataclass_fields__
    if not isinstance(entry, dict) or entry.keys() | {"column"} != fields.keys():
        raise ValueError(f"{path.name}: expected an entry with {', '.join(fields)}, found {entry!r}")
    if type(entry["until"]) is not date:
        raise ValueError(f"{path.name}: until: expected a day such as 2027-03-31, found {entry['until']!r}")
    if not isinstance(entry["percent"], int | float) or not 0 < entry["percent"] <= PERCENT:
        raise ValueError(f"{path.name}: percent: expected a number above 0, at most 100, found {entry['percent']!r}")
    return Acceptance(**{"column": None} | entry)


@cache
def acceptances() -> dict[tuple[str, str, str | None], Acceptance]:
    """The entries of the file, by table, check and column."""
    return {(entry.table, entry.check, entry.column): entry for entry in read_acceptances()}


def judged(
    table: str, results: Iterable[CheckResult], rows: int, before: Iterable[PastLoad], today: date
) -> list[CheckResult]:
    """The results with the standing of each that is broken at level ``warn``, what is new first.

    :param table: the reporting table.
    :param results: what the checks found.
    :param rows: the number of rows that were checked.
    :param before: earlier loads by the same job.
    :param today: the present business day.
    """
    before = list(before)
    told = [
        result if result.passed or result.level != WARN else _judged(table, result, rows, before, today)
        for result in results
    ]
    return sorted(told, key=lambda result: ORDER.index(result.standing))


def _judged(table: str, result: CheckResult, rows: int, before: list[PastLoad], today: date) -> CheckResult:
    usual = usual_share(result, before) if counts_rows(result.check) else None
    result = replace(result, usual=usual)
    accepted = acceptances().get((table, result.check, result.column))
    if accepted and result.bad_rows <= rows * accepted.percent / PERCENT:
        return replace(result, standing=ACCEPTED if today <= accepted.until else EXPIRED)
    is_usual = usual is not None and result.bad_rows <= _most(usual * rows)
    return replace(result, standing=USUAL if is_usual else NEW)


def _most(expected: float) -> float:
    """The greatest number of bad rows that is no change."""
    return FACTOR * expected + DEVIATIONS * sqrt(expected)


def usual_share(result: CheckResult, before: Iterable[PastLoad]) -> float | None:
    """The lowest weekly share of bad rows that a check found; None while there is too little to tell.

    :param result: what the check finds now.
    :param before: earlier loads. One in which the check did not run is left out.
    """
    weeks = defaultdict(list)
    for past in before:
        bad_rows = _bad_rows(result, past.checks)
        if bad_rows is not None and past.rows:
            weeks[past.weeks_ago].append((bad_rows, past.rows))
    shares = [
        sum(bad for bad, _ in loads) / sum(rows for _, rows in loads)
        for loads in weeks.values()
        if len(loads) >= LEAST_LOADS
    ]
    return min(shares, default=None)


def _bad_rows(result: CheckResult, checks: list[dict]) -> int | None:
    """What the check found in an earlier load; None if it did not run."""
    for past in checks:
        # The run log keeps the columns that passed in one entry.
        columns = past["column"].split(", ") if past["column"] else [None]
        if past["check"] == result.check and (past["column"] == result.column or result.column in columns):
            return past["bad_rows"]
    return None
