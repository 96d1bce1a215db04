"""The business days that one run recomputes, bounded at both ends.

The same window bounds the SELECT on the sources and the DELETE in MySQL. A cleared task of any hour therefore
replaces exactly the days that it reads.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from genims.core.errors import FormRefused

# Sources hold rows dated ahead (planned shipments, audits, complaints). Every window reaches this far
# past its last day, so that such a row is stored under its own date at once.
HORIZON = timedelta(days=366)


def first_of_month(day: date) -> date:
    """The first day of the month of ``day``."""
    return day.replace(day=1)


def first_of_next_month(day: date) -> date:
    """The first day of the month after that of ``day``."""
    return first_of_month(first_of_month(day) + timedelta(days=31))


@dataclass(frozen=True)
class Window:
    """Some business days in a row.

    :param start: the first day.
    :param end: the day after the last one.
    :param today: the present business day.
    :raises FormRefused: ``start`` is not before ``end``.
    """

    start: date
    end: date
    today: date

    def __post_init__(self):
        if self.start >= self.end:
            raise FormRefused(
                f"empty window: expected a first day that is not after the last one, found {self}; correct from and to"
            )

    def whole_months(self) -> Window:
        """This window, rounded outwards to whole calendar months."""
        end = self.end if self.end.day == 1 else first_of_next_month(self.end)
        return Window(first_of_month(self.start), end, self.today)

    def __call__(self, column: str) -> str:
        """The SQL condition that keeps ``column`` inside the window, in DuckDB, PostgreSQL and MySQL.

        :param column: its name. A name that ends in ``_month`` is one of 'YYYY-MM' texts, which are compared as text.
        """
        if column.endswith("_month"):
            start, end = f"'{self.start:%Y-%m}'", f"'{self.end:%Y-%m}'"
        else:
            start, end = f"DATE '{self.start}'", f"DATE '{self.end}'"
        return f"({column} >= {start} AND {column} < {end})"

    def __str__(self) -> str:
        return f"{self.start} to {self.end - timedelta(days=1)}"
