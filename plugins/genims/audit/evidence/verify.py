"""Proves that the audit tables hold what was written, or names every row that says otherwise.

python -m genims.audit.verify --source erp --from 2026-11-01 --to 2026-11-30
python -m genims.audit.verify --json           # yesterday and today, all source databases

It reads the blocks that were closed on the given days (UTC) and all rows of their events, hashes these again, and
compares: rows with their hashes, events with the leaves of their block, blocks with each other and with their anchors
in Blob Storage, and proves signatures. Exit code 0: intact; 1: something is not as written; 2: nothing deviates, but
not all of it is proven, because anchors are missing.
"""

from __future__ import annotations

import argparse
import logging
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from time import perf_counter

from MySQLdb.connections import Connection

from genims.audit.evidence.anchor_store import AnchorStore
from genims.audit.evidence.findings import merged
from genims.audit.evidence.report import EXIT_CODES, Outcome, Report
from genims.audit.evidence.rules import check_lines
from genims.audit.evidence.schedule import days
from genims.audit.evidence.verification import Proof, verify_day, verify_newest
from genims.audit.ledger.signing import signing_keys
from genims.core import connections
from genims.core.clock import utc_now
from genims.hooks.mysql import GenimsMySqlHook


def verify(
    first_day: date, last_day: date, sources: set[str] | None = None, clock: Callable[[], datetime] = utc_now
) -> Report:
    """Verify the blocks that were closed on some days and, if none was closed later, what follows them.

    :param first_day: first day, UTC.
    :param last_day: last day, included.
    :param sources: short names of source databases; None for all.
    :param clock: tells the time in UTC, without time zone.
    """
    began = perf_counter()
    outcome = Outcome()
    store, keys = AnchorStore.configured(), signing_keys()
    with closing(GenimsMySqlHook(connections.AUDIT).get_conn()) as connection:
        for day in days(first_day, last_day):
            proof = Proof(clock(), store.of_day(day), keys) if store else Proof(clock(), keys=keys)
            if store:
                outcome.findings += check_lines(store.surrounding(day))
            with _one_moment(connection):
                verify_day(connection, day, proof, sources, outcome, with_open=day == last_day)
        if store:
            newest = {
                source: line for source, line in store.newest_blocks().items() if not sources or source in sources
            }
            with _one_moment(connection):
                verify_newest(connection, newest, outcome)
    outcome.findings, outcome.unproven = merged(outcome.findings), merged(outcome.unproven)
    return Report(first_day, last_day, store is not None, outcome, perf_counter() - began, bool(keys))


@contextmanager
def _one_moment(connection: Connection) -> Iterator[None]:
    """A transaction that sees one moment of the database, whatever is written meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
    yield
    connection.rollback()


def main() -> int:
    """Run the command; returns its exit code."""
    today = datetime.now(UTC).date()
    parser = argparse.ArgumentParser(
        prog="python -m genims.audit.verify",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--source", action="append", help="short name of a source database; may be repeated")
    parser.add_argument("--from", dest="first_day", type=date.fromisoformat, default=today - timedelta(days=1))
    parser.add_argument("--to", dest="last_day", type=date.fromisoformat, default=today)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--public-key", action="store_true", help="print the key that proves what is signed here")
    arguments = parser.parse_args()
    if arguments.public_key:
        own = signing_keys().own
        print(own.text if own else "no signing key is set")
        return 0 if own else 2
    if arguments.last_day < arguments.first_day:
        parser.error("--to is before --from")
    logging.disable(logging.INFO)
    report = verify(arguments.first_day, arguments.last_day, set(arguments.source) if arguments.source else None)
    print(report.as_json() if arguments.json else report)
    return EXIT_CODES[report.state]
