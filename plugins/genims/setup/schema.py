"""The files that declare the two databases, and the creation of missing indexes."""

from __future__ import annotations

import logging
import re

from genims.audit.ledger.columns import add_missing_columns
from genims.core.paths import SCHEMA
from genims.core.settings import settings
from genims.hooks.brief_ddl import alter
from genims.hooks.mysql import admin

log = logging.getLogger(__name__)

INDEX = re.compile(r"^CREATE (?:UNIQUE )?INDEX (?P<name>\w+) ON (?P<table>\w+) \(.*\);$", re.MULTILINE)

# Each of the two databases: the setting that names it, and the files that declare its tables and indexes.
DATABASES = {
    "mysql_reporting_db": ("mysql_reporting_schema.sql", "mysql_reporting_indexes.sql"),
    "mysql_audit_db": ("mysql_audit_schema.sql", "mysql_audit_indexes.sql"),
}


def create_missing_indexes() -> None:
    """Create the declared indexes that their tables lack.

    :raises TableHeld: sessions held a table all the time; the error names them.
    """
    for setting, (_, index_file) in DATABASES.items():
        database = getattr(settings(), setting)
        with admin(database) as cursor:
            present = indexes_of(cursor, database)
            for index in INDEX.finditer((SCHEMA / index_file).read_text()):
                if (index["table"], index["name"]) not in present:
                    log.info("Creating index %s on %s.", index["name"], index["table"])
                    alter(cursor, index["table"], index[0].rstrip(";"))


def create_missing_columns() -> None:
    """Add the columns that audit tables of an older release lack; their rows are evidence and stay as they are."""
    with admin(settings().mysql_audit_db) as cursor:
        for column in add_missing_columns(cursor):
            log.info("Added column %s.", column)


def indexes_of(cursor, database: str) -> set[tuple[str, str]]:
    """The indexes of a database, as pairs of table and index name.

    :param cursor: of a session of the administrator.
    :param database: name of the database.
    """
    cursor.execute(
        "SELECT DISTINCT table_name, index_name FROM information_schema.statistics WHERE table_schema = %s",
        (database,),
    )
    return set(cursor.fetchall())
