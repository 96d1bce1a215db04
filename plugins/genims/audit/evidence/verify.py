"""Proves that the audit tables hold what was written, or names every row that says otherwise.

python -m genims.audit.evidence.verify --source erp --from 2026-11-01 --to 2026-11-30
python -m genims.audit.evidence.verify --json           # yesterday and today, all source databases

It reads the blocks that were closed on the given days (UTC) and all rows of their events, hashes these again, and
compares: rows with their hashes, events with the leaves of their block, blocks with each other and with their anchors
in Blob Storage. Exit code 0: intact; 1: something is not as written.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from time import perf_counter

from airflow.sdk.exceptions import AirflowNotFoundException
from MySQLdb.connections import Connection

from genims.audit.evidence.anchor_store import AnchorStore
from genims.audit.evidence.findings import merged
from genims.audit.evidence.verification import Head, Outcome, verify_day
from genims.core import connections
from genims.hooks.mysql import GenimsMySqlHook

log = logging.getLogger(__name__)


@dataclass
class Report:
    """What a verification read and found.

    :param anchored: whether blocks were compared with their anchors in Blob Storage.
    :param seconds: how long it took.
    """

    first_day: date
    last_day: date
    anchored: bool
    outcome: Outcome
    seconds: float

    @property
    def intact(self) -> bool:
        return not self.outcome.findings

    def __str__(self) -> str:
        found = self.outcome.findings
        lines = [
            f"{self.first_day} to {self.last_day}: {f'{len(found)} deviations' if found else 'intact'}. "
            f"{self.outcome.rows:,} rows of {self.outcome.events:,} events in {self.outcome.blocks:,} blocks, "
            f"{self.seconds:.2f} s. "
            f"{f'Compared with {self.outcome.anchors:,}' if self.anchored else 'Not compared with'} anchors.",
            *(_line(source, head) for source, head in sorted(self.outcome.heads.items())),
            *map(str, found),
        ]
        return "\n  ".join(lines)

    def as_json(self) -> str:
        """The whole of it; its sources with the last block of each, whose hash stands for all before it."""
        values = {
            "first_day": f"{self.first_day}",
            "last_day": f"{self.last_day}",
            "intact": self.intact,
            "anchors": self.outcome.anchors if self.anchored else None,
            "seconds": round(self.seconds, 3),
            "blocks": self.outcome.blocks,
            "events": self.outcome.events,
            "rows": self.outcome.rows,
            "sources": {source: head.as_dict() for source, head in sorted(self.outcome.heads.items())},
            "findings": [each.as_dict() for each in self.outcome.findings],
        }
        return json.dumps(values, indent=2)


def _line(source: str, head: Head) -> str:
    last = head.newest
    if last is None:
        return f"{source}: no block yet"
    hashes = f"root {last.merkle_root.hex()}, hash {last.block_hash.hex()}"
    return f"{source}: {head.blocks} blocks, up to block {last.number}, event {last.last_sequence}, {hashes}"


def verify(first_day: date, last_day: date, sources: set[str] | None = None) -> Report:
    """Verify the blocks that were closed on some days and, if none was closed later, what follows them.

    :param first_day: first day, UTC.
    :param last_day: last day, included.
    :param sources: short names of source databases; None for all.
    """
    began = perf_counter()
    outcome = Outcome()
    anchors = anchor_store()
    with closing(GenimsMySqlHook(connections.AUDIT).get_conn()) as connection:
        for day in (first_day + timedelta(days=n) for n in range((last_day - first_day).days + 1)):
            with one_moment(connection):
                verify_day(
                    connection, day, anchors.of_day(day) if anchors else {}, sources, outcome, with_open=day == last_day
                )
    outcome.findings = merged(outcome.findings)
    return Report(first_day, last_day, anchors is not None, outcome, perf_counter() - began)


def anchor_store() -> AnchorStore | None:
    """Where the anchors are; None where no Blob Storage is set."""
    try:
        return AnchorStore()
    except AirflowNotFoundException:
        log.warning("AZURE_STORAGE_CONNECTION_STRING is not set: who rewrites rows and all hashes is not found.")
        return None


@contextmanager
def one_moment(connection: Connection) -> Iterator[None]:
    """A transaction that sees one moment of the database, whatever is written meanwhile."""
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        cursor.execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
    yield
    connection.rollback()


def main() -> int:
    """Run the command; returns its exit code."""
    today = datetime.now(UTC).date()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", action="append", help="short name of a source database; may be repeated")
    parser.add_argument("--from", dest="first_day", type=date.fromisoformat, default=today - timedelta(days=1))
    parser.add_argument("--to", dest="last_day", type=date.fromisoformat, default=today)
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()
    if arguments.last_day < arguments.first_day:
        parser.error("--to is before --from")
    logging.disable(logging.INFO)
    report = verify(arguments.first_day, arguments.last_day, set(arguments.source) if arguments.source else None)
    print(report.as_json() if arguments.json else report)
    return 0 if report.intact else 1


if __name__ == "__main__":
    sys.exit(main())
