"""Installs change capture in all source databases."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor

from airflow.sdk.exceptions import AirflowNotFoundException, AirflowSkipException

from genims.audit.capture.install import install
from genims.audit.forms.capture_changes import put_in_force, require_agreement
from genims.core import connections
from genims.core.sources import SOURCES

log = logging.getLogger(__name__)

AT_ONCE = 4


def install_capture(by: str) -> None:
    """Install change capture in every source database that has a connection of an installing user.

    :param by: the person who asked for it.
    :raises AirflowSkipException: no database has such a connection.
    :raises Exception: the error of the first database in which it failed. The log has all errors, and the other
        databases are done.
    """
    configured = [database for database in SOURCES if _is_configured(database)]
    if not configured:
        raise AirflowSkipException(
            "Changes of the sources are not captured: no user is named who may install it. Set "
            "POSTGRES_CAPTURE_USERNAME and POSTGRES_CAPTURE_PASSWORD, or Airflow connections genims_<name>_capture."
        )
    for database in set(SOURCES) - set(configured):
        log.warning("%s is left out: set POSTGRES_%s_CAPTURE_USERNAME.", SOURCES[database], database.upper())
    with ThreadPoolExecutor(AT_ONCE) as pool:
        runs = {database: pool.submit(_install, database) for database in configured}
    done = [database for database, run in runs.items() if not run.exception()]
    for database in done:
        put_in_force(database, by)
    failures = {database: run.exception() for database, run in runs.items() if run.exception()}
    for database, failure in failures.items():
        log.error("%s: change capture failed to install: %s", SOURCES[database], failure)
    for failure in failures.values():
        raise failure


def _install(database: str) -> None:
    require_agreement(database)
    install(database)


def _is_configured(database: str) -> bool:
    try:
        connections.connection(connections.capture_id(database))
    except AirflowNotFoundException:
        return False
    return True
