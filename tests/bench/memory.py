"""Peak memory of the task that rebuilds a reporting table, each in a process of its own, Airflow included.

Afterwards the table that needs most is rebuilt with little memory for its query: it spills to disk, and holds the
same rows.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from genims.core.settings import settings
from tests.bench.engine_times import in_order
from tests.support.servers import checksums
from tests.support.tasks import load_context, rendered

LIMIT_MB = 1024
LITTLE = "128MB"
# A rebuild takes seconds; after this time it is taken for hung.
REBUILD_SECONDS = 600


@dataclass(frozen=True)
class Rebuild:
    """One rebuild of one table.

    :param peak_mb: peak memory of the process, including some 200 MB for the imports of Airflow and the package.
    :param spilled_mb: the most that its query had on disk.
    :param cpu_seconds: time on the processors, of all threads.
    """

    table: str
    peak_mb: int
    spilled_mb: int
    seconds: float
    cpu_seconds: float

    def __str__(self) -> str:
        return f"{self.table:42} {self.peak_mb:9,} {self.spilled_mb:9,} {self.seconds:8.2f} {self.cpu_seconds:8.2f}"


def run() -> list[str]:
    """Rebuild every table, and print what each needed.

    :returns: what is not as promised.
    """
    print(f"\nMemory of the task of a full rebuild; its query may use {settings().genims_duckdb_memory}")
    print(f"{'':42} {'peak MB':>9} {'spill MB':>9} {'s':>8} {'cpu s':>8}")
    rebuilds = []
    for table in in_order():
        rebuilds.append(measured(table.name, settings().genims_duckdb_memory))
        print(rebuilds[-1], flush=True)
    largest = max(rebuilds, key=lambda rebuild: rebuild.peak_mb)
    print(f"Largest: {largest.table}, {largest.peak_mb:,} MB of {LIMIT_MB:,} MB")

    before = content(largest.table)
    print(f"\nThe same with {LITTLE} for the query\n{measured(largest.table, LITTLE)}")
    faults = []
    if largest.peak_mb > LIMIT_MB:
        faults.append(f"memory: {largest.table} needs {largest.peak_mb:,} MB, at most {LIMIT_MB:,} MB are promised")
    if content(largest.table) != before:
        faults.append(f"memory: {largest.table} has other rows when its query may use {LITTLE}")
    return faults


def measured(table: str, memory: str) -> Rebuild:
    """Rebuild a table in a new process.

    :param memory: what its query may use before it spills, such as ``512MB``.
    """
    with tempfile.TemporaryDirectory() as folder:
        variables = os.environ | {"GENIMS_DUCKDB_MEMORY": memory, "GENIMS_TEMP_DIRECTORY": folder}
        command = [sys.executable, "-m", "tests.bench.memory", table]
        spilled, deadline = 0, time.monotonic() + REBUILD_SECONDS
        with subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, text=True) as process:
            while process.poll() is None:
                if time.monotonic() > deadline:
                    process.kill()
                    raise RuntimeError(f"The rebuild of {table} with {memory} did not end within {REBUILD_SECONDS} s.")
                spilled = max(spilled, size(Path(folder)))
                time.sleep(0.02)
            answer = process.stdout.read()
    if process.returncode:
        raise RuntimeError(f"The rebuild of {table} with {memory} failed; its error is above.")
    return Rebuild(table, spilled_mb=spilled >> 20, **json.loads(answer.splitlines()[-1]))


def size(folder: Path) -> int:
    """Bytes of the files below a folder, which come and go meanwhile."""
    total = 0
    for path in folder.rglob("*.tmp"):
        try:
            total += path.stat().st_blocks * 512
        except FileNotFoundError:
            continue
    return total


def content(table: str) -> tuple:
    [declared] = [each for each in in_order() if each.name == table]
    return checksums([declared], settings().mysql_reporting_db)[table]


def rebuild(table: str) -> dict:
    """Rebuild a table here, as the process of an Airflow task does."""
    import airflow.sdk.execution_time.task_runner  # noqa: F401 - what such a process has imported

    context = load_context(rebuild=True)
    task = rendered("reporting_sync", table, **context)
    began, cpu = time.perf_counter(), time.process_time()
    task.execute(context)
    return {
        "peak_mb": peak_mb(),
        "seconds": time.perf_counter() - began,
        "cpu_seconds": time.process_time() - cpu,
    }


def peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


if __name__ == "__main__":
    print(json.dumps(rebuild(sys.argv[1])))
