"""Data quality checks: how a header declares them, and what they find in the rows of a run.

A check is one query file, ``include/sql/checks/<name>.sql``. It selects how many rows are bad and an example of
them. A header must give it exactly the ``check.parameters`` that it reads.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby
from typing import NamedTuple

from genims.core.paths import SQL, sql
from genims.core.text_table import text_table

FAIL, WARN = "fail", "warn"
LEVELS = (FAIL, WARN)
KEYS = {"check", "columns", "level"}

PARAMETER = re.compile(r"\bcheck\.parameters\.(\w+)")
COLUMN = re.compile(r"\{\{ column \}\}")
# The table with the number of rows that MySQL holds for each day; a load fills it for the checks that read it.
PUBLISHED_COUNTS = "published_counts"
# What a check that counts staged rows selects beside their number.
FIRST_ROW = "min(rowid) AS first_bad"


@dataclass(frozen=True)
class Check:
    """One line of ``checks`` in a header: ``{check: in_range, columns: [oee_pct], min: 0, max: 100, level: fail}``.

    :param name: the name of its query file, without ``.sql``.
    :param level: ``fail`` keeps the rows from being published, ``warn`` does not.
    :param columns: the columns to look at, one by one; empty for a check of the whole table.
    :param parameters: the further keys of the line with their values.
    """

    name: str
    level: str
    columns: tuple[str, ...] = ()
    parameters: dict[str, object] = field(default_factory=dict, hash=False)

    @property
    def reads_published_counts(self) -> bool:
        """Whether it compares the rows with the days that MySQL holds."""
        return _needs(self.name).published_counts

    def __str__(self) -> str:
        given = ", ".join(f"{name} {value}" for name, value in self.parameters.items())
        return f"{self.name} ({given})" if given else self.name


def read_check(line: object) -> Check:
    """Read one line of a header's ``checks`` strictly.

    :param line: the line as YAML gives it.
    :raises ValueError: the line is no mapping, or one of its keys is unknown, missing or of the wrong form.
    """
    if not isinstance(line, dict):
        raise ValueError(f"expected {{check: not_negative, columns: [units], level: fail}} or alike, found {line!r}")
    name, level, columns = line.get("check"), line.get("level"), line.get("columns", [])
    if name not in known_checks():
        raise ValueError(f"unknown check {name!r}; known are {', '.join(known_checks())}")
    if level not in LEVELS:
        raise ValueError(f"{name}: level must be one of {LEVELS}, found {level!r}")
    if not isinstance(columns, list) or not all(isinstance(column, str) for column in columns):
        raise ValueError(f"{name}: columns must be a list of names, found {columns!r}")
    needs = _needs(name)
    if bool(columns) != needs.column:
        raise ValueError(f"{name}: expected {'columns' if needs.column else 'no columns'}, found {columns}")
    parameters = {key: value for key, value in line.items() if key not in KEYS}
    if parameters.keys() != needs.parameters:
        raise ValueError(f"{name}: expected the parameters {sorted(needs.parameters)}, found {sorted(parameters)}")
    return Check(name, level, tuple(columns), parameters)


@cache
def known_checks() -> tuple[str, ...]:
    """The names of all checks that a header may declare."""
    return tuple(sorted(path.stem for path in (SQL / "checks").glob("*.sql")))


class _Needs(NamedTuple):
    """What the query of a check reads beside the staged rows, and whether it counts these."""

    parameters: set[str]
    column: bool
    published_counts: bool
    counts_rows: bool


@cache
def _needs(name: str) -> _Needs:
    query = sql(f"checks/{name}")
    reads_counts = PUBLISHED_COUNTS in query
    return _Needs(set(PARAMETER.findall(query)), bool(COLUMN.search(query)), reads_counts, FIRST_ROW in query)


def counts_rows(name: str) -> bool:
    """Whether a check counts staged rows, so that a share of them is bad; others count days, totals or quotes."""
    return _needs(name).counts_rows


@dataclass(frozen=True)
class CheckResult:
    """What a check found.

    :param check: its name.
    :param column: the column that it looked at, or several with commas; None for the whole table.
    :param level: one of LEVELS.
    :param bad_rows: the number of rows that break the rule.
    :param example: some of these rows, in words; None if there are none.
    :param rule: what is wrong with these rows, in words.
    :param standing: whether a warning is new, usual or accepted (``genims.engine.standing``); empty if nobody judged.
    :param usual: the usual share of bad rows; None if it is not known.
    """

    check: str
    column: str | None
    level: str
    bad_rows: int = 0
    example: str | None = None
    rule: str = ""
    standing: str = ""
    usual: float | None = None

    @property
    def passed(self) -> bool:
        return not self.bad_rows

    def __str__(self) -> str:
        return f"{self.bad_rows} rows: {self.rule}, such as {self.example}"

    def as_record(self) -> dict:
        """The result as the run log keeps it, in JSON."""
        return {
            "check": self.check,
            "column": self.column,
            "level": self.level,
            "passed": self.passed,
            "bad_rows": self.bad_rows,
            "example": self.example,
            "standing": self.standing,
        }


def summary(results: Iterable[CheckResult]) -> list[CheckResult]:
    """The results in short: each that did not pass, then one for all columns of each check that passed.

    :param results: what the checks found, those of one check and level side by side.
    """
    results = list(results)
    passed = groupby((result for result in results if result.passed), key=lambda result: (result.check, result.level))
    merged = [
        CheckResult(check, ", ".join(filter(None, (result.column for result in group))) or None, level)
        for (check, level), group in passed
    ]
    return [result for result in results if not result.passed] + merged


def results_table(results: Iterable[CheckResult]) -> str:
    """The results as the task log shows them: a text table with one line for each.

    :param results: what the checks found, in the order of the lines.
    """
    return text_table(
        [
            {
                "check": result.check,
                "level": result.level,
                "result": "passed" if result.passed else result.standing or "BROKEN",
                "bad rows": result.bad_rows,
                "usually": None if result.usual is None else f"{result.usual:.1%}",
                "columns and example": ": ".join(filter(None, (result.column, result.example))),
            }
            for result in results
        ]
    )
