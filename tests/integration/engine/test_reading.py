"""A load reads what somebody committed, all of it, as it is: or it fails and says why."""

from __future__ import annotations

import threading
import time
from contextlib import closing, contextmanager

import psycopg
import pytest

from genims.core import connections
from genims.core.errors import ConnectionLost, SourceChanged, SourceContractError
from genims.engine import source_contract
from genims.hooks import mysql
from genims.hooks.postgres import SESSION_SETTINGS, connect
from genims.hooks.sources import SourcesHook
from tests.support.faults.faults import Table, at, query, refused, until

pytest_plugins = ["tests.support.faults.fixtures"]

READER = connections.source_id("master")

# What another session does in one transaction to the table fault_rows, which holds as many rows afterwards as before.
RELOADS = {
    "truncated and filled": "CREATE TEMP TABLE kept ON COMMIT DROP AS TABLE fault_rows; TRUNCATE fault_rows; "
    "INSERT INTO fault_rows TABLE kept",
    "rewritten": "ALTER TABLE fault_rows ALTER quantity TYPE integer",
    "replaced": "CREATE TABLE fault_new (LIKE fault_rows); INSERT INTO fault_new TABLE fault_rows; "
    "GRANT SELECT ON fault_new TO genims_reader; DROP TABLE fault_rows; ALTER TABLE fault_new RENAME TO fault_rows",
    "swapped": "CREATE TABLE fault_new (LIKE fault_rows); INSERT INTO fault_new TABLE fault_rows; "
    "GRANT SELECT ON fault_new TO genims_reader; "
    "ALTER TABLE fault_rows RENAME TO fault_old; ALTER TABLE fault_new RENAME TO fault_rows",
    "given a new column under an old name": "ALTER TABLE fault_rows RENAME note TO note_before; "
    "ALTER TABLE fault_rows ADD note text; UPDATE fault_rows SET note = note_before; "
    "ALTER TABLE fault_rows DROP note_before",
}
PARTS = {
    "the part of a partitioned table": (
        "ALTER TABLE fault_rows RENAME TO fault_part; "
        "CREATE TABLE fault_rows (LIKE fault_part) PARTITION BY RANGE (day); "
        "GRANT SELECT ON fault_rows TO genims_reader; "
        "ALTER TABLE fault_rows ATTACH PARTITION fault_part DEFAULT",
        "fault_part",
    ),
    "the table of a view": (
        "ALTER TABLE fault_rows RENAME TO fault_part; CREATE VIEW fault_rows AS TABLE fault_part; "
        "GRANT SELECT ON fault_rows TO genims_reader",
        "fault_part",
    ),
}


@pytest.fixture
def scratch_alone(scratch):
    """The tests' table; whatever else a test has put in its place is dropped at the end."""
    yield scratch
    scratch.owner.execute("DROP VIEW IF EXISTS fault_rows") if _is_view(scratch.owner) else None
    scratch.owner.execute("DROP TABLE IF EXISTS fault_rows, fault_part, fault_new, fault_old CASCADE")


def _is_view(owner) -> bool:
    return bool(owner.execute("SELECT 1 FROM pg_class WHERE relname = 'fault_rows' AND relkind = 'v'").fetchone())


@contextmanager
def reloading(server: str, change: str):
    """Another session has done ``change`` and not committed when the load comes to the table; it commits then."""
    waiting = "SELECT 1 FROM pg_stat_activity WHERE usename = 'genims_reader' AND wait_event_type = 'Lock'"
    with (
        psycopg.connect(server, dbname="genims_master_db") as other,
        closing(psycopg.connect(server, dbname="genims_master_db", autocommit=True)) as watch,
    ):
        # The catalogue shows the old state until the commit, so the load gets past its look at it.
        other.execute(change)

        def commit() -> None:
            until(lambda: watch.execute(waiting).fetchone())
            other.commit()

        ending = threading.Thread(target=commit)
        ending.start()
        yield
        ending.join()


@pytest.mark.parametrize("change", RELOADS.values(), ids=RELOADS)
def test_a_table_that_is_reloaded_while_it_is_read(scratch_alone, source_server, change):
    before = scratch_alone.rows()
    assert len(before) == 12
    with reloading(source_server, change):
        scratch_alone.load()
    assert scratch_alone.rows() == before
    assert scratch_alone.logged().status == "success"


@pytest.mark.parametrize(("build", "part"), PARTS.values(), ids=PARTS)
def test_a_table_behind_the_table_that_is_reloaded(scratch_alone, source_server, build, part):
    before = scratch_alone.rows()
    scratch_alone.owner.execute(build)
    with reloading(source_server, RELOADS["truncated and filled"].replace("fault_rows", part)):
        scratch_alone.load()
    assert scratch_alone.rows() == before


