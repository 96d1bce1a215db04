"""Installs or removes change capture in all source databases, for ``platform_setup``."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Literal

from airflow.sdk.exceptions import AirflowNotFoundException, AirflowSkipException

from genims.audit.capture.install import install, remove
from genims.core import connections
from genims.core.sources import SOURCES

log = logging.getLogger(__name__)

AT_ONCE = 4


def set_up(action: Literal["install", "remove"] = "install", by: str = "unknown") -> None:
    """Install or remove change capture in every source database that has a connection of an installing user.

    :param action: what to do.
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
    act = {"install": install, "remove": partial(remove, by=by)}[action]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        runs = {database: pool.submit(act, database) for database in configured}
    failures = {database: run.exception() for database, run in runs.items() if run.exception()}
    for database, failure in failures.items():
        log.error("%s: change capture failed to %s: %s", SOURCES[database], action, failure)
    for failure in failures.values():
        raise failure


def _is_configured(database: str) -> bool:
    try:
        connections.connection(connections.capture_id(database))
    except AirflowNotFoundException:
        return False
    return True
