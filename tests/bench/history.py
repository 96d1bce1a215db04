"""An hourly run on 13 months of history and on ten times as many, with the same number of rows a day."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import groupby

import psycopg
from psycopg.conninfo import make_conninfo

from dev.stack import Stack
from dev.stack.downloads import LOCAL, ROOT
from genims.paths import SCHEMA
from tests.bench import engine_times
from tests.bench.measure import Measurement, best_of
from tests.support.servers import source_owner, use

MONTHS = 13
ROWS = 400_000
TIMES_LONGER = 10


def run(target: dict[str, str], times: int = 5) -> list[Measurement]:
    """Time both, table by table in turn, so that both see the same noise.

    :param target: the settings of the MySQL server to load into.
    """
    sources = {length: _sources(length) for length in (1, TIMES_LONGER)}
    measured = {length: [] for length in sources}
    for table in engine_times.in_order():
        for length, settings in sources.items():
            use(target | settings)
            once = best_of(table.name, lambda table=table: engine_times.once(table, rebuild=False), times)
            measured[length].append(once)
    return [
        Measurement(
            f"hourly run, {MONTHS * length} months of history",
            (sum(table.best for table in tables),),
            sum(table.rows for table in tables),
        )
        for length, tables in measured.items()
    ]


def _sources(length: int) -> dict[str, str]:
    """A PostgreSQL server with sample data of so many times the usual history; made once, then kept."""
    stack = Stack(LOCAL / f"history-{length}", dotenv=None)
    stack.up(only=["postgres"], sample_data=False)
    dsn = source_owner(stack.env)
    # The password goes by the environment: everybody can read a command line.
    options = ["--dsn", make_conninfo(dsn, password=None)]
    options += ["--rows", str(ROWS * length), "--months", str(MONTHS * length)]
    password = {"PGPASSWORD": stack.env["STACK_POSTGRES_OWNER_PASSWORD"]}
    subprocess.run([sys.executable, "-m", "dev.sample_data", *options], cwd=ROOT, env=os.environ | password, check=True)
    _create_indexes(dsn)
    return {name: value for name, value in stack.env.items() if name.startswith("POSTGRES_")}


def _create_indexes(dsn: str) -> None:
    lines = (SCHEMA / "postgres_source_indexes.sql").read_text().splitlines()
    statements = [line for line in lines if line.startswith(("\\connect", "CREATE"))]
    for connect, line in groupby(statements, key=lambda line: line.startswith("\\connect")):
        if connect:
            database = next(line).split()[1]
            continue
        with psycopg.connect(dsn, dbname=database, autocommit=True) as connection:
            for statement in line:
                connection.execute(statement)
