"""Tells a table that platform_setup has yet to create from one that was there and is gone.

A new query file is deployed before its table is created. That alone must not turn the runs of the other tables red; a
table that somebody dropped must, and the run log knows it.
"""

from __future__ import annotations

from contextlib import closing

from airflow.sdk.exceptions import AirflowSkipException
from MySQLdb import MySQLError
from MySQLdb.constants import ER

from genims.core import connections
from genims.core.errors import PlatformError
from genims.core.settings import settings
from genims.hooks.mysql import GenimsMySqlHook

LAST_ATTEMPT = "SELECT MAX(audit_timestamp) FROM audit_etl_sync_log WHERE table_name = %s AND action = 'load'"


def is_missing(error: Exception) -> bool:
    """Whether MySQL says by an error that it has no such table."""
    return isinstance(error, MySQLError) and error.args[:1] == (ER.NO_SUCH_TABLE,)


def gone(table_name: str) -> PlatformError:
    """The error of a table that was there and is missing.

    :param table_name: a reporting table that MySQL lacks.
    :raises AirflowSkipException: it was never there, so a task has nothing to do with it yet.
    """
    place = f"{settings().mysql_reporting_db}.{table_name}"
    with closing(GenimsMySqlHook(connections.AUDIT).get_conn()) as connection, connection.cursor() as cursor:
        cursor.execute(LAST_ATTEMPT, (table_name,))
        [(last,)] = cursor.fetchall()
    if last is None:
        raise AirflowSkipException(
            f"{place} is new and not created yet: run platform_setup. The next run of reporting_sync then fills it."
        )
    return PlatformError(
        f"{place}: expected the table, which was last loaded at {last:%Y-%m-%d %H:%M} UTC, found none: somebody "
        "dropped or renamed it. Run platform_setup, which creates it again, then clear this task. Past days of a "
        "snapshot come back from the backup alone."
    )
