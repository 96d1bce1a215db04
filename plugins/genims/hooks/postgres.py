"""Sessions in the source databases: what every one of them sets for itself, and those beside DuckDB's."""

from __future__ import annotations

from contextlib import suppress

import psycopg
from airflow.sdk import Connection
from psycopg.abc import Buffer
from psycopg.adapt import Loader

from genims.core.errors import PlatformError
from genims.hooks.tls import postgres_options

# A role, a database or a server may set all of this otherwise, and a session would then read other rows or other
# values, or end in the middle. What speed alone depends on is left to the server.
SESSION_SETTINGS = {
    # Everything is named with its schema: what others create in theirs is never taken for it.
    "search_path": "pg_catalog,pg_temp",
    # A policy that would hide rows is an error, not a smaller table.
    "row_security": "off",
    "default_transaction_isolation": "read committed",
    "default_transaction_read_only": "off",
    "default_transaction_deferrable": "off",
    # 0: no limit. Another source, or MySQL, may take its time meanwhile.
    "statement_timeout": "0",
    "lock_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "idle_session_timeout": "0",
    # How values are written and read.
    "timezone": "UTC",
    "datestyle": "ISO,YMD",
    "intervalstyle": "postgres",
    "extra_float_digits": "1",
    "bytea_output": "hex",
    "standard_conforming_strings": "on",
    "backslash_quote": "safe_encoding",
    "xmlbinary": "base64",
    "array_nulls": "on",
    "transform_null_equals": "off",
    "quote_all_identifiers": "off",
    # An index search that stops at a limit finds some of the rows.
    "gin_fuzzy_search_limit": "0",
    "client_min_messages": "notice",
    # Of our own: where it is missing, something between us and the server has left all of this out.
    "genims.session": "on",
}
# A server that is gone without a word, as after a power failure, is missed within a minute; the system's own patience
# is two hours.
GONE = {"keepalives_idle": 20, "keepalives_interval": 10, "keepalives_count": 3, "tcp_user_timeout": 50_000}
# Servers before PostgreSQL 17 do not know it, and refuse the sign-in of a session that names it.
TRANSACTION_TIMEOUT = {"transaction_timeout": "0"}
TRANSACTION_TIMEOUT_SINCE = 170000

POOLED = (
    'does not take the settings that every session of ours begins with (startup parameter "options"), as PgBouncer '
    "does not. Name PostgreSQL itself, not the pooler, in the settings of this source"
)


def options(**settings: str | int) -> str:
    """The startup parameter ``options`` of a session: SESSION_SETTINGS, and what is given here before it.

    :param settings: further settings, or other values for those of SESSION_SETTINGS.
    """
    return " ".join(f"-c {name}={_escaped(str(value))}" for name, value in (SESSION_SETTINGS | settings).items())


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace(" ", "\\ ")


def refuses_settings(error: Exception) -> bool:
    """Whether a sign-in failed because a pooler does not pass our settings on."""
    return "unsupported startup parameter" in str(error)


def connect(source: Connection, application_name: str, **settings: str | int) -> psycopg.Connection:
    """A session in a source database; every statement commits by itself.

    :param application_name: what the server's administrators see of us.
    :param settings: settings beside those that every session has, or other values for them.
    :raises psycopg.OperationalError: the server cannot be reached or refuses the sign-in.
    :raises PlatformError: a pooler is in between, which does not pass our settings on.
    """
    try:
        session = psycopg.connect(
            host=source.host,
            port=source.port or 5432,
            user=source.login,
            password=source.password,
            dbname=source.schema,
            **postgres_options(source),
            application_name=application_name,
            connect_timeout=10,
            **GONE,
            client_encoding="UTF8",
            options=options(**settings),
            autocommit=True,
        )
    except psycopg.OperationalError as error:
        if refuses_settings(error):
            raise PlatformError(f"{source.host}:{source.port or 5432}, database {source.schema}, {POOLED}.") from error
        raise
    try:
        _require_settings(session, source)
    except BaseException:
        with suppress(psycopg.Error):
            session.close()
        raise
    return session


def read_any_text(session: psycopg.Connection) -> None:
    """Let texts come as the database has them; bytes that are no characters read ``\\x81``.

    A database may hold bytes that cannot be converted: of any kind in SQL_ASCII, and in WIN1252, for example, a few
    without a meaning.

    :param session: in which names of tables and columns are ASCII.
    """
    encoding = session.info.parameter_status("server_encoding")
    if encoding == "UTF8":
        return
    session.execute(f"SET client_encoding TO {encoding}")
    codec = "utf-8" if encoding == "SQL_ASCII" else session.info.encoding

    class Text(Loader):
        def load(self, data: Buffer) -> str:
            return bytes(data).decode(codec, "backslashreplace")

    for name in ("text", "varchar", "name", "bpchar"):
        session.adapters.register_loader(name, Text)


def _require_settings(session: psycopg.Connection, source: Connection) -> None:
    if session.info.server_version >= TRANSACTION_TIMEOUT_SINCE:
        for name, value in TRANSACTION_TIMEOUT.items():
            session.execute(f"SET {name} = {value}")
    if session.execute("SELECT current_setting('genims.session', true)").fetchone()[0] != "on":
        raise PlatformError(f"{source.host}:{source.port or 5432}, database {source.schema}, {POOLED}.")
