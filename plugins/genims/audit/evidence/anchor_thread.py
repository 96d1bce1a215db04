"""Anchors blocks while they are closed, beside the stream and never in its way."""

from __future__ import annotations

import logging
from contextlib import closing
from datetime import timedelta
from threading import Event, Thread

from airflow.sdk.exceptions import AirflowNotFoundException

from genims.audit.evidence.anchors_view import AnchorsView
from genims.core import connections
from genims.core.clock import utc_now
from genims.hooks.mysql import GenimsMySqlHook

log = logging.getLogger(__name__)

# A block is anchored within a minute of its closing, also when one request is slow. Azure allows 50,000 appends to the
# blob of a day; these are 2,880.
EVERY_SECONDS = 30


class AnchorThread(Thread):
    """Anchors closed blocks twice a minute. Blob Storage that is slow or down holds up no event: it is tried again.

    :ivar view: what the live view shows of it.
    """

    def __init__(self):
        super().__init__(name="audit-anchors", daemon=True)
        self.view = AnchorsView()
        self._ended = Event()
        self._anchorer = None
        self._reported: set[tuple[str, str]] = set()

    def stop(self) -> None:
        """End at the next opportunity; the next run anchors what this one has not."""
        self._ended.set()

    def run(self) -> None:
        while not self._ended.wait(EVERY_SECONDS):
            self.view.begins()
            try:
                # Imported here: Azure's client takes a second, for which the start of the stream need not wait.
                from genims.audit.evidence.anchorer import Anchorer

                self._anchorer = self._anchorer or Anchorer()
                self._anchor()
            except AirflowNotFoundException:
                self.view.ended("none: AZURE_STORAGE_CONNECTION_STRING is not set, a rewritten database is not found")
                return
            except Exception as error:  # any failure: the stream goes on, and the next attempt may succeed
                log.warning("Blocks could not be anchored, trying again in %s s: %s", EVERY_SECONDS, error)
                self.view.failed(error)

    def _anchor(self) -> None:
        with closing(GenimsMySqlHook(connections.AUDIT).get_conn()) as connection:
            done = self._anchorer.anchor(connection)
        delay = utc_now() - done.oldest if done.oldest else timedelta()
        self.view.anchored(done.blocks, delay, list(done.breaks.values()))
        from genims.audit.evidence.tasks import report_breaks

        report_breaks(done, "audit_sync", frozenset(self._reported))
        self._reported |= done.breaks.keys()
