"""How much is generated, for which days, and from which seed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from zlib import crc32

import numpy as np

from dev.sample_data.columns import add_months

DEFAULT_MONTHS = 13
RECENT_DAYS = 14  # machine and sensor readings are kept this long, as SCADA systems do

# Rows of every world (master data, attendance, journals), and rows in proportion to the number of sales orders.
# Both are measured; together they add up to --rows.
FIXED_ROWS = 68_000
VOLUME_ROWS = 349_000


@dataclass(frozen=True)
class Plan:
    """What to generate. The same plan gives the same bytes.

    :param rows: rows wanted in all databases together, roughly.
    :param seed: another seed is another, equally plausible company.
    :param until: the last day of history; a few planned rows lie after it.
    :param history_months: how long the history is; a longer one spreads the same rows over more days.
    """

    rows: int
    seed: int
    until: date
    history_months: int = DEFAULT_MONTHS

    def rng(self, topic: str) -> np.random.Generator:
        """Random numbers of one topic, so that a change to one topic does not change the others."""
        return np.random.default_rng([self.seed, crc32(topic.encode())])

    @cached_property
    def share(self) -> float:
        """The volume of documents, 1.0 being the default size.

        It divides the same business more finely: at 10 there are ten times the orders, each a tenth of the size.
        """
        return max(self.rows - FIXED_ROWS, 5_000) / VOLUME_ROWS

    @property
    def daily_share(self) -> float:
        """The volume of a day: a longer history puts fewer rows on each."""
        return self.share * DEFAULT_MONTHS / self.history_months

    def count(self, at_default_size: int) -> int:
        """How many documents there are of a kind that has ``at_default_size`` of them at the default size."""
        return max(round(at_default_size * self.share), 12)

    @property
    def now(self) -> np.datetime64:
        """The instant at which the history ends, in the middle of the last day's morning."""
        return np.datetime64(self.until, "s") + np.timedelta64(10, "h")

    @property
    def today(self) -> np.datetime64:
        return np.datetime64(self.until, "D")

    @property
    def start(self) -> np.datetime64:
        return add_months(self.today, -self.history_months)

    @cached_property
    def days(self) -> np.ndarray:
        """All days of the history."""
        return np.arange(self.start, self.today + 1)

    @cached_property
    def workdays(self) -> np.ndarray:
        """Monday to Friday."""
        return self.days[np.is_busday(self.days)]

    @cached_property
    def recent_days(self) -> np.ndarray:
        return self.days[-RECENT_DAYS - 1 :]

    @cached_property
    def months(self) -> np.ndarray:
        """All months of the history, as datetime64[M]."""
        return np.unique(self.days.astype("datetime64[M]"))
