"""Opens MySQL's and PostgreSQL's own clients on the servers of the stack, signed in.

Everybody on the machine can read a command line, so the password goes through a file that only exists in memory.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import NoReturn

from airflow.sdk import Connection
from airflow.sdk.exceptions import AirflowNotFoundException
from psycopg.conninfo import make_conninfo

from dev.stack.mysql_programs import WRAPPERS
from dev.stack.postgres import find_postgres
from dev.stack.steps import StackError
from genims.backup.client import option_file
from genims.core import connections
from genims.core.settings import settings
from genims.core.sources import SOURCES

MYSQL_DATABASES = ("reporting", "audit")


def open_mysql(database: str) -> NoReturn:
    """Become ``mysql``: in the reporting database as its writer, in the audit database as the auditor, who only reads.

    :param database: one of MYSQL_DATABASES, or the database's own name.
    :raises StackError: there is no such database.
    """
    server = _mysql_server(database)
    with option_file(server) as options:
        os.set_inheritable(options, True)
        program = _program("mysql", WRAPPERS)
        # A login path in the person's home would overrule the option file.
        environment = os.environ | {"MYSQL_TEST_LOGIN_FILE": os.devnull}
        command = [program, f"--defaults-file=/proc/self/fd/{options}", "--default-character-set=utf8mb4", "--table"]
        os.execve(program, [*command, server.schema], environment)


def _mysql_server(database: str) -> Connection:
    env = settings()
    names = {"reporting": env.mysql_reporting_db, "audit": env.mysql_audit_db}
    name = names.get(database, database)
    if name not in names.values():
        raise StackError(f"DB={database}: expected one of {', '.join([*names, *names.values()])}")
    if name == env.mysql_reporting_db:
        return _connection(connections.REPORTING)
    audit = _connection(connections.AUDIT)
    if env.mysql_auditor_user:
        audit.login, audit.password = env.mysql_auditor_user, env.mysql_auditor_password.get_secret_value()
    return audit


def open_psql(database: str) -> NoReturn:
    """Become ``psql`` in a source database, as the user that the package reads it with.

    :param database: its short name, such as ``erp``, or its own name.
    :raises StackError: there is no such database.
    """
    short = {name: short for short, name in SOURCES.items()}.get(database, database)
    if short not in SOURCES:
        raise StackError(f"DB={database}: expected a source database, one of {', '.join(SOURCES)}")
    server = _connection(connections.source_id(short))
    passwords = os.memfd_create("genims_passwords", 0)
    os.fchmod(passwords, 0o600)
    os.write(passwords, _password_line(server.password).encode())
    os.set_inheritable(passwords, True)
    program = _program("psql", find_postgres())
    address = make_conninfo(
        host=server.host, port=server.port, user=server.login, dbname=server.schema, **server.extra_dejson
    )
    environment = os.environ | {"PGPASSFILE": f"/proc/self/fd/{passwords}"}
    os.execve(program, [program, address], environment)


def _connection(conn_id: str) -> Connection:
    """The connection that the settings name.

    :raises StackError: they name none.
    """
    try:
        return connections.connection(conn_id)
    except AirflowNotFoundException:
        raise StackError(f"expected .env to name host and user of {conn_id}, found none: see .env.example") from None


def _password_line(password: str) -> str:
    escaped = password.replace("\\", "\\\\").replace(":", "\\:")
    return f"*:*:*:*:{escaped}\n"


def _program(name: str, directory: Path) -> str:
    """Where a client is: in the directory, else on PATH.

    :raises StackError: it is in neither.
    """
    found = shutil.which(name, path=str(directory)) or shutil.which(name)
    if found is None:
        raise StackError(f"expected {name} in {directory} or on PATH, found none: install it")
    return found
