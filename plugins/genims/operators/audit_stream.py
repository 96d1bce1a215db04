"""The task that streams the audit trail until its time is over or somebody stops it."""

from __future__ import annotations

import ctypes
import gc
import sys
import time

from airflow.sdk import BaseOperator

from genims.core.settings import settings
from genims.operators.map_index import show_label

REPORT_SECONDS = 60
# The supervisor kills a task that has not ended 5 s after on_kill.
LOOK_SECONDS = 0.2
SWITCH_SECONDS = 0.001
# New objects between two searches for garbage. Events are many and short-lived, and never part of a cycle.
COLLECT_OBJECTS = 50_000
# Blocks of this size go back to the system as soon as they are free. Left to itself, the C library keeps ever larger
# ones for each thread.
LARGE_BLOCK_BYTES = 1 << 20
M_MMAP_THRESHOLD = -3
# What the grid shows of a run, beside its sources.
WAITS, STREAMS = "waits", "streams"
HEALTH_KEY = "health"
ANCHORS_KEY = "anchors"


def make_ready() -> None:
    """Tune this process for streaming: threads take turns more often, the garbage collector runs seldom and skips every
    object that exists by now, and memory for large rows is given back."""
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.freeze()
    gc.set_threshold(COLLECT_OBJECTS)
    if hasattr(libc := ctypes.CDLL(None), "mallopt"):
        libc.mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK_BYTES)


class AuditStreamOperator(BaseOperator):
    """Stream the changes of some source databases into the audit tables for GENIMS_AUDIT_RUN_MINUTES.

    While another task streams the same sources, this one waits with everything ready, and then takes over at once.
    The grid shows which run streams and which one waits, as the name of the map index.
    Every minute it writes the figures of each source to the log, and as JSON to the XCom ``health``; those of the
    anchors of closed blocks go to the XCom ``anchors``. It is safe to kill at any time: the next run continues from
    the last commit in MySQL.

    :param sources: short names of the source databases.
    """

    def __init__(self, *, sources: list[str], **kwargs):
        super().__init__(**kwargs)
        self.sources = sources
        self.role = WAITS
        # No threading.Event: on_kill may interrupt this thread while it holds the lock of the Event.
        self.killed = False

    def execute(self, context) -> None:
        # Imported here, because the drivers would slow down every parse of the DAG file.
        from genims.audit.evidence.anchor_thread import AnchorThread
        from genims.audit.stream.stream import AuditStream

        make_ready()
        stream, anchoring = AuditStream(self.sources), AnchorThread()
        stream.start()
        try:
            self.log.info("Ready to stream; if another run does, this one waits until that one ends")
            while not stream.turn.is_set() and self._goes_on(stream):
                pass
            if stream.turn.is_set():
                anchoring.start()
                self._stream(stream, anchoring, context)
        finally:
            anchoring.stop()
            stream.stop()
        if stream.failure:
            raise stream.failure

    def _stream(self, stream, anchoring, context) -> None:
        self.log.info("Streams from now on")
        self.role = STREAMS
        show_label(context)
        reported_at = time.monotonic()
        ends_at = reported_at + settings().genims_audit_run_minutes * 60
        while reported_at < ends_at and self._goes_on(stream):
            now = time.monotonic()
            if now - reported_at >= REPORT_SECONDS or now >= ends_at:
                self._report(stream, anchoring, now - reported_at, context)
                reported_at = now

    def _goes_on(self, stream) -> bool:
        """Wait a moment; then whether to continue."""
        time.sleep(LOOK_SECONDS)
        return stream.is_alive() and not self.killed

    def _report(self, stream, anchoring, seconds: float, context) -> None:
        from genims.audit.evidence.anchors_view import anchors_line
        from genims.audit.stream.live_view import table

        reports, anchors = [view.report(seconds) for view in stream.views.values()], anchoring.view.report()
        self.log.info("The last %.0f s:\n%s\n%s", seconds, table(reports), anchors_line(anchors))
        context["ti"].xcom_push(key=HEALTH_KEY, value=reports)
        context["ti"].xcom_push(key=ANCHORS_KEY, value=anchors)

    def on_kill(self) -> None:
        """Leave within a second; the next run reads again what is not committed."""
        self.killed = True
