"""A closed day keeps its rows, byte by byte, whoever loads what, however often its close is run."""

from __future__ import annotations

import random
from datetime import datetime

import pytest

from genims.close import gate, steps
from genims.core.errors import DayNotClosed
from tests.support.close import TABLES, ago, context, signed, stored
from tests.support.faults.faults import noon


def change_sources(source_rows) -> None:
    """Every figure of every day becomes another one."""
    erp, financial = source_rows.connect("erp"), source_rows.connect("financial")
    erp.execute("UPDATE sales_order_lines SET unit_price = unit_price * 2")
    erp.execute("UPDATE general_ledger SET debit_amount = debit_amount + 1")
    erp.execute("UPDATE materials SET standard_cost = standard_cost * 3")
    financial.execute("UPDATE financial_statements SET statement_data = statement_data || '{\"revenue\": 1}'")
    source_rows.connect("manufacturing").execute("UPDATE labor_transactions SET labor_cost = labor_cost * 2")
    source_rows.connect("tms").execute("UPDATE shipments SET total_cost = total_cost * 2")


def test_twenty_closes_in_any_order_give_the_same_bytes(nights):
    digests = nights.close_all(ago(4))
    assert list(digests) == [ago(4), ago(3), ago(2), ago(1)]
    with gate.session() as connection:
        runs = {day.business_day: day.run.partition("/")[2] for day in gate.closed(connection)}
    rng = random.Random(1)
    for _ in range(20):
        day = rng.choice(list(digests))
        assert nights.close(context(runs[day])) == digests[day] == stored(day).digest
    assert all(len(signed(day)) == 1 for day in digests), "each is signed once"
    assert all(stored(day).count > 10 for day in digests)
