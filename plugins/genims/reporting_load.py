"""One load of one reporting table: read the sources, examine, stage in MySQL, publish."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter

from genims import reporting_inputs, source_contract
from genims.errors import LoadError
from genims.hooks.sources import SourcesHook
from genims.mysql_target import MySqlTarget
from genims.reporting_run import loaded_columns, target
from genims.reporting_table import ReportingTable
from genims.staging import Staging

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Statements:
    """The rendered statements of one load, as the operator sees them.

    :param sql: the SELECT over the sources, run by DuckDB.
    :param stage: the staging table, with its database.
    :param stage_sql: creates the stage, run by MySQL.
    :param publish_sql: publishes the stage, run by MySQL in one transaction.
    """

    sql: str
    stage: str
    stage_sql: str
    publish_sql: str


def load(table: ReportingTable, statements: Statements) -> int:
    """Load ``table``; afterwards its window holds what the sources hold now, or nothing has changed.

    :returns: the number of rows published.
    :raises SourceContractError: a source lacks what the query reads.
    :raises RejectedRows: rows that the table cannot hold.
    :raises LoadError: MySQL did not take the rows as they are.
    """
    columns = [target(table.name).columns[name] for name in loaded_columns(table.name)]
    with MySqlTarget.locked(table.name) as mysql, SourcesHook().open(table.reads) as duck:
        with phase("Compared the sources with what the query reads"):
            source_contract.check(source_contract.columns_read(statements.sql), duck)
        if table.after:
            with phase(f"Copied {', '.join(table.after)}"):
                reporting_inputs.copy(statements.sql, mysql.connection, duck)
        staging = Staging(duck, table, columns)
        with phase("Read the sources"):
            read = staging.read(statements.sql)
        with phase(f"Examined {read} rows"):
            staging.examine()
        with phase(f"Staged {read} rows in MySQL"):
            staged = mysql.load(staging, statements.stage_sql, statements.stage)
            if staged != read:
                raise LoadError(f"{table.name}: nothing was published: read {read} rows, MySQL staged {staged}")
        with phase(f"Published {read} rows"):
            mysql.publish(statements.publish_sql, staged)
    return staged


@contextmanager
def phase(done: str) -> Iterator[None]:
    """Log what was done and how long it took."""
    began = perf_counter()
    yield
    log.info("%s in %.3f s.", done, perf_counter() - began)
