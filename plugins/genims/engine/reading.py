"""Reading the sources: either what somebody committed, or an error."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter

from genims.core.errors import SourceChanged
from genims.engine import source_contract
from genims.engine.checks import CheckResult
from genims.engine.source_query import SourceQuery
from genims.engine.staging import Staging

log = logging.getLogger(__name__)

# A source that reloads its tables one after the other may disturb more than one try.
TRIES = 3


def read(
    staging: Staging, query: SourceQuery, checks_sql: str, when_read: Callable[[int], None] = lambda _: None
) -> tuple[int, list[CheckResult]]:
    """Read the sources in one snapshot each and examine the rows; again where a source changed its tables meanwhile.

    :param staging: gets the rows.
    :param query: the query over the sources.
    :param checks_sql: the rendered statement of the declared checks.
    :param when_read: called with the number of rows when they are read and not yet examined.
    :returns: the number of rows, and what the checks found.
    :raises SourceContractError: a source lacks what the query reads.
    :raises QueryError: DuckDB does not understand the query.
    :raises RejectedRows: the result has other columns than the target.
    :raises SourceChanged: a source changed its tables during each of TRIES.
    """
    for tries_left in reversed(range(TRIES)):
        with phase("Compared the sources with what the query reads"):
            live = source_contract.check(query, staging.duck)
        with phase("Read the sources"):
            rows = staging.read(query.sent({table: found.columns for table, found in live.items()}))
            when_read(rows)
        with phase(f"Examined {rows} rows"):
            results = staging.examine(_sent(checks_sql))
        try:
            source_contract.require_unchanged(live, staging.duck)
            break
        except SourceChanged as changed:
            if not tries_left:
                raise
            log.info("%s Reading them again at once.", changed)
    return rows, results


def _sent(checks_sql: str) -> str:
    return SourceQuery(checks_sql).sent({}) if "postgres_query" in checks_sql else checks_sql


@contextmanager
def phase(done: str) -> Iterator[None]:
    """Log what was done inside, and its time in seconds.

    :param done: what was done, as the beginning of the sentence.
    """
    began = perf_counter()
    yield
    log.info("%s in %.3f s.", done, perf_counter() - began)
