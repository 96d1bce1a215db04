"""Steps that lock tables of applications: each a short transaction that lets others pass instead of waiting."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import psycopg
from psycopg.errors import LockNotAvailable

from genims.core.paths import sql

log = logging.getLogger(__name__)

# A session that waits for a table's lock delays every session queued behind it, so each wait is short.
LOCK_MILLISECONDS = 100
# How soon a refused step is tried again, and for how long altogether. Others pass in between.
PAUSE_SECONDS = 0.5
PATIENCE_SECONDS = 180.0
# How often the log says whom a step waits for.
REPORT_SECONDS = 30.0


@dataclass(frozen=True)
class Step:
    """One short transaction.

    :param name: what it works on, for the log.
    :param relations: oids of the tables that it locks.
    :param act: does it, in a transaction of its own.
    """

    name: str
    relations: tuple[int, ...]
    act: Callable[[psycopg.Connection], object]


def run_steps(session: psycopg.Connection, steps: Iterable[Step]) -> None:
    """Run all steps; one whose table is in use is tried again after the others.

    :param session: committing by itself.
    :raises psycopg.errors.LockNotAvailable: a table was in use whenever it was tried; the log says by whom. The other
        steps are done.
    """
    waiting = list(steps)
    give_up_at = time.monotonic() + PATIENCE_SECONDS
    report_at = time.monotonic()
    while waiting:
        refused = [(step, error) for step in waiting if (error := _refusal(session, step))]
        waiting = [step for step, _ in refused]
        if refused and time.monotonic() >= report_at:
            for step in waiting:
                log.warning("%s is in use; it is tried again. %s", step.name, lock_holders(session, step.relations))
            report_at = time.monotonic() + REPORT_SECONDS
        if refused and time.monotonic() > give_up_at:
            step, error = refused[0]
            error.add_note(
                f"{step.name} was in use for {PATIENCE_SECONDS:.0f} s. End the transaction and run it again."
            )
            raise error
        if refused:
            time.sleep(PAUSE_SECONDS)


def lock_holders(session: psycopg.Connection, relations: Iterable[int]) -> str:
    """Who holds locks on tables: process, user, application, since when; not what they run, which may hold values.

    :param session: of a user that may read ``pg_stat_activity``.
    :param relations: the oids of the tables.
    """
    holders = []
    for relation in relations:
        for pid, user, application, state, begun, query_at, modes in session.execute(
            sql("audit/capture/lock_holders"), {"relation": relation}
        ):
            holders.append(
                f"process {pid} of {user} ({application or 'no name'}), {state or 'state unknown'}, transaction since "
                f"{begun or 'unknown'}, last statement at {query_at or 'unknown'}, holds {modes}"
            )
    return "; ".join(holders) or "Nobody holds it any more."


def _refusal(session: psycopg.Connection, step: Step) -> LockNotAvailable | None:
    """Try a step. Of several tables none is held for longer than one may be while the others are waited for."""
    milliseconds = max(LOCK_MILLISECONDS // max(len(step.relations), 1), 10)
    try:
        with session.transaction():
            session.execute(f"SET LOCAL lock_timeout = '{milliseconds}ms'")
            step.act(session)
    except LockNotAvailable as refused:
        return refused
    return None
