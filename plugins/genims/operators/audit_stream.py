"""The task that streams the audit trail: it runs until its time is over or somebody stops it."""

from __future__ import annotations

import gc
import sys
import time

from airflow.sdk import BaseOperator

from genims.core.settings import settings

REPORT_SECONDS = 60
# The supervisor kills a task that is still there 5 s after on_kill.
LOOK_SECONDS = 0.2
SWITCH_SECONDS = 0.001
# Objects between two searches for garbage. Events on their way are many and live for a moment, none of them in a cycle.
COLLECT_OBJECTS = 50_000
HEALTH_KEY = "health"
ANCHORS_KEY = "anchors"


def make_ready() -> None:
    """Let this process stream: its threads take turns more often, it seldom looks for garbage, and never in what is
    imported by now."""
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.freeze()
    gc.set_threshold(COLLECT_OBJECTS)


class AuditStreamOperator(BaseOperator):
    """Stream the changes of some source databases into the audit tables, for as long as a run lasts.

    As long as another task streams the same sources, this one waits with everything ready, and takes over at once.
    Every minute the figures of each source go to the log, and as JSON to the XCom ``health``; those of the anchors of
    closed blocks to the XCom ``anchors``. Safe to kill at any time: the next run goes on from the last commit in MySQL.

    :param sources: short names of the source databases.
    """

    def __init__(self, *, sources: list[str], **kwargs):
        super().__init__(**kwargs)
        self.sources = sources
        # No threading.Event: on_kill interrupts this thread, which may hold the Event's lock just then.
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
        reported_at = time.monotonic()
        ends_at = reported_at + settings().genims_audit_run_minutes * 60
        while reported_at < ends_at and self._goes_on(stream):
            now = time.monotonic()
            if now - reported_at >= REPORT_SECONDS or now >= ends_at:
                self._report(stream, anchoring, now - reported_at, context)
                reported_at = now

    def _goes_on(self, stream) -> bool:
        """Whether it still is to stream, a moment later."""
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
        """Leave within a second; what is not committed is read again by the next run."""
        self.killed = True
