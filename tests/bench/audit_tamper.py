"""Ten thousand random alterations of audit rows, each found and named; and how long the verification of a day takes."""

from __future__ import annotations

from collections import Counter
from random import Random
from time import perf_counter

import pytest

from dev.stack import Stack
from genims.audit.evidence.schedule import COVERED_IN
from genims.audit.evidence.tasks import anchor
from genims.audit.evidence.verify import verify
from genims.audit.ledger import draft
from genims.core.clock import utc_now
from genims.core.settings import settings
from tests.support.audit.long_history import LongHistory, own_database
from tests.support.audit.tampering import AT_THE_END, KINDS, Tamperer, found_in
from tests.support.audit.writing import event, events, new_source, opened
from tests.support.faults.faults import environment
from tests.support.servers import administrator

ALTERATIONS = 10_000
BLOCKS = 200
DAYS = 400
BLOCK_EVENTS = 5
DAY_ROWS = 22_000
DAY_SECONDS = 1.0


def run(alterations: int = ALTERATIONS, seed: int = 2026) -> list[str]:
    """Alter and verify, and print what was found.

    :param seed: of the random choice of alterations.
    :returns: what is not as promised.
    """
    return _alterations(alterations, Random(seed)) + _long_history(alterations, Random(seed)) + _one_day()


def _alterations(alterations: int, random: Random) -> list[str]:
    source = new_source()
    with pytest.MonkeyPatch.context() as patch, opened(source) as book:
        patch.setattr(draft, "BLOCK_EVENTS", BLOCK_EVENTS)
        book.append([event(number, Random(number)) for number in range(1, BLOCKS * BLOCK_EVENTS + 1)])
    found, unnamed, refused = Counter(), [], 0
    began = perf_counter()
    with administrator(settings().mysql_audit_db) as connection:
        connection.autocommit(False)
        tamperer = Tamperer(connection, source, random)
        anchors = tamperer.anchors
        while found.total() + len(unnamed) < alterations:
            connection.rollback()
            kind = random.choice(list(KINDS))
            # Rewriting a block rewrites all later blocks, so choose one near the end.
            number = (
                BLOCKS if kind in AT_THE_END else random.randint(BLOCKS - 3 if kind == "block_rewritten" else 1, BLOCKS)
            )
            alteration = tamperer.alter(kind, number)
            if alteration is None:
                refused += 1
                assert refused < 10 * alterations, f"the database refused {refused:,} alterations: {kind} most recently"
                continue
            # An inserted row may come after all others.
            to_the_end = kind == "row_inserted" or number + 1 >= BLOCKS
            first, last = max(1, number - 1), None if to_the_end else number + 1
            near = {(each, block_hash) for each, block_hash in anchors if first <= each <= (last or BLOCKS)}
            if alteration.is_named_by(found_in(connection, source, first, last, {source: near})):
                found[kind] += 1
            else:
                unnamed.append(alteration)
        connection.rollback()
    print(f"\n{alterations:,} random alterations of audit rows, {perf_counter() - began:.0f} s")
    for kind in KINDS:
        missed = sum(1 for each in unnamed if each.kind == kind)
        print(f"{kind:28} {found[kind] + missed:6,} made {found[kind]:6,} found and named")
    return [f"tamper: {each} was not found or not named" for each in unnamed]


def _long_history(alterations: int, random: Random) -> list[str]:
    """Alterations of hundreds of days by each role, while verification runs as scheduled."""
    began = perf_counter()
    Stack().up(only=["azurite"], sample_data=False)
    with own_database() as container:
        outcomes = LongHistory(container, DAYS, random).run(alterations)
    print(f"\n{alterations:,} random alterations of {DAYS} days by each role, {perf_counter() - began:.0f} s")
    for name in sorted(outcomes.found):
        print(f"{name:40} {outcomes.found[name]:6,} found within {COVERED_IN.days} days")
    return [f"tamper: {each} was not found" for each in outcomes.missed]


def _one_day() -> list[str]:
    source = new_source()
    Stack().up(only=["azurite"], sample_data=False)
    with pytest.MonkeyPatch.context() as patch, opened(source) as book:
        # Few events come in a minute of such a day, so that nearly each is alone in its block.
        patch.setattr(draft, "BLOCK_EVENTS", 1)
        book.append(events(DAY_ROWS // 5))
    today = utc_now().date()
    with environment(GENIMS_ANCHOR_CONTAINER=f"bench-{source.replace('_', '-')}"):
        anchor()
        reports = [verify(today, today, {source}) for _ in range(5)]
    seconds = min(report.seconds for report in reports)
    outcome = reports[0].outcome
    print(f"\nVerification of one day, {outcome.rows:,} rows in {outcome.blocks:,} anchored blocks: {seconds:.2f} s")
    faults = [f"tamper: an intact day is reported: {report}" for report in reports if not report.intact]
    if seconds > DAY_SECONDS:
        faults.append(f"tamper: one day takes {seconds:.2f} s to verify, at most {DAY_SECONDS} s are promised")
    return faults