def test_a_source_that_is_reloaded_again_and_again(scratch, source_server, monkeypatch):
    """After a few tries the task fails, and Airflow tries it again later."""
    check = source_contract.check

    def disturbed(query, connection):
        live = check(query, connection)
        scratch.owner.execute("TRUNCATE fault_rows")
        return live

    monkeypatch.setattr(source_contract, "check", disturbed)
    with refused(scratch, SourceChanged, "genims_master_db.fault_rows", "reloaded, altered or replaced", retried=True):
        scratch.load()


SHADOW = (
    "CREATE SCHEMA {0}; CREATE TABLE {0}.fault_rows (LIKE public.fault_rows); GRANT USAGE ON SCHEMA {0} TO PUBLIC; "
    "GRANT SELECT ON {0}.fault_rows TO PUBLIC"
)


def test_row_level_security_is_named(scratch):
    owner = scratch.owner
    owner.execute("ALTER TABLE fault_rows ENABLE ROW LEVEL SECURITY")
    owner.execute("CREATE POLICY some_rows ON fault_rows USING (id <> 'K1')")
    with refused(scratch, SourceContractError, "fault_rows", "row level security", "BYPASSRLS", retried=False):
        scratch.load()
    owner.execute("ALTER TABLE fault_rows DISABLE ROW LEVEL SECURITY")
    scratch.load()


@pytest.mark.parametrize("schema", ["genims_reader", "elsewhere"])
def test_a_table_of_the_same_name_in_another_schema(scratch, schema):
    """Before public on the path of the session: by its name of the user, or by what a role or a database sets."""
    owner, before = scratch.owner, scratch.rows()
    owner.execute(SHADOW.format(schema))
    try:
        owner.execute(f"ALTER ROLE genims_reader SET search_path = {schema}, public")
        scratch.load()
        assert scratch.rows() == before
    finally:
        owner.execute("ALTER ROLE genims_reader RESET search_path")
        owner.execute(f"DROP SCHEMA {schema} CASCADE")


def test_a_function_in_public_is_never_called(scratch):
    """One whose arguments fit better is chosen before that of the catalogue, where public is on the path."""
    owner, before = scratch.owner, scratch.rows()
    owner.execute("CREATE FUNCTION lower(varchar) RETURNS text IMMUTABLE LANGUAGE sql AS $$ SELECT 'mine'::text $$")
    try:
        query_file = scratch.folder / "reporting" / "fault_rows.sql"
        plain = "SELECT day, id, lower(note::varchar) AS note, amount, quantity, seen_at FROM fault_rows"
        query_file.write_text(
            query_file.read_text().replace(scratch.QUERY, f"FROM postgres_query('master', $$ {plain} $$)")
        )
        scratch.load()
        assert scratch.rows() == before
    finally:
        owner.execute("DROP FUNCTION public.lower(varchar)")


# Values that a role or a database may have set, each of which changes or ends what a session reads.
HOSTILE = {
    "search_path": "elsewhere, public",
    "row_security": "on",
    "default_transaction_isolation": "serializable",
    "default_transaction_read_only": "on",
    "default_transaction_deferrable": "on",
    "statement_timeout": "1ms",
    "lock_timeout": "1ms",
    "idle_in_transaction_session_timeout": "1ms",
    "idle_session_timeout": "1ms",
    "transaction_timeout": "1ms",
    "timezone": "Pacific/Kiritimati",
    "datestyle": "SQL, DMY",
    "intervalstyle": "iso_8601",
    "extra_float_digits": "-15",
    "bytea_output": "escape",
    "standard_conforming_strings": "off",
    "backslash_quote": "on",
    "xmlbinary": "hex",
    "array_nulls": "off",
    "transform_null_equals": "on",
    "quote_all_identifiers": "on",
    "gin_fuzzy_search_limit": "1",
    "client_min_messages": "error",
}


@pytest.mark.parametrize("whom", ["ROLE genims_reader", "DATABASE genims_master_db"])
def test_what_a_role_or_a_database_sets_changes_nothing(scratch, whom):
    """In no session of ours: neither DuckDB's, nor any other."""
    known = {row[0] for row in scratch.owner.execute("SELECT lower(name) FROM pg_settings")}
    hostile = {name: value for name, value in HOSTILE.items() if name in known}
    before, ours = scratch.rows(), _settings_in_duckdb(hostile)
    psycopg_ours = _settings_in_psycopg(hostile)
    try:
        for name, value in hostile.items():
            scratch.owner.execute(f"ALTER {whom} SET {name} = {value if name == 'search_path' else repr(value)}")
        scratch.load()
        assert scratch.rows() == before
        assert _settings_in_duckdb(hostile) == ours
        assert _settings_in_psycopg(hostile) == psycopg_ours
    finally:
        scratch.owner.execute(f"ALTER {whom} RESET ALL")


def test_every_setting_of_ours_is_tried():
    assert SESSION_SETTINGS.keys() - HOSTILE.keys() == {"genims.session"}


