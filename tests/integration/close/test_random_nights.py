"""Random nights against a small model of the states: loads, closes, restatements, changed sources, killed runs.

``GENIMS_RANDOM_NIGHTS`` makes as many sequences as it says, ``GENIMS_RANDOM_SEED`` others.
"""

from __future__ import annotations

import copy
import os
import random
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from unittest import mock

import pytest

from genims.close import figures, gate, signing, steps
from genims.core.settings import settings
from genims.engine.mysql_target import MySqlTarget
from tests.support.close import A_DAY, ago, context, restate, signed
from tests.support.faults.faults import Table, query

SEQUENCES = int(os.environ.get("GENIMS_RANDOM_NIGHTS", "3"))
SEED = int(os.environ.get("GENIMS_RANDOM_SEED", "1"))
STEPS = 12
TABLE = "trial_balance_daily"
DAYS = [ago(days) for days in range(5, 0, -1)]
KILLED_AT = [
    (figures, "write"),
    (gate, "put"),
    (signing, "_append"),
    (signing, "_keep_digests"),
    (MySqlTarget, "publish"),
]


class Killed(BaseException):
    """What a killed process does not get to do."""


@dataclass
class Model:
    """What must be so: of each day the posting in the source, the figures published, and how often it was closed."""

    source: dict[date, int]
    published: dict[date, tuple[int, int]] = field(default_factory=dict)
    version: dict[date, int] = field(default_factory=dict)
    stale: dict[date, date] = field(default_factory=dict)

    def now(self, day: date) -> tuple[int, int]:
        """Opening and debit of a day, by the source."""
        return sum(amount for other, amount in self.source.items() if other < day), self.source[day]

    def load(self) -> None:
        self.published.update({day: self.now(day) for day in DAYS if day not in self.version})

    def close(self) -> None:
        if day := next((day for day in DAYS if day not in self.version), None):
            self.published[day] = self.now(day)
            self.version[day] = 1

    def restate(self, days: list[date]) -> None:
        for day in days:
            if self.published[day] != self.now(day):
                for later in self.version:
                    if later > day and later not in days:
                        self.stale[later] = min(day, self.stale.get(later, day))
            self.published[day] = self.now(day)
            self.version[day] += 1
            self.stale.pop(day, None)

    @property
    def seen(self) -> tuple:
        return self.published, self.version, self.stale


class Nights:
    """The same in the real databases."""

    def __init__(self, company):
        self.erp = company.connect("erp")
        self.erp.execute("DELETE FROM general_ledger WHERE gl_account = 'MODEL'")
        for day in DAYS:
            row = {"gl_transaction_id": f"MODEL-{day}", "posting_date": day, "document_date": day, "debit_amount": 1}
            company.insert("erp", "general_ledger", [row | {"gl_account": "MODEL", "company_code": "MODEL"}])

    def change(self, day: date, amount: int) -> None:
        self.erp.execute(
            "UPDATE general_ledger SET debit_amount = %s WHERE gl_transaction_id = %s", (amount, f"MODEL-{day}")
        )

    def load(self, how: dict) -> None:
        Table(TABLE).load(**how)

    def close(self) -> None:
        run = context()
        with gate.session() as connection:
            first = not gate.closed(connection)
        with mock.patch.object(gate, "business_day", return_value=DAYS[0] + A_DAY) if first else ExitStack():
            day = steps.day_of(run["dag_run"], run["params"])
            if day is None:
                return
            day = date.fromisoformat(day)
            steps.publish(day, run, TABLE)
            gate.close(day, "financial_close", steps.run_of(run["dag_run"]))
        steps.sign_off(day, run)

    def clear(self, day: date) -> None:
        run = context()
        steps.publish(day, run, TABLE)
        steps.close_day(day, run)
        steps.sign_off(day, run)

    @property
    def seen(self) -> tuple:
        rows = query(
            f"SELECT posting_date, opening_balance, debit_amount FROM {settings().mysql_reporting_db}.{TABLE} "
            "WHERE company_code = 'MODEL'"
        )
        with gate.session() as connection:
            days = gate.closed(connection)
        return (
            {day: (int(opening), int(debit)) for day, opening, debit in rows},
            {day.business_day: day.version for day in days},
            {day.business_day: day.stale_since for day in days if day.stale_since},
        )


@pytest.mark.parametrize("sequence", range(SEQUENCES))
def test_random_nights_agree_with_the_model(nights, company, one_table, sequence):
    rng = random.Random(SEED * 1000 + sequence)
    model, real = Model(dict.fromkeys(DAYS, 1)), Nights(company)
    model.load()
    real.load({})
    told = []
    for _ in range(STEPS):
        before = copy.deepcopy(model)
        step, act = _act(rng, model, real)
        killed = rng.random() < 0.25
        told.append(f"{step}{', killed' if killed else ''}")
        with mock.patch.object(*rng.choice(KILLED_AT), side_effect=Killed) if killed else ExitStack():
            try:
                act()
            except Killed:
                model = _as_found(real, before, model)
        assert real.seen == model.seen, told
    signing.sign()
    assert {day: len(signed(day)) for day in model.version} == model.version, told
    steps.compare_closed_days()
    company.connect("erp").execute("DELETE FROM general_ledger WHERE gl_account = 'MODEL'")


def _as_found(real: Nights, before: Model, after: Model) -> Model:
    """A killed step has done all or nothing; a close may have published the day and not closed it."""
    published = copy.deepcopy(before)
    published.load()
    some = copy.deepcopy(before)
    if day := next((day for day in DAYS if day not in some.version), None):
        some.published[day] = some.now(day)
    return next((model for model in (after, before, some, published) if model.seen == real.seen), after)


def _act(rng: random.Random, model: Model, real: Nights):
    """A random step, which the model has taken already."""
    closed = list(model.version)
    step = rng.choice(["change", "change", "load", "close", "close", "clear", "restate"])
    if step == "change":
        day, amount = rng.choice(DAYS), rng.randrange(100)
        model.source[day] = amount
        return f"change {day} to {amount}", lambda: real.change(day, amount)
    if step == "load":
        how = rng.choice([{}, {"nightly": True}, {"rebuild": True}, {"from_": str(DAYS[0])}])
        model.load()
        return f"load {how}", lambda: real.load(how)
    if step == "close" or not closed:
        model.close()
        return "close", real.close
    day = rng.choice(closed)
    if step == "clear":
        return f"clear {day}", lambda: real.clear(day)
    forward = rng.random() < 0.5
    model.restate([each for each in closed if each == day or (forward and each > day)])
    return f"restate {day}{' and roll forward' if forward else ''}", lambda: restate(day, roll_forward=forward)
