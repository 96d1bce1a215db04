"""An hourly run on 13 months of history and on ten times as many, with the same number of rows a day."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from itertools import groupby

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from dev.stack import Stack
from dev.stack.downloads import LOCAL, ROOT
from genims.core.paths import SCHEMA
from tests.bench import engine_times
from tests.bench.measure import Measurement, Section, best_of
from tests.support.servers import set_up_platform, source_owner, use

MONTHS = 13
ROWS = 400_000
TIMES_LONGER = 10
# Opening balances are a sum over the whole ledger, and machines are noisy.
ALLOWED = 1.15


@dataclass(frozen=True)
class Comparison(Section):
    """The short history's time and the long one's."""

    @property
    def faults(self) -> list[str]:
        short, long = self.measurements
        if long.best <= ALLOWED * short.best:
            return []
        return [f"{self.name}: {long.name} takes {long.best / short.best:.2f} times as long as {short.name}"]


def run(name: str, floor: Measurement, times: int = 5) -> Comparison:
    """Time both, table by table in turn, so that both see the same noise."""
    here = dict(os.environ)
    stacks = {length: Stack(LOCAL / f"history-{length}", dotenv=None) for length in (1, TIMES_LONGER)}
    try:
        for length, stack in stacks.items():
            _fill(stack, length)
        # One MySQL server takes both in turn.
        stacks[1].up(only=["mysql"])
        use(stacks[1].env)
        set_up_platform()
        measured = {length: [] for length in stacks}
        for table in engine_times.in_order():
            for length, stack in stacks.items():
                use({name: value for name, value in stack.env.items() if name.startswith("POSTGRES_")})
                once = best_of(table.name, lambda table=table: engine_times.once(table, rebuild=False), times)
                measured[length].append(once)
    finally:
        use(here)
        for stack in stacks.values():
            stack.down()
    sums = [
        Measurement(
            f"{MONTHS * length} months of history",
            (sum(table.best for table in tables),),
            sum(table.rows for table in tables),
        )
        for length, tables in measured.items()
    ]
    return Comparison(name, "An hourly run, the sum of the best times of all tables", floor, sums)


def _fill(stack: Stack, length: int) -> None:
    """Fill an empty PostgreSQL server with sample data of ``times`` the usual history."""
    stack.up(only=["postgres"], sample_data=False)
    dsn = source_owner(stack.env)
    # The password goes through the environment: everybody can read a command line.
    parts = conninfo_to_dict(dsn)
    password = {"PGPASSWORD": parts.pop("password")}
    options = ["--dsn", make_conninfo(**parts)]
    options += ["--rows", str(ROWS * length), "--months", str(MONTHS * length)]
    subprocess.run([sys.executable, "-m", "dev.sample_data", *options], cwd=ROOT, env=os.environ | password, check=True)
    _create_indexes(dsn)


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
