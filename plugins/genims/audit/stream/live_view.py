"""What the stream does right now, source by source: for the log of the running task and for the health data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

HEADER = ("source", "events/s", "rows/s", "lag ms", "worst ms", "waiting", "quarantined", "newest change", "state")


@dataclass
class SourceView:
    """One source database since the last report; what is in quarantine, since the run began.

    :param state: ``streaming``, or what keeps it from that.
    :param events: events delivered.
    :param rows: rows of MySQL written for them.
    :param lag: from the change in the source to its commit in MySQL, summed over the batches.
    :param batches: how many batches that are.
    :param worst_lag: the greatest of them.
    :param waiting: events in the outbox.
    :param quarantined: events that could not be taken over as they are.
    :param last_event_at: when the newest delivered change was made, UTC.
    """

    source: str
    state: str = "starting"
    events: int = 0
    rows: int = 0
    lag: timedelta = timedelta()
    batches: int = 0
    worst_lag: timedelta = timedelta()
    waiting: int = 0
    quarantined: int = 0
    last_event_at: datetime | None = None

    def delivered(self, events: int, rows: int, lag: timedelta, last_event_at: datetime) -> None:
        """Count a batch that is committed."""
        self.events += events
        self.rows += rows
        self.lag += lag
        self.batches += 1
        self.worst_lag = max(self.worst_lag, lag)
        self.last_event_at = last_event_at

    def report(self, seconds: float) -> dict:
        """The figures of the last ``seconds`` as JSON holds them, no lag where nothing came; counting begins anew."""
        figures = {
            "source": self.source,
            "state": self.state,
            "events_per_second": round(self.events / seconds, 1),
            "rows_per_second": round(self.rows / seconds, 1),
            "lag_ms": _milliseconds(self.lag / self.batches) if self.batches else None,
            "worst_lag_ms": _milliseconds(self.worst_lag) if self.batches else None,
            "waiting": self.waiting,
            "quarantined": self.quarantined,
            "last_event_at": self.last_event_at and self.last_event_at.isoformat(),
        }
        self.events = self.rows = self.batches = 0
        self.lag = self.worst_lag = timedelta()
        return figures


def table(reports: Iterable[dict]) -> str:
    """The reports as lines of text."""
    line = "{:<14} {:>9} {:>9} {:>8} {:>9} {:>9} {:>12}  {:<19}  {}"
    rows = [
        (
            each["source"],
            each["events_per_second"],
            each["rows_per_second"],
            *("-" if each[lag] is None else each[lag] for lag in ("lag_ms", "worst_lag_ms")),
            each["waiting"],
            each["quarantined"],
            (each["last_event_at"] or "-")[:19],
            each["state"],
        )
        for each in reports
    ]
    return "\n".join(line.format(*row) for row in [HEADER, *rows])


def _milliseconds(duration: timedelta) -> int:
    return round(duration.total_seconds() * 1000)
