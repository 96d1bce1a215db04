"""What the stream does right now, source by source: for the log of the running task and for the health data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

SHORTENED = 200
PATIENCE = timedelta(seconds=10)
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


class AnchorsView:
    """What became of the blocks since the last report.

    :ivar blocks: how many were anchored.
    :ivar worst_delay: the longest time from a block's closing to its anchor.
    """

    def __init__(self):
        self.blocks = 0
        self.worst_delay = timedelta()
        self._state = "starting"
        self._failure = ""
        self._waiting_since: datetime | None = None

    @property
    def state(self) -> str:
        """``up to date``, or what keeps it from that."""
        since = self._waiting_since
        if since is None or not (self._failure or datetime.now(UTC) - since > PATIENCE):
            return self._state
        return f"waiting since {since:%H:%M:%S} UTC: {self._failure or 'no answer yet'}"

    def begins(self) -> None:
        """What is closed waits for an answer of Blob Storage; after a failure it has waited since before that."""
        self._waiting_since = self._waiting_since or datetime.now(UTC)

    def failed(self, why: Exception) -> None:
        """Blob Storage, or MySQL, did not answer as it should."""
        self._failure = one_line(why)

    def anchored(self, blocks: int, delay: timedelta, missed: list[str]) -> None:
        """All that is closed is anchored.

        :param missed: what is anchored and no longer there.
        """
        self.blocks += blocks
        self.worst_delay = max(self.worst_delay, delay)
        self.ended("; ".join(missed) or "up to date")

    def ended(self, state: str) -> None:
        """Nothing waits any more."""
        self._state, self._failure, self._waiting_since = state, "", None

    def report(self) -> dict:
        """The figures as JSON holds them; counting begins anew."""
        figures = {
            "blocks": self.blocks,
            "worst_delay_seconds": round(self.worst_delay.total_seconds()),
            "state": self.state,
        }
        self.blocks, self.worst_delay = 0, timedelta()
        return figures


def anchors_line(report: dict) -> str:
    """The report of an AnchorsView as a line of text."""
    delay = f", at most {report['worst_delay_seconds']} s after they were closed" if report["blocks"] else ""
    return f"anchors in Blob Storage: {report['blocks']} blocks{delay}; {report['state']}"


def one_line(why: object) -> str:
    """An error as the first characters of one line."""
    return " ".join(f"{why}".split())[:SHORTENED]


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
