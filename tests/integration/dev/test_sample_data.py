"""Sample data and live traffic against a real PostgreSQL server."""

import signal
import subprocess
import sys

import psycopg
import pytest
from psycopg import sql

from dev.sample_data.databases import DATABASES
from dev.sample_data.schema import read_schema
from genims.core.paths import ROOT

SMALL = ["--rows", "70000", "--until", "2026-03-31"]
TOTALS = "SELECT sum(debit_amount), sum(credit_amount) FROM general_ledger"


def command(module: str, server: str, *options: str) -> list[str]:
    return [sys.executable, "-m", module, "--dsn", server, *options]


def run(module: str, server: str, *options: str) -> str:
    """Run one of the development commands to its end and return what it printed."""
    result = subprocess.run(command(module, server, *options), cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr
    return result.stdout


def row_counts(server: str) -> dict[str, dict[str, int]]:
    """Rows of every source table, by database and table."""
    counts = {}
    for database in DATABASES:
        with psycopg.connect(server, dbname=database) as connection:
            count = sql.SQL("SELECT count(*) FROM {}")
            counts[database] = {
                name: connection.execute(count.format(sql.Identifier(name))).fetchone()[0]
                for name in read_schema(database).tables
            }
    return counts


def empty(server: str) -> None:
    for database in DATABASES:
        with psycopg.connect(server, dbname=database) as connection:
            names = sql.SQL(", ").join(map(sql.Identifier, read_schema(database).tables))
            connection.execute(sql.SQL("TRUNCATE {}").format(names))


@pytest.fixture
def sources(source_server):
    """The source server with its databases empty, before and after."""
    empty(source_server)
    yield source_server
    empty(source_server)


def test_loads_every_table_once(sources):
    run("dev.sample_data", sources, *SMALL)
    counts = row_counts(sources)
    assert [(database, table) for database in counts for table, rows in counts[database].items() if not rows] == []
    with psycopg.connect(sources, dbname="genims_erp_db") as connection:
        debit, credit = connection.execute(
            "SELECT sum(debit_amount), sum(credit_amount) FROM general_ledger"
        ).fetchone()
        assert debit == credit

    printed = run("dev.sample_data", sources, *SMALL)
    assert printed.count("left alone") == len(DATABASES)
    assert row_counts(sources) == counts


def test_killed_halfway_leaves_whole_databases_only(sources):
    loading = subprocess.Popen(command("dev.sample_data", sources, *SMALL), cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert "rows in" in loading.stdout.readline()
    loading.kill()
    loading.communicate(timeout=30)
    left = row_counts(sources)

    run("dev.sample_data", sources, *SMALL)
    whole = row_counts(sources)
    nothing = {database: dict.fromkeys(tables, 0) for database, tables in whole.items()}
    assert all(left[database] in (whole[database], nothing[database]) for database in DATABASES)
    assert left != whole


def test_traffic_changes_every_database_and_stops_when_told(sources):
    run("dev.sample_data", sources, *SMALL)
    before = row_counts(sources)
    printed = run("dev.traffic", sources, "--rate", "400", "--seconds", "4")
    after = row_counts(sources)
    assert "per second" in printed
    assert [database for database in DATABASES if before[database] == after[database]] == []

    traffic = subprocess.Popen(command("dev.traffic", sources), cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert "per second" in traffic.stdout.readline()
    traffic.send_signal(signal.SIGTERM)
    traffic.communicate(timeout=10)
    assert traffic.returncode == 0
