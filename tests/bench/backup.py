"""How fast a backup is beside bare mysqldump and beside the specification's recipe, and how much memory it takes.

PYTHONPATH=plugins:. python -m tests.bench.backup [MEGABYTES]

It prints ratios to bare ``mysqldump > /dev/null`` of the same run, on a database of its own that it drops again.
"""

from __future__ import annotations

import logging
import os
import resource
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="genims-bench-"))

from dev.stack import Stack
from dev.stack.mysql_programs import WRAPPERS
from genims.backup.back_up import back_up
from genims.backup.client import find_client, option_file, start
from genims.backup.databases import REPORTING
from genims.core import connections
from genims.core.paths import ROOT
from genims.core.settings import settings
from tests.support.containers import new_container
from tests.support.faults.faults import environment, query
from tests.support.servers import set_up_platform, use

TRIES = 3
ROWS_IN_A_MEGABYTE = 2700


def fill(database: str, megabytes: int) -> None:
    """Rows as those of the audit tables: keys, texts, JSON and hashes."""
    query(f"CREATE DATABASE {database} CHARACTER SET utf8mb4")
    query(f"GRANT SELECT, SHOW VIEW ON {database}.* TO %s@'%%'", (settings().mysql_backup_user,))
    query(
        "CREATE TABLE events (id INT PRIMARY KEY, at DATETIME(6), name VARCHAR(80), image TEXT, hash BINARY(32))",
        database=database,
    )
    rows = megabytes * ROWS_IN_A_MEGABYTE
    for first in range(0, rows, 200_000):
        query(
            "INSERT INTO events WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < %s) "
            "SELECT /*+ SET_VAR(cte_max_recursion_depth = 1000000) */ i + %s, NOW(6) - INTERVAL i SECOND, "
            "CONCAT('machine ', MOD(i * 7919, 977), ' of line ', MOD(i, 37)), JSON_OBJECT('order', i * 31, 'status', "
            "ELT(1 + MOD(i, 4), 'open', 'done', 'late', 'held'), 'amount', i / 7, 'note', LEFT(SHA2(i, 256), 24), "
            "'person', CONCAT('EMP-', MOD(i, 4001))), UNHEX(SHA2(i, 256)) FROM n",
            (min(200_000, rows - first), first),
            database,
        )


def bare() -> float:
    """Seconds of mysqldump > /dev/null."""
    client = find_client()
    began = perf_counter()
    with option_file(connections.connection(REPORTING.backup_id)) as options:
        arguments = [*client.flags, "--skip-events", settings().mysql_reporting_db]
        start(client.mysqldump, arguments, options, stdout=subprocess.DEVNULL).wait()
    return perf_counter() - began


def recipe() -> float:
    """Seconds of the specification's mysqldump | gzip > file, without its upload."""
    client = find_client()
    began = perf_counter()
    with (
        tempfile.NamedTemporaryFile(suffix=".sql.gz") as target,
        option_file(connections.connection(REPORTING.backup_id)) as options,
    ):
        arguments = [*client.flags, "--skip-events", settings().mysql_reporting_db]
        dump = start(client.mysqldump, arguments, options, stdout=subprocess.PIPE)
        subprocess.run(["gzip"], stdin=dump.stdout, stdout=target, check=True)
        dump.wait()
    return perf_counter() - began


def ours() -> tuple[float, int, int]:
    """Seconds, plain and stored bytes of a backup."""
    began = perf_counter()
    manifest = back_up(REPORTING)
    part = manifest.parts[0]
    return perf_counter() - began, part.plain_bytes, part.stored_bytes


def main() -> None:
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    logging.disable(logging.WARNING)
    stack = Stack(Path(ROOT) / ".local" / "tests" / "bench", dotenv=None)
    stack.up(only=["mysql", "postgres", "azurite"], sample_data=False)
    use(stack.env)
    set_up_platform()
    database = f"bench_{secrets.token_hex(4)}"
    path = f"{WRAPPERS}{os.pathsep}{os.environ['PATH']}"
    try:
        with environment(MYSQL_REPORTING_DB=database, GENIMS_BACKUP_CONTAINER=new_container(), PATH=path):
            fill(database, megabytes)
            bare()
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            bares, backups = [], []
            for _ in range(TRIES):
                bares.append(bare())
                backups.append(ours())
            floor, own = median(bares), median(seconds for seconds, *_ in backups)
            _, plain, stored = backups[0]
            print(f"SQL {plain / 1e6:.0f} MB, stored {stored / 1e6:.0f} MB")
            print(f"bare mysqldump {floor:.2f} s; ours {own:.2f} s = {own / floor:.2f} x, {plain / 1e6 / own:.0f} MB/s")
            print(f"the specification's recipe, without its upload: {recipe():.2f} s")
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            print(f"memory: {peak / 1024:.0f} MB at most, {(peak - memory) / 1024:.0f} MB of it for backups")
    finally:
        query(f"DROP DATABASE IF EXISTS {database}")
        stack.down()


if __name__ == "__main__":
    main()
