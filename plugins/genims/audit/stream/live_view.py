"""What the stream does right now, source by source: for the log of the running task and for its health data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from genims.core.text_table import text_table

SHORTENED = 200
PATIENCE = timedelta(seconds=10)


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
    :param waiting: events in the outbox.
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
    waiting: int = 0
    quarantined: int = 0
    last_event_at: datetime | None = None

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

    def report(self, seconds: float) -> dict:
        """The figures since the last report, as JSON holds them; counting begins anew.

        :param seconds: how long ago the last report was.
        :returns: events and rows by second, lags in milliseconds (None where nothing was delivered), the rest as here.
        """
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
                "waiting": each["waiting"],
                "quarantined": each["quarantined"],
                "newest change": _or_dash(each["last_event_at"])[:19],
                "state": each["state"],
            }
            for each in reports
        ]
    )


def _or_dash(value: object) -> str:
    return "-" if value is None else str(value)


def _milliseconds(duration: timedelta) -> int:
    return round(duration.total_seconds() * 1000)
