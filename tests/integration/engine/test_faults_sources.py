"""Unreachable, locked, changed or empty sources: a clear error, an unharmed table, and the next load repairs it."""

from __future__ import annotations

import threading
import traceback
from contextlib import contextmanager, suppress
from datetime import timedelta

import duckdb
import MySQLdb
import psycopg
import pytest
from airflow.sdk.exceptions import AirflowTaskTimeout

from genims.core import connections
from genims.core.errors import QueryError, SourceContractError
from genims.core.sources import SOURCES
from genims.engine import source_contract
from genims.engine.source_contract import SourceColumn, columns_read
from genims.engine.source_query import SourceQuery
from genims.engine.window import Window
from genims.hooks.mysql import GenimsMySqlHook
from genims.hooks.sources import SourcesHook
from genims.reporting.tables import reporting_tables
from tests.support.faults.faults import TODAY, Table, at, environment, refused, root, until
from tests.support.render import statements

pytest_plugins = ["tests.support.faults.fixtures"]


def test_a_source_that_does_not_answer(scratch):
    before = scratch.rows()
    with (
        refused(scratch, duckdb.IOException, "genims_master_db", "127.0.0.1", "port 1 ", "refused", retried=True),
        environment(POSTGRES_MASTER_PORT="1"),
    ):
        scratch.load()
    scratch.load()
    assert scratch.rows() == before


@pytest.mark.parametrize(
    ("variable", "error", "parts"),
    [
        ("POSTGRES_MASTER_PASSWORD", duckdb.IOException, ("password authentication failed", "genims_reader")),
        ("MYSQL_REPORTING_PASSWORD", MySQLdb.OperationalError, ("1045", "Access denied", "genims_etl")),
    ],
)
def test_a_wrong_password_is_told_but_never_shown(scratch, stack, variable, error, parts, capfd, caplog):
    caplog.set_level("DEBUG")
    wrong = "wr0ng ' \" \\ s3cret"
    with refused(scratch, error, *parts, retried=True) as caught, environment(**{variable: wrong}):
        scratch.load()
    shown = "".join(traceback.format_exception(caught.value)) + scratch.logged().error + caplog.text
    shown += "".join(capfd.readouterr())
    for secret in (wrong, repr(wrong), stack.env["POSTGRES_PASSWORD"], stack.env["MYSQL_REPORTING_PASSWORD"]):
        assert secret[:8] not in shown
    scratch.load()


def test_tls_that_a_source_does_not_offer(scratch):
    with (
        refused(scratch, duckdb.IOException, "genims_master_db", "does not support SSL", "required", retried=True),
        environment(POSTGRES_MASTER_SSLMODE="require"),
    ):
        scratch.load()
    scratch.load()


def test_mysql_sessions_are_encrypted(platform):
    for conn_id in (connections.REPORTING, connections.AUDIT):
        with GenimsMySqlHook(conn_id).get_conn() as connection, connection.cursor() as cursor:
            cursor.execute("SHOW STATUS LIKE 'Ssl_cipher'")
            assert cursor.fetchone()[1]


def test_tls_that_mysql_does_not_offer(scratch):
    administrator = root().cursor()
    administrator.execute("SELECT @@tls_version")
    versions = administrator.fetchone()
    try:
        administrator.execute("SET GLOBAL tls_version = ''")
        administrator.execute("ALTER INSTANCE RELOAD TLS NO ROLLBACK ON ERROR")
        with pytest.raises(
            MySQLdb.OperationalError,
            match=r"127.0.0.1: expected a MySQL server with a certificate .* No password was sent",
        ):
            scratch.load()
    finally:
        administrator.execute("SET GLOBAL tls_version = %s", versions)
        administrator.execute("ALTER INSTANCE RELOAD TLS")
    scratch.load()


def test_a_source_that_does_not_answer_a_query_in_time(scratch, source_server):
    with psycopg.connect(source_server, dbname="genims_master_db") as other:
        other.execute("SET idle_in_transaction_session_timeout = '20s'")  # so that a failure of this test ends
        other.execute("LOCK TABLE fault_rows")
        with (
            refused(scratch, duckdb.Error, "statement timeout", retried=True),
            environment(GENIMS_STATEMENT_TIMEOUT="1"),
        ):
            scratch.load()
    scratch.load()


def test_a_source_that_goes_away_while_it_is_read(scratch, source_server):
    sign = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s AND wait_event_type = 'Lock'"
    reader = connections.connection(connections.source_id("master")).login
    with psycopg.connect(source_server, dbname="genims_master_db") as other:
        other.execute("LOCK TABLE fault_rows")
        end = threading.Thread(target=until, args=[lambda: scratch.owner.execute(sign, [reader]).fetchall()])
        end.start()
        with refused(scratch, duckdb.Error, "fault_rows", "connection", retried=True):
            scratch.load()
        end.join()
    scratch.load()


def test_a_task_that_runs_out_of_time(scratch):
    """What Airflow raises is no Exception; the attempt is recorded all the same."""

    def time_out(*_) -> None:
        raise AirflowTaskTimeout("after 20 minutes")

    with refused(scratch, AirflowTaskTimeout, "after 20 minutes", retried=True), at("inserting", time_out):
        scratch.load()
    scratch.load()


