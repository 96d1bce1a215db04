"""The servers of ``make try``: they stay for the next try, and follow what a developer changes in ``schema``."""

from __future__ import annotations

import shutil
from hashlib import sha256
from pathlib import Path

from dev.stack import Stack
from genims.core import ddl
from genims.core.paths import REPORTING_SCHEMA, ROOT, SCHEMA
from genims.core.settings import settings
from tests.support.servers import administrator, set_up_platform

HOME = ROOT / ".local" / "try"
SET_UP = "set_up"


def started() -> Stack:
    """The running servers; new ones, if they were made for another schema than the present one."""
    stack = Stack(HOME, dotenv=None)
    if _note(stack).exists() and _note(stack).read_text() != _schema():
        stack.down()
        shutil.rmtree(HOME)
    stack.up(only=["mysql", "postgres"], sample_data=False)
    return stack


def set_up(stack: Stack, name: str) -> None:
    """Set the platform up if it is new, and create the reporting tables as they are declared now.

    :param name: the table that is tried, which a developer may have changed; or a log.
    """
    if not _note(stack).exists():
        set_up_platform()
        _note(stack).write_text(_schema())
    declared = ddl.tables(REPORTING_SCHEMA)
    with administrator(settings().mysql_reporting_db) as connection, connection.cursor() as cursor:
        if name in declared:
            cursor.execute(f"DROP TABLE IF EXISTS {name}")
        cursor.execute("SHOW TABLES")
        there = {table for (table,) in cursor.fetchall()}
        for table in declared.values():
            if table.name not in there:
                cursor.execute(table.statement)


def _note(stack: Stack) -> Path:
    return stack.home / SET_UP


def _schema() -> str:
    """A digest of all that the servers are made from, apart from the reporting tables."""
    files = sorted(path for path in SCHEMA.rglob("*") if path.is_file() and path != REPORTING_SCHEMA)
    return sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
