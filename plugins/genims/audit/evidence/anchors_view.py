"""What became of the anchors lately: for the log of the running task and for the health data."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

SHORTENED = 200
PATIENCE = timedelta(seconds=10)


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
        """Closed blocks wait for an answer of Blob Storage; after a failure they have waited since before it."""
        self._waiting_since = self._waiting_since or datetime.now(UTC)

    def failed(self, why: Exception) -> None:
        """Blob Storage, or MySQL, did not answer as it should."""
        self._failure = one_line(why)

    def anchored(self, blocks: int, delay: timedelta, missed: list[str]) -> None:
        """All closed blocks are anchored.

        :param blocks: how many of them just now.
        :param delay: from the closing of the first of these to now.
        :param missed: sentences on blocks that are anchored and no longer in the database.
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
