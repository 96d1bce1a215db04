"""Which holds cover which rows, against an oracle that checks row by row; and the words of the registers."""

from __future__ import annotations

import random
import re
from datetime import date, timedelta
from itertools import product

import pytest

from genims.audit.format.chained_tables import AUDIT_SCHEMA
from genims.audit.forms import vocabulary
from genims.audit.forms.holds import Scope
from genims.core import ddl

NAMES = {"database": ("erp", "hr"), "table": ("a", "b"), "key": ("1", "2")}
DAYS = tuple(date(2026, 1, 30) + timedelta(days=n) for n in range(5))


def some_scope(chance: random.Random) -> Scope:
    names = {field: chance.choice((None, *values)) for field, values in NAMES.items()}
    first, last = sorted(chance.choices(DAYS, k=2))
    return Scope(**names, first_day=chance.choice((None, first)), last_day=chance.choice((None, last)))


def rows_in(scope: Scope) -> set[tuple]:
    """Every row of a small world that a scope names; days before and after all others stand for the open ends."""
    world = product(*NAMES.values(), (date.min, *DAYS, date.max))
    return {
        (database, table, key, day)
        for database, table, key, day in world
        if scope.database in (None, database)
        and scope.table in (None, table)
        and scope.key in (None, key)
        and (scope.first_day or date.min) <= day <= (scope.last_day or date.max)
    }


def test_scopes_overlap_when_a_row_is_in_both():
    chance = random.Random(4)
    seen = set()
    for _ in range(20_000):
        one, other = some_scope(chance), some_scope(chance)
        expected = bool(rows_in(one) & rows_in(other))
        assert one.overlaps(other) == other.overlaps(one) == expected, f"{one} / {other}"
        seen.add(expected)
    assert seen == {True, False}


@pytest.mark.parametrize(
    ("table", "column", "words"),
    [
        ("legal_hold_tracking", "step", {"set", *vocabulary.RELEASE_STEPS.values()}),
        ("gdpr_data_request_log", "request_type", set(vocabulary.REQUEST_TYPES)),
        ("gdpr_data_request_log", "subject_type", set(vocabulary.SUBJECT_TYPES)),
        ("gdpr_data_request_log", "step", {"received", *vocabulary.REQUEST_STEPS}),
    ],
)
def test_the_words_of_the_forms_are_those_of_the_tables(table, column, words):
    check = rf"CONSTRAINT {table}_{column} CHECK \({column} IN \((.*?)\)\)"
    [listed] = re.findall(check, ddl.tables(AUDIT_SCHEMA)[table].statement)
    assert set(re.findall(r"'(\w+)'", listed)) == words


def test_every_step_is_known_and_may_follow_on_another():
    following = {step for steps in vocabulary.NEXT_STEPS.values() for step in steps}
    assert following == set(vocabulary.REQUEST_STEPS)
    assert set(vocabulary.NEXT_STEPS) == {"received", *vocabulary.REQUEST_STEPS} - {"extended"}
