"""The work of ``mysql_maintenance``: purge, analyse and optimise the reporting tables, and find slow statements.

Each function runs rendered statements and returns what they found or did, which goes to the log as a table, and as
XCom to the health checks. Every statement commits by itself, so any function may be killed and run again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from airflow.sdk.exceptions import AirflowSkipException

from genims.core import connections
from genims.core.errors import MaintenanceError
from genims.core.settings import settings
from genims.core.sql_text import statements_of
from genims.core.text_table import text_table
from genims.hooks.mysql import GenimsMySqlHook

if TYPE_CHECKING:
    from MySQLdb.cursors import DictCursor

log = logging.getLogger(__name__)

FIRST_WEEK = 7
SAID_BY = "Its task in reporting_sync says whether it is new or was dropped."
MISSING = "doesn't exist"


def is_monthly(run_after: datetime, asked_for: bool) -> bool:
    """Whether a run includes the monthly part: the first scheduled run of a month does.

    :param run_after: when the run was due, time zone aware.
    :param asked_for: whether a person asks for the monthly part.
    """
    return asked_for or run_after.astimezone(settings().timezone).day <= FIRST_WEEK


def purge(sql: str) -> list[dict]:
    """Delete expired months, step by step.

    :param sql: for each table a SELECT that counts the expired rows, and a DELETE with a LIMIT, which is repeated
        until it finds none.
    :returns: the rows of the SELECTs: ``table_name``, ``month`` (YYYY-MM) and ``purged_rows``.
    """
    from MySQLdb import ProgrammingError
    from MySQLdb.constants import ER

    found = []
    statements = iter(statements_of(sql))
    with _session() as cursor:
        for count, delete in zip(statements, statements, strict=True):
            try:
                cursor.execute(count)
            except ProgrammingError as error:
                if error.args[0] != ER.NO_SUCH_TABLE:
                    raise
                log.warning("Left out: %s. %s", error.args[1], SAID_BY)
                continue
            found += cursor.fetchall()
            while deleted := cursor.execute(delete):
                log.info("%s: %s rows", delete.splitlines()[0], deleted)
    log.info("Months past retention:\n%s", text_table(found))
    return found


def analyze(sql: str) -> list[dict]:
    """Renew the statistics by which the optimiser chooses indexes.

    :param sql: an ANALYZE TABLE for each table.
    :returns: the messages of MySQL.
    :raises MaintenanceError: a table could not be analysed; the others are.
    """
    return _done(sql)


def free_space(sql: str) -> list[dict]:
    """The tables with at least GENIMS_OPTIMIZE_FREE_MB of free space, enough to be worth a rebuild.

    :param sql: SET statements and the SELECT.
    :returns: ``table_name``, ``free_mb`` and ``used_mb`` of each.
    """
    with _session() as cursor:
        found = [row for statement in statements_of(sql) if cursor.execute(statement) for row in cursor.fetchall()]
    log.info("Tables with at least %s MB of free space:\n%s", settings().genims_optimize_free_mb, text_table(found))
    return found


def optimize(sql: str) -> list[dict]:
    """Rebuild tables to give their free space back to the server. They stay readable and writable.

    :param sql: an OPTIMIZE TABLE for each table.
    :returns: the messages of MySQL.
    :raises MaintenanceError: a table could not be optimised, for example because a reader kept it open; the others are.
    """
    return _done(sql)


def slow_statements(sql: str) -> list[dict]:
    """The statements of the last week that took long.

    :param sql: the SELECT.
    :returns: its rows; times are in milliseconds.
    :raises AirflowSkipException: the server does not count statements.
    """
    with _session() as cursor:
        cursor.execute("SELECT @@performance_schema AS counts")
        if not cursor.fetchone()["counts"]:
            raise AirflowSkipException(
                "MySQL counts no statements: set the server parameter performance_schema to ON and restart it."
            )
        [statement] = statements_of(sql)
        cursor.execute(statement)
        found = list(cursor.fetchall())
    log.info("Slow statements:\n%s", text_table(found))
    return found


@contextmanager
def _session() -> Iterator[DictCursor]:
    from MySQLdb.cursors import DictCursor

    with closing(GenimsMySqlHook(connections.REPORTING).get_conn()) as connection:
        connection.autocommit(True)
        yield connection.cursor(DictCursor)


def _done(sql: str) -> list[dict]:
    """Run statements that answer with messages about a table, as ANALYZE and OPTIMIZE do."""
    messages = []
    with _session() as cursor:
        for statement in statements_of(sql):
            cursor.execute(statement)
            messages += cursor.fetchall()
    log.info("MySQL says:\n%s", text_table(messages))
    failed = [message for message in messages if message["Msg_type"].lower() == "error"]
    for missing in [message for message in failed if message["Msg_text"].endswith(MISSING)]:
        failed.remove(missing)
        log.warning("Left out: %s. %s", missing["Msg_text"], SAID_BY)
    if failed:
        raise MaintenanceError(f"MySQL did all but this; clear this task:\n{text_table(failed)}")
    return messages
