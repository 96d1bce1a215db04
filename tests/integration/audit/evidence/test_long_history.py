"""Random alterations of a long history, by each role that can make them, are found in time."""

from __future__ import annotations

import os
from random import Random

from tests.support.audit.long_history import ROLES, LongHistory, own_database

DAYS = int(os.environ.get("GENIMS_TEST_DAYS", "20"))
ALTERATIONS = int(os.environ.get("GENIMS_TEST_ALTERATIONS", "40"))


def test_what_any_role_alters_is_found_within_the_promised_time(platform):
    platform.up(only=["azurite"], sample_data=False)
    with own_database() as container:
        history = LongHistory(container, DAYS, Random(2026))
        outcomes = history.run(ALTERATIONS)
    assert outcomes.missed == []
    assert {name.partition(":")[0] for name in outcomes.found} == ROLES.keys()
