"""One load of one reporting table: read the sources, examine, stage in MySQL, publish."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from functools import partial

from genims.core.errors import FewerRows, LoadError, RejectedRows
from genims.engine import digests, fewer_rows, mysql_inputs, reading
from genims.engine.checks import FAIL, WARN, CheckResult, results_table, summary
from genims.engine.closed_days import gate
from genims.engine.mysql_target import MySqlTarget
from genims.engine.reading import phase
from genims.engine.run_log import Progress
from genims.engine.source_query import SourceQuery
from genims.engine.staging import StagedQuery, Staging
from genims.engine.standing import ACCEPTED, USUAL, judged
from genims.engine.table import LoadedTable, loaded_columns, target
from genims.engine.window import Window
from genims.hooks.sources import SourcesHook, release

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Statements:
    """The rendered statements of one load, as the operator sees them.

    :param sql: the SELECT over the sources, run by DuckDB.
    :param checks_sql: the checks of its rows, run by DuckDB.
    :param stage: the staging table, with its database.
    :param stage_sql: creates the stage, run by MySQL.
    :param keep_closed_sql: leaves the rows of closed days as they are, run by MySQL before the stage is published;
        its first statement takes them out of the stage. Empty for a table that does not close.
    :param digest_sql: computes the digests of what was published, run by MySQL before it commits.
    :param window: the business days of the run.
    :param publish_sql: publishes the stage, run by MySQL in one transaction.
    :param swap: whether the stage is a table of its own that takes the target's place; else it is a temporary one.
    """

    sql: str
    checks_sql: str
    stage: str
    stage_sql: str
    keep_closed_sql: str
    publish_sql: str
    digest_sql: str
    window: Window
    swap: bool


def load(
    table: LoadedTable,
    statements: Statements,
    progress: Progress | None = None,
    accept_fewer_rows: bool = False,
    last_look: Callable[[], None] = lambda: None,
) -> int:
    """Load ``table``; afterwards its window holds what the sources hold now, or nothing has changed.

    Days that are closed keep the rows with which they were closed.

    :param table: the table to load.
    :param statements: its rendered statements.
    :param progress: records how far the load came, also if it fails.
    :param accept_fewer_rows: whether somebody has said that fewer rows than are published are right.
    :param last_look: is called when all is ready; whatever it raises keeps the rows from being published.
    :returns: the number of rows published.
    :raises FewerRows: figures would fall as if a source had been emptied.
    :raises SourceContractError: a source lacks what the query reads.
    :raises QueryError: DuckDB does not understand the query.
    :raises RejectedRows: rows that the table cannot hold, or that break a check of level ``fail``.
    :raises SourceChanged: a source reloaded, altered or replaced tables during every try.
    :raises LoadError: MySQL did not take the rows as they are.
    """
    progress = progress or Progress()
    columns = [target(table.name).columns[name] for name in loaded_columns(table.name)]
    with ExitStack() as opened, ThreadPoolExecutor(1) as beside:
        # Signing in is waiting, so both sides wait at the same time. The sources are read after the lock is held.
        attached = beside.submit(opened.enter_context, SourcesHook().open(table.reads))
        mysql = opened.enter_context(MySqlTarget.locked(table.name))
        query, checks_sql = SourceQuery(statements.sql), reading.sent(statements.checks_sql)
        duck = attached.result()
        if table.after:
            with phase(f"Copied {', '.join(table.after)}"):
                mysql_inputs.copy_reporting_tables(query, mysql.connection, duck)
        stage_created = beside.submit(mysql.run, statements.stage_sql)
        staging = Staging(duck, table, columns)

        def when_read(rows: int) -> None:
            progress.rows_read = rows
            stage_created.result()
            if any(check.reads_published_counts for check in table.checks):
                mysql_inputs.copy_published_counts(table, mysql.connection, duck)

        read, results = reading.read(staging, query, checks_sql, when_read)
        progress.checks = summary(results)
        if any(not result.passed and result.level == WARN for result in results):
            progress.checks = judged(
                table.name, progress.checks, read, progress.loads_before(), statements.window.today
            )
        refuse_or_log_checks(table, progress.checks)
        progress.fallen = fewer_rows.falls(table, statements.window, query.tables, mysql.connection, duck)
        if progress.fallen and not accept_fewer_rows:
            raise FewerRows(
                f"{table.name}: nothing was published, because its figures would fall as if a source had been emptied. "
                f"For the days {statements.window}:\n  "
                + "\n  ".join(progress.fallen)
                + "\nRestore the source; the next run then heals by itself. If fewer rows are right, trigger "
                "reporting_load for this table and say why in 'Accept fewer rows'."
            )
        # An error here occurs again, and is raised, when the sources are left below.
        beside.submit(release, table.reads)
        with phase(f"Staged {read} rows in MySQL"):
            staged = mysql.load(staging, read, statements.stage, statements.swap)
            if staged != read:
                raise LoadError(f"{table.name}: nothing was published: read {read} rows, MySQL staged {staged}")
        with phase("Published the rows"), gate(mysql.connection) if table.closes else nullcontext():
            published = staged - mysql.keep_closed(statements.keep_closed_sql)
            compute_digests = partial(digests.compute, table, statements.digest_sql)
            if statements.swap:
                last_look()
                progress.digests = mysql.publish(statements.publish_sql, published, compute_digests)
            else:
                progress.digests = mysql.publish(statements.publish_sql, published, compute_digests, last_look)
    log.info("Published %d rows; %d of closed days stay as they were closed.", published, staged - published)
    progress.rows_loaded = published
    return published


def refuse_or_log_checks(table: StagedQuery, results: list[CheckResult]) -> None:
    """Log what the checks found, and refuse rows that must not be published.

    :param table: what is loaded.
    :param results: what its checks found.
    :raises RejectedRows: a check of level ``fail`` did not pass; the message names each with examples.
    """
    broken = [result for result in results if not result.passed]
    is_known = all(result.standing in (USUAL, ACCEPTED) for result in broken)
    log.log(logging.INFO if is_known else logging.WARNING, "Checks of %s:\n%s", table.name, results_table(results))
    if failed := [result for result in broken if result.level == FAIL]:
        raise RejectedRows(
            f"{table.name}: nothing was published, because rows break what must hold for the table.\n  "
            + "\n  ".join(map(str, failed)),
            rejected=sum(result.bad_rows for result in failed),
        )
