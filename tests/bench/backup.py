"""How fast a backup is beside bare mysqldump and beside the specification's recipe, and how much memory it takes.

PYTHONPATH=plugins:. python -m tests.bench.backup [MEGABYTES]

It prints ratios to bare ``mysqldump > /dev/null`` of the same run, on a database of its own that it drops again. The
floor is a dump that is hashed and compressed alike and goes nowhere. MySQL, mysqldump, this process and Azurite share
the machine; ``ours, nothing sent`` leaves Azurite out, which with Azure is elsewhere.
"""

from __future__ import annotations

import logging
import os
import resource
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from hashlib import sha256
from pathlib import Path
from statistics import median
from time import perf_counter

import psutil
from isal import isal_zlib

os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="genims-bench-"))

from dev.stack import Stack
from dev.stack.mysql_programs import WRAPPERS
from genims.backup.back_up import back_up
from genims.backup.client import find_client, option_file, start
from genims.backup.databases import REPORTING
from genims.backup.dump import GZIP, LEVEL, dumped, store
from genims.backup.sql_stream import SqlStream
from genims.core import connections
from genims.core.paths import ROOT
from genims.core.settings import settings
from tests.support.containers import new_container
from tests.support.faults.faults import environment, query
from tests.support.servers import set_up_platform, use

TRIES = 5
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


def bare() -> None:
    """mysqldump > /dev/null."""
    client = find_client()
    with option_file(connections.connection(REPORTING.backup_id)) as options:
        arguments = [*client.flags, "--skip-events", settings().mysql_reporting_db]
        start(client.mysqldump, arguments, options, stdout=subprocess.DEVNULL).wait()


def floor() -> None:
    """mysqldump, hashed and compressed as a backup is, and thrown away."""
    plain, packed = sha256(), sha256()
    gzip = isal_zlib.compressobj(LEVEL, isal_zlib.DEFLATED, GZIP)
    server = connections.connection(REPORTING.backup_id)
    for piece in dumped(find_client(), server, ["--skip-events", settings().mysql_reporting_db]):
        plain.update(piece)
        packed.update(gzip.compress(piece))


class Nowhere:
    """A container, and a blob in it, that take everything and keep nothing."""

    def new_blob(self, name: str) -> AbstractContextManager[Nowhere]:
        return nullcontext(self)

    def stage(self, data: bytes) -> None:
        pass

    def commit(self, metadata: dict[str, str]) -> None:
        pass


def nothing_sent() -> None:
    """A backup's dump with all its checks and hashes; what would be sent is thrown away."""
    what = [["--skip-events", settings().mysql_reporting_db]]
    server = connections.connection(REPORTING.backup_id)
    store(Nowhere(), "nowhere", find_client(), server, what, None, SqlStream())


def recipe() -> None:
    """The specification's mysqldump | gzip > file, without its upload."""
    client = find_client()
    with (
        tempfile.NamedTemporaryFile(suffix=".sql.gz") as target,
        option_file(connections.connection(REPORTING.backup_id)) as options,
    ):
        arguments = [*client.flags, "--skip-events", settings().mysql_reporting_db]
        dump = start(client.mysqldump, arguments, options, stdout=subprocess.PIPE)
        subprocess.run(["gzip"], stdin=dump.stdout, stdout=target, check=True)
        dump.wait()


def measured(act: Callable[[], object], servers: list[psutil.Process]) -> tuple[float, float]:
    """Seconds that something takes, and seconds of CPU: of this process, its children and the servers."""

    def busy() -> float:
        of_servers = sum(sum(each.cpu_times()[:2]) for each in servers)
        return of_servers + sum(os.times()[:4])

    began, before = perf_counter(), busy()
    act()
    return perf_counter() - began, busy() - before


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
            servers = [psutil.Process(each.pid) for each in stack.status() if each.pid]
            ways = {
                "bare mysqldump": bare,
                "floor": floor,
                "ours, nothing sent": nothing_sent,
                "ours": lambda: made.append(back_up(REPORTING)),
            }
            made, found = [], {name: [] for name in ways}
            for _ in range(TRIES):
                for name, act in ways.items():
                    found[name].append(measured(act, servers))
            part = made[0].parts[0]
            print(f"SQL {part.plain_bytes / 1e6:.0f} MB, stored {part.stored_bytes / 1e6:.0f} MB")
            for name, each in found.items():
                pairs = zip(each, found["bare mysqldump"], strict=True)
                ratios = sorted(seconds / alone for (seconds, _), (alone, _) in pairs)
                seconds, busy = (median(values) for values in zip(*each, strict=True))
                print(
                    f"{name}: {seconds:.2f} s = {median(ratios):.2f} x ({ratios[0]:.2f} to {ratios[-1]:.2f}), "
                    f"{part.plain_bytes / 1e6 / seconds:.0f} MB/s; {busy:.2f} s of CPU"
                )
            print(f"the specification's recipe, without its upload: {measured(recipe, servers)[0]:.2f} s")
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            print(f"memory: {peak / 1024:.0f} MB at most, {(peak - memory) / 1024:.0f} MB of it for backups")
    finally:
        query(f"DROP DATABASE IF EXISTS {database}")
        stack.down()


if __name__ == "__main__":
    main()
