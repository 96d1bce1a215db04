"""Writers that keep changing the source databases at a given rate."""

from __future__ import annotations

import random
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

import psycopg

from dev.stack.interrupts import Interrupted
from dev.stack.steps import say
from dev.traffic.changes import CHANGES
from dev.traffic.pace import Pace
from dev.traffic.session import Session

REPORT_SECONDS = 5
# More than the default goes to the databases where most happens.
DATABASE_WEIGHTS = {"genims_erp_db": 4, "genims_manufacturing_db": 2, "genims_operations_db": 2}


def write(dsn: str, mark: str, pace: Pace, stop: threading.Event) -> None:
    """One writer: transaction after transaction in databases drawn at random."""
    random_ = random.Random(mark)  # noqa: S311 - a choice of changes, not of secrets
    sessions: dict[str, Session] = {}
    databases = list(CHANGES)
    weights = [DATABASE_WEIGHTS.get(database, 1) for database in databases]
    try:
        while not stop.is_set():
            pace.wait(stop)
            database = random_.choices(databases, weights)[0]
            if database not in sessions:
                sessions[database] = Session(dsn, database, mark, random_)
            frequencies, changes = zip(*CHANGES[database], strict=True)
            pace.count(sessions[database].transact(random_.choices(changes, frequencies)[0]))
    finally:
        stop.set()
        for session in sessions.values():
            session.close()


def report(pace: Pace, stop: threading.Event, seconds: float | None) -> None:
    """Print the achieved rate every few seconds, and stop when the time is up."""
    started, counted, at = time.monotonic(), 0, time.monotonic()
    while not stop.is_set():
        left = float("inf") if seconds is None else started + seconds - time.monotonic()
        stop.wait(max(min(REPORT_SECONDS, left), 0))
        total, instant = pace.statements, time.monotonic()
        rate = (total - counted) / max(instant - at, 1e-9)
        say(f"{instant - started:>7.1f} s {total:>9,} statements {rate:>9.1f} per second")
        counted, at = total, instant
        if seconds is not None and instant - started >= seconds:
            stop.set()


def keep_writing(dsn: str, rate: float, seconds: float | None = None, writers: int = 4) -> None:
    """Change the databases until the time is up, or until Ctrl-C or SIGTERM.

    :param dsn: libpq connection string without dbname.
    :param rate: statements per second, all writers together.
    :param seconds: stop after this time; None for no limit.
    :param writers: transactions that may run at the same time.
    :raises SystemExit: a writer failed; with PostgreSQL's reason.
    """
    stop, pace = threading.Event(), Pace(rate)
    run = f"{time.time_ns() // 1_000_000:x}"  # the keys of every run are different
    with ThreadPoolExecutor(writers) as pool:
        running = [pool.submit(write, dsn, f"{run}{n}", pace, stop) for n in range(writers)]
        try:
            report(pace, stop, seconds)
        except Interrupted:
            stop.set()
    raise_first(running)
    say(f"Ended between two transactions, after {pace.statements:,} statements.")


def raise_first(writers: list[Future]) -> None:
    """End with the error of a writer that failed, if any did."""
    for writer in writers:
        if isinstance(error := writer.exception(), psycopg.Error):
            raise SystemExit(f"PostgreSQL: {error}")
        writer.result()
