"""Where the changes of all databases come together."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from dev.traffic.session import Session

Change = Callable[[Session], None]

# By database: how often a change happens there compared with the others, and the change.
CHANGES: dict[str, list[tuple[int, Change]]] = {}


def happens_in(database: str) -> Callable[..., Callable[[Change], Change]]:
    """A decorator for the changes of a database: ``@happens(weight=3)`` makes one three times as frequent."""

    def happens(weight: int = 1) -> Callable[[Change], Change]:
        def register(change: Change) -> Change:
            CHANGES.setdefault(database, []).append((weight, change))
            return change

        return register

    return happens


def today() -> date:
    return date.today()


def now() -> datetime:
    return datetime.now().replace(microsecond=0)
