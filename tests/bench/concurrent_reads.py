"""100,000 reads of a table while it is published 200 times: none sees an empty, partial or mixed table."""

from __future__ import annotations

import os
import tempfile
from contextlib import closing
from pathlib import Path
from statistics import quantiles

from genims.core.paths import SCHEMA
from tests.support.faults.faults import DATABASES, ScratchTable, create_databases, declared_in, environment
from tests.support.readers import publish_versions, readers, violations
from tests.support.servers import source_owner
from tests.support.source_rows import SourceRows

PUBLISHES = 200
READS = 100_000
READERS = 4
DAYS, ROWS_A_DAY = 5, 100


def run() -> list[str]:
    """Publish, read, and print what was seen.

    :returns: what was seen and should not be.
    """
    with (
        environment(**DATABASES),
        tempfile.TemporaryDirectory() as folder,
        closing(SourceRows(source_owner(dict(os.environ)))) as sources,
    ):
        create_databases()
        table = ScratchTable(Path(folder), sources.connect("master"))
        try:
            table.create()
            table.fill(DAYS, ROWS_A_DAY)
            table.number(0)
            table.load()
            with readers(READERS) as found:
                versions = publish_versions(table, found, PUBLISHES, READS)
        finally:
            table.drop_tables()
            declared_in(SCHEMA)

    wrong = violations(found, DAYS * ROWS_A_DAY, versions)
    times = quantiles(found.seconds, n=100)
    print(f"\n{READERS} readers of {DAYS * ROWS_A_DAY} rows, published by window and by swap in turn")
    print(f"{'publishes':>10} {'reads':>10} {'violations':>10} {'p50 ms':>8} {'p99 ms':>8} {'max ms':>8}")
    print(
        f"{versions:10,} {found.reads:10,} {len(wrong):10,} "
        f"{times[49] * 1000:8.2f} {times[98] * 1000:8.2f} {max(found.seconds) * 1000:8.2f}"
    )
    return [f"reads: a reader saw {content}" for content in wrong]
