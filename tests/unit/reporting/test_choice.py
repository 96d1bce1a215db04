"""Which tables a person wants loaded, and in which order."""

import pytest

from genims.core.errors import FormRefused
from genims.reporting.choice import chosen_steps
from genims.reporting.tables import reporting_tables

NOTHING = {"from": None, "to": None, "rebuild": False, "tables": []}
CHOICES = {
    "one": (["cash_flow_daily"], [["cash_flow_daily"]]),
    "side by side": (["cash_flow_daily", "capex_tracking"], [["capex_tracking", "cash_flow_daily"]]),
    "one reads the other": (
        ["cash_flow_daily", "receivables_payables_aging"],
        [["receivables_payables_aging"], ["cash_flow_daily"]],
    ),
    "the one between is not chosen": (
        ["financial_ratios", "receivables_payables_aging"],
        [["financial_ratios", "receivables_payables_aging"]],
    ),
    "three in a row": (
        ["financial_ratios", "cash_flow_daily", "receivables_payables_aging", "capex_tracking"],
        [["capex_tracking", "receivables_payables_aging"], ["cash_flow_daily"], ["financial_ratios"]],
    ),
    "twice the same": (["capex_tracking", "capex_tracking"], [["capex_tracking"]]),
}


@pytest.mark.parametrize(("tables", "steps"), CHOICES.values(), ids=CHOICES)
def test_a_table_that_reads_another_chosen_one_comes_later(tables, steps):
    assert chosen_steps(NOTHING | {"tables": tables}) == steps


def test_none_chosen_means_all():
    steps = chosen_steps(NOTHING)
    assert sorted(name for step in steps for name in step) == sorted(table.name for table in reporting_tables())
    assert steps[1:] == [["cash_flow_daily"], ["financial_ratios"]]


def test_days_in_the_wrong_order_are_refused():
    with pytest.raises(FormRefused, match="correct from and to"):
        chosen_steps(NOTHING | {"from": "2026-02-02", "to": "2026-02-01"})