def _settings_in_duckdb(names) -> list:
    values = ", ".join(f"current_setting('{name}')" for name in names)
    with SourcesHook().open(["master"]) as duck:
        return duck.execute(f"FROM postgres_query('master', $$SELECT array[{values}] AS found$$)").fetchall()


def _settings_in_psycopg(names) -> list:
    with closing(connect(connections.connection(READER), "genims_tests")) as session:
        return [session.execute("SELECT current_setting(%s)", (name,)).fetchone() for name in names]


AMOUNT = source_contract.SourceColumn("manufacturing", "labor_transactions", "labor_cost")
INSTANT = source_contract.SourceColumn("manufacturing", "labor_transactions", "transaction_date")
UNREADABLE = {
    "more digits than DuckDB reads": (AMOUNT, "numeric(50,2)"),
    "more decimals than digits": (AMOUNT, "numeric(3,5)"),
    "rounded to hundreds": (AMOUNT, "numeric(5,-2)"),
    "no scale": (AMOUNT, "numeric"),
    "a time zone": (INSTANT, "timestamptz"),
}


def test_rows_that_replication_has_doubled(platform, source_rows):
    """Of a table whose unique index was lost."""
    table = Table("sales_order_summary")
    lines = source_rows.connect("erp")
    key = lines.execute(
        "SELECT conname FROM pg_constraint WHERE conrelid = 'sales_order_lines'::regclass AND contype = 'p'"
    ).fetchone()[0]
    lines.execute("DELETE FROM sales_order_lines")
    source_rows.insert("erp", "sales_order_lines", [{"sales_order_line_id": f"L-{n}"} for n in range(3)])
    definition = lines.execute(
        f"SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = '{key}'"
    ).fetchone()
    lines.execute(f"ALTER TABLE sales_order_lines DROP CONSTRAINT {key}")
    try:
        table.load()
        lines.execute("INSERT INTO sales_order_lines SELECT * FROM sales_order_lines WHERE sales_order_line_id = 'L-1'")
        with refused(table, SourceContractError, "sales_order_lines", "L-1 2 times", "unique index", retried=False):
            table.load()
    finally:
        lines.execute("DELETE FROM sales_order_lines")
        lines.execute(f"ALTER TABLE sales_order_lines ADD CONSTRAINT {key} {definition[0]}")
    table.load()


@pytest.mark.parametrize(("column", "type_name"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_read_exactly_is_refused(platform, source_rows, column, type_name):
    """DuckDB would make a double of it, or end the process."""
    table, owner = Table("production_summary_daily"), source_rows.connect(column.database)
    before = source_contract.expected_type(column)
    change = f"ALTER TABLE {column.table} ALTER {column.column} TYPE {{}} USING NULL"
    owner.execute(f"DELETE FROM {column.table}")
    owner.execute(change.format(type_name))
    try:
        said = f"column {column.column}: expected {before}, found"
        with refused(table, SourceContractError, said, retried=False):
            table.load()
    finally:
        owner.execute(change.format(before))
    table.load()


def test_a_source_that_is_idle_while_another_is_read(platform, source_rows, source_server):
    """A server's limit for sessions idle in a transaction does not end a load that reads another source meanwhile."""
    table, limit = Table("sales_order_summary"), "ALTER DATABASE genims_master_db SET {} = '200ms'"
    names = ("idle_in_transaction_session_timeout", "idle_session_timeout", "statement_timeout")
    owner = source_rows.connect("master")
    for name in names:
        owner.execute(limit.format(name))
    try:
        # Both are read inside one transaction; the other source lets the load wait for a while.
        with psycopg.connect(source_server, dbname="genims_erp_db") as other:
            other.execute("LOCK TABLE sales_order_lines")
            ending = threading.Timer(1.5, other.rollback)
            ending.start()
            table.load()
            ending.join()
    finally:
        for name in names:
            owner.execute(f"ALTER DATABASE genims_master_db RESET {name}")
    assert table.logged().status == "success"


def test_mysql_that_waits_while_the_sources_are_read(scratch, source_server):
    """However short a time MySQL leaves to a session that says nothing."""
    [(before,)] = query("SELECT @@GLOBAL.wait_timeout")
    query("SET GLOBAL wait_timeout = 1")
    try:
        with psycopg.connect(source_server, dbname="genims_master_db") as other:
            other.execute("LOCK TABLE fault_rows")
            ending = threading.Timer(3, other.rollback)
            ending.start()
            scratch.load()
            ending.join()
    finally:
        query(f"SET GLOBAL wait_timeout = {before}")
    assert scratch.logged().status == "success"


def test_mysql_that_has_ended_a_session_is_told_as_such(scratch, monkeypatch):
    monkeypatch.setattr(mysql, "IDLE_SECONDS", 1)
    with (
        refused(scratch, ConnectionLost, "4031", "see that the server is up", retried=True),
        at("examining", lambda: time.sleep(3)),
    ):
        scratch.load()
    scratch.load()
