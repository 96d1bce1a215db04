"""The one place that knows how the source databases are attached to DuckDB."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import duckdb
from airflow.sdk import BaseHook, Connection

from genims.core import connections
from genims.core.errors import PlatformError
from genims.core.settings import settings
from genims.core.sql_text import literal
from genims.hooks import postgres
from genims.hooks.spill_directory import own_directory
from genims.hooks.tls import postgres_options

# Signing in mostly waits for the server of a source: several sign in at the same time.
AT_ONCE = 4


class SourcesHook(BaseHook):
    """Opens an in-process DuckDB with source databases attached read-only under their short names.

    Inside one transaction every attached database is read in a single ``REPEATABLE READ READ ONLY``
    snapshot. What a query hands to ``postgres_query`` runs in PostgreSQL, everything else in DuckDB.
    """

    @contextmanager
    def open(self, databases: Iterable[str] = ()) -> Iterator[duckdb.DuckDBPyConnection]:
        """A DuckDB connection that sees the given databases and nothing else.

        :param databases: short names, keys of ``genims.core.sources.SOURCES``.
        :raises duckdb.IOException: a source does not answer or refuses the sign-in.
        """
        cursor = _engine().cursor()
        sources = {database: connections.connection(connections.source_id(database)) for database in databases}
        with ThreadPoolExecutor(AT_ONCE) as pool:
            try:
                _together(pool, _attach, sources.items())
                yield cursor
            finally:
                # An error leaves its transaction open, and inside a transaction nothing can be detached. The rollback
                # fails without a transaction or with a source that is gone; that must not hide the first error.
                with suppress(duckdb.Error):
                    cursor.rollback()
                release(sources)
                cursor.close()


def release(databases: Iterable[str]) -> None:
    """Sign out of source databases that nothing reads any more; a database that is not attached is passed over.

    :param databases: short names.
    """
    with ThreadPoolExecutor(AT_ONCE) as pool:
        _together(pool, _detach, zip(databases))


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    """The DuckDB of this process. Loading the extension checks its signature, which takes 0.1 s: once is enough."""
    config = {
        "temp_directory": str(own_directory(settings().genims_temp_directory)),
        "memory_limit": settings().genims_duckdb_memory,
        "threads": settings().genims_duckdb_threads,
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    engine = duckdb.connect(":memory:", config=config)
    engine.execute(f"LOAD {literal(str(_postgres_extension()))}")
    # With ctid scans, a filter reads the whole table in page ranges and uses no index.
    engine.execute("SET GLOBAL pg_use_ctid_scan = false")
    return engine


def _postgres_extension() -> Path:
    """DuckDB's own signed PostgreSQL extension, as its wheel carries it."""
    package = find_spec("duckdb_extension_postgres_scanner")
    folder = Path(package.origin).parent / "extensions" / f"v{duckdb.__version__}"
    return folder / "postgres_scanner.duckdb_extension"


def _together(pool: ThreadPoolExecutor, call: Callable, arguments: Iterable[tuple]) -> None:
    """Make the calls at the same time; once all have ended, raise the first error."""
    calls = [pool.submit(call, *each) for each in arguments]
    wait(calls)
    for ended in calls:
        ended.result()


def _attach(database: str, source: Connection) -> None:
    _sign_in(database, source)
    timeout = f"FROM postgres_query('{database}', $$SELECT current_setting('transaction_timeout', true) AS found$$)"
    [found] = _engine().cursor().execute(timeout).fetchone()
    if found not in (None, "0"):
        _detach(database)
        _sign_in(database, source, **postgres.TRANSACTION_TIMEOUT)


def _sign_in(database: str, source: Connection, **further: str) -> None:
    cursor = _engine().cursor()
    # A secret keeps the password out of the ATTACH statement, and so out of errors and logs.
    cursor.execute(
        f"CREATE OR REPLACE SECRET source_{database} (TYPE postgres, HOST {literal(source.host)}, "
        f"PORT {int(source.port or 5432)}, USER {literal(source.login)}, PASSWORD {literal(source.password)})"
    )
    try:
        cursor.execute(
            f"ATTACH {literal(_connection_string(source, further))} AS {database} "
            f"(TYPE postgres, READ_ONLY, SCHEMA 'public', SECRET source_{database})"
        )
    except duckdb.IOException as error:
        if postgres.refuses_settings(error):
            raise PlatformError(f"{source.host}, database {source.schema}, {postgres.POOLED}.") from error
        raise
    finally:
        cursor.execute(f"DROP SECRET source_{database}")


def _detach(database: str) -> None:
    _engine().cursor().execute(f"DETACH DATABASE IF EXISTS {database}")


def _connection_string(source: Connection, further: dict[str, str]) -> str:
    parameters = {
        "dbname": source.schema,
        "application_name": "genims_reporting",
        "connect_timeout": "10",
        # The server converts, and refuses text that breaks its encoding; DuckDB would take any bytes.
        "client_encoding": "UTF8",
        **postgres_options(source),
        "options": postgres.options(**_reading_settings(), **further),
    }
    return " ".join(f"{name}={_libpq_quoted(value)}" for name, value in parameters.items())


def _reading_settings() -> dict[str, str | int]:
    """The PostgreSQL settings of the sessions that read, beside those of every session."""
    return {
        # Compiling a scan that runs once costs more than the scan.
        "jit": "off",
        # The sources are on SSDs, where a seek costs as much as reading on. PostgreSQL's default is made for disks:
        # with it, an hourly run reads whole tables instead of looking up a few rows.
        "random_page_cost": "1.1",
        # Enough for what a rebuild sorts and adds up; with the default of 4 MB, that goes through files.
        "work_mem": "32MB",
        # Not by the extension's pg_statement_timeout_millis, which reaches none of these sessions.
        "statement_timeout": settings().genims_statement_timeout * 1000,
    }


def _libpq_quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
