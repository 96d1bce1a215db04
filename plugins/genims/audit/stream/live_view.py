"""What the stream does right now, source by source: for the log of the running task and for its health data."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from genims.core.clock import utc_now
from genims.core.text_table import text_table

# A count of the outbox that is older than this is not shown: it is taken once a minute.
COUNT_SECONDS = 90
# A source that has not answered for this long is lost, although nothing says so: its server hangs, or the network.
SILENT_SECONDS = 10


@dataclass
class SourceView:
    """One source database since the last report. Quarantined events count from the beginning of the run.

    :param source: its short name.
    :param state: ``streaming``, or what keeps it from that.
    :param events: events delivered.
    :param rows: rows of MySQL written for them.
    :param lag: from the oldest change of a batch to its commit in MySQL, summed over the batches.
    :param batches: how many batches were committed.
    :param worst_lag: the greatest lag of a batch.
    :param waiting: events in the outbox when they were last counted; None while that is unknown.
    :param counted_at: when that was, or since when the number is unknown, UTC, without time zone.
    :param lost_since: since when it cannot be followed, UTC, without time zone; None while it is.
    :param quarantined: events that could not be taken over and are kept as QUARANTINE.
    :param last_event_at: when the newest delivered change was made, UTC, without time zone.
    """

    source: str
    state: str = "starting"
    events: int = 0
    rows: int = 0
    lag: timedelta = timedelta()
    batches: int = 0
    worst_lag: timedelta = timedelta()
    waiting: int | None = None
    counted_at: datetime = field(default_factory=utc_now)
    lost_since: datetime | None = None
    quarantined: int = 0
    last_event_at: datetime | None = None
    _asked_at: float | None = None
    _state_before: str | None = None

    @contextmanager
    def asking(self) -> Iterator[None]:
        """Inside, an answer of the source is waited for."""
        self._asked_at = time.monotonic()
        try:
            yield
        finally:
            self._asked_at = None
        if self._state_before is not None:
            self.followed(self._state_before)
            self._state_before = None

    def notice_silence(self) -> None:
        """Note that the source does not answer, if that takes longer than SILENT_SECONDS."""
        asked_at = self._asked_at
        if asked_at is None or self.lost_since or time.monotonic() - asked_at < SILENT_SECONDS:
            return
        self._state_before = self.state
        self.lost_since = utc_now() - timedelta(seconds=time.monotonic() - asked_at)
        self.lost(f"no answer since {self.lost_since:%H:%M:%S} UTC")

    def delivered(self, events: int, rows: int, lag: timedelta, last_event_at: datetime) -> None:
        """Count a batch that is committed.

        :param events: its events.
        :param rows: rows of MySQL written for them.
        :param lag: from its oldest change to the commit.
        :param last_event_at: when its newest change was made, UTC, without time zone.
        """
        self.events += events
        self.rows += rows
        self.lag += lag
        self.batches += 1
        self.worst_lag = max(self.worst_lag, lag)
        self.last_event_at = last_event_at

    def counted(self, waiting: int | None) -> None:
        """Note how many events wait.

        :param waiting: their number; None if it cannot be known now.
        """
        if waiting is not None or self.waiting is not None:
            self.waiting, self.counted_at = waiting, utc_now()

    def lost(self, why: str) -> None:
        """Note that it cannot be followed now.

        :param why: what keeps it from that.
        """
        self.state = " ".join(why.split())
        self.lost_since = self.lost_since or utc_now()
        self.counted(None)

    def followed(self, state: str) -> None:
        """Note that it answers.

        :param state: what it is doing.
        """
        self.state = state
        self.lost_since = None

    def report(self, seconds: float) -> dict:
        """The figures since the last report, as JSON holds them; counting begins anew.

        :param seconds: how long ago the last report was.
        :returns: events and rows by second, lags in milliseconds (None where nothing was delivered), the rest as here.
        """
        if utc_now() - self.counted_at > timedelta(seconds=COUNT_SECONDS):
            self.waiting = None
        figures = {
            "source": self.source,
            "state": self.state,
            "events_per_second": round(self.events / seconds, 1),
            "rows_per_second": round(self.rows / seconds, 1),
            "lag_ms": _milliseconds(self.lag / self.batches) if self.batches else None,
            "worst_lag_ms": _milliseconds(self.worst_lag) if self.batches else None,
            "waiting": self.waiting,
            "waiting_as_of": self.counted_at.isoformat(),
            "lost_since": self.lost_since and self.lost_since.isoformat(),
            "quarantined": self.quarantined,
            "last_event_at": self.last_event_at and self.last_event_at.isoformat(),
        }
        self.events = self.rows = self.batches = 0
        self.lag = self.worst_lag = timedelta()
        return figures


def table(reports: Iterable[dict]) -> str:
    """The reports as lines of text.

    :param reports: one for each source, as ``SourceView.report`` returns them.
    """
    return text_table(
        [
            {
                "source": each["source"],
                "events/s": each["events_per_second"],
                "rows/s": each["rows_per_second"],
                "lag ms": _or_dash(each["lag_ms"]),
                "worst ms": _or_dash(each["worst_lag_ms"]),
                "waiting": _waiting(each),
                "quarantined": each["quarantined"],
                "newest change": _or_dash(each["last_event_at"])[:19],
                "state": each["state"],
            }
            for each in reports
        ]
    )


def _waiting(report: dict) -> str:
    if report["waiting"] is None:
        return f"? since {report['waiting_as_of'][11:19]}"
    return str(report["waiting"])


def _or_dash(value: object) -> str:
    return "-" if value is None else str(value)


def _milliseconds(duration: timedelta) -> int:
    return round(duration.total_seconds() * 1000)