def test_a_query_that_is_wrong_is_shown_as_it_is_and_poisons_nothing(scratch):
    query_file = scratch.folder / "reporting" / "fault_rows.sql"
    good = query_file.read_text()
    query_file.write_text(good.replace("SELECT *", "SELECT *, nte"))
    with refused(scratch, QueryError, "nte", "Candidate bindings", "note", "fault_rows.sql", retried=False):
        scratch.load()
    query_file.write_text(good.replace("SELECT *", "SELCT *"))
    with refused(scratch, QueryError, "cannot be parsed", "line 10", retried=False):
        scratch.load()
    query_file.write_text(good.replace("SELECT *", "SELECT * REPLACE (note::INT::VARCHAR AS note)"))
    with refused(scratch, duckdb.ConversionException, "Could not convert string", retried=True):
        scratch.load()
    query_file.write_text(good)
    scratch.load()


# One column that queries read through DuckDB, and one that they read inside postgres_query.
NUMBER = SourceColumn("erp", "materials", "standard_cost")
INSTANT = SourceColumn("manufacturing", "labor_transactions", "transaction_date")
CHANGES = [
    ("a table is renamed", NUMBER, "ALTER TABLE {t} RENAME TO {t}_2", "ALTER TABLE {t}_2 RENAME TO {t}",
     "no such table"),
    ("a column is renamed", NUMBER, "ALTER TABLE {t} RENAME {c} TO {c}_2", "ALTER TABLE {t} RENAME {c}_2 TO {c}",
     "no such column; the table has material_id, "),
    ("a number loses its scale", NUMBER, "ALTER TABLE {t} ALTER {c} TYPE double precision",
     "ALTER TABLE {t} ALTER {c} TYPE {type}", "found double precision"),
    ("an instant becomes text", INSTANT, "ALTER TABLE {t} ALTER {c} TYPE text",
     "ALTER TABLE {t} ALTER {c} TYPE {type} USING {c}::{type}", "found text"),
    ("an instant gets a time zone", INSTANT, "ALTER TABLE {t} ALTER {c} TYPE timestamptz",
     "ALTER TABLE {t} ALTER {c} TYPE {type}", "found timestamp with time zone"),
]  # fmt: skip


@contextmanager
def changed(source_rows, column: SourceColumn, change: str, back: str):
    """A source that is not what it was."""
    names = {"t": column.table, "c": column.column, "type": source_contract.expected_type(column)}
    owner = source_rows.connect(column.database)
    owner.execute(change.format(**names))
    try:
        yield
    finally:
        owner.execute(back.format(**names))


@pytest.mark.parametrize(("column", "change", "back", "found"), [c[1:] for c in CHANGES], ids=[c[0] for c in CHANGES])
def test_a_source_that_has_changed(platform, source_rows, column, change, back, found):
    table = Table("production_summary_daily")
    place = f"database {SOURCES[column.database]}, table {column.table}, column {column.column}: expected "
    expected = source_contract.expected_type(column)
    with (
        refused(table, SourceContractError, f"{place}{expected}", found, "Restore the column", retried=False),
        changed(source_rows, column, change, back),
    ):
        table.load()
    table.load()
    assert table.logged().status == "success"


def test_only_tables_that_read_a_changed_column_fail(platform, source_rows):
    _, column, change, back, _ = CHANGES[1]
    window = Window(TODAY - timedelta(days=1), TODAY, TODAY)
    queries = {table.name: statements(table, window).sql for table in reporting_tables()}
    failed = set()
    with changed(source_rows, column, change, back), SourcesHook().open(SOURCES) as duck:
        for name, sql in queries.items():
            with suppress(SourceContractError):
                source_contract.check(SourceQuery(sql), duck)
                continue
            failed.add(name)
    readers = {name for name, sql in queries.items() if column in columns_read(sql)}
    assert failed == readers
    assert 1 < len(readers) < len(queries) / 2


def test_a_wider_type_is_no_change(platform, source_rows):
    wider, back = "ALTER TABLE {t} ALTER {c} TYPE numeric(20, 6)", "ALTER TABLE {t} ALTER {c} TYPE {type}"
    with changed(source_rows, NUMBER, wider, back):
        Table("production_summary_daily").load()


@pytest.mark.parametrize("rebuild", [False, True], ids=["window", "rebuild"])
def test_an_empty_source(scratch, rebuild):
    scratch.owner.execute("DELETE FROM fault_rows")
    scratch.load(rebuild=rebuild)
    assert scratch.rows() == []
    assert (scratch.logged().status, scratch.logged().rows_loaded) == ("success", 0)
    scratch.fill()
    scratch.load(rebuild=rebuild)
    assert len(scratch.rows()) == 12


def test_a_day_without_rows_leaves_the_other_days_alone(scratch):
    yesterday = TODAY - timedelta(days=1)
    kept = [row for row in scratch.rows() if row[0] != yesterday]
    scratch.owner.execute("DELETE FROM fault_rows WHERE day = %s", (yesterday,))
    scratch.change("not read")
    scratch.load(from_=str(yesterday), to=str(yesterday))
    assert scratch.rows() == kept


@pytest.mark.parametrize("ahead", [1, 366])
def test_a_row_dated_ahead_is_stored_under_its_own_date(scratch, ahead):
    planned = TODAY + timedelta(days=ahead)
    before = scratch.rows()
    scratch.insert(planned, "planned")
    scratch.load()
    assert scratch.rows() == [*before, (planned, "planned", None, None, None, None)]
    scratch.owner.execute("UPDATE fault_rows SET day = %s WHERE id = 'planned'", (TODAY,))
    scratch.load()
    assert [row[0] for row in scratch.rows() if row[1] == "planned"] == [TODAY]
