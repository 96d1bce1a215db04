"""Fill the source databases of a PostgreSQL server with sample data.

python -m dev.sample_data --dsn "host=127.0.0.1 port=5432 user=postgres" [--rows 400000] [--seed 1] [--until 2026-01-31]
    [--months 13]

A database that already holds rows is left alone, and each one is filled in a single transaction: the
command may be stopped at any time and run again. The password may come from PGPASSWORD.
"""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime

import psycopg

from dev.sample_data.business import World
from dev.sample_data.databases import DATABASES
from dev.sample_data.load import is_filled, load
from dev.sample_data.plan import DEFAULT_MONTHS, Plan
from dev.stack.steps import say
from genims.core.settings import settings

WORKERS = 2  # one writes files while PostgreSQL reads those of the other


def fill(dsn: str, database: str, world: World) -> int:
    """Fill one database unless it is filled, say so, and return the number of rows loaded."""
    if is_filled(dsn, database):
        say(f"{database:<24} holds rows already, left alone")
        return 0
    started = time.monotonic()
    tables = DATABASES[database](world)
    rows = load(dsn, database, tables, created=world.plan.start)
    seconds = time.monotonic() - started
    say(f"{database:<24} {rows:>9,} rows in {len(tables):>2} tables {seconds:>6.1f} s")
    return rows


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m dev.sample_data", description=__doc__.partition("\n")[0])
    parser.add_argument("--dsn", required=True, help="libpq connection string without dbname")
    parser.add_argument("--rows", type=int, default=400_000, help="rows in all databases together (default 400000)")
    parser.add_argument("--seed", type=int, default=1, help="another seed is another company (default 1)")
    today = datetime.now(settings().timezone).date()
    parser.add_argument("--until", type=date.fromisoformat, default=today, help="last day (default today)")
    parser.add_argument("--months", type=int, default=DEFAULT_MONTHS, help="length of the history (default 13)")
    options = parser.parse_args(arguments)

    started = time.monotonic()
    world = World(Plan(options.rows, options.seed, options.until, options.months))
    try:
        with ThreadPoolExecutor(WORKERS) as workers:
            rows = sum(workers.map(lambda database: fill(options.dsn, database, world), DATABASES))
    except psycopg.Error as error:
        raise SystemExit(f"PostgreSQL: {error}") from error
    say(f"{rows:,} rows from {world.plan.start} to {options.until} in {time.monotonic() - started:.1f} s")


if __name__ == "__main__":
    main(sys.argv[1:])
