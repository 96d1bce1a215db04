"""The task that streams the audit trail: it runs until its time is over or somebody stops it."""

from __future__ import annotations

import gc
import sys
import threading
import time

from airflow.sdk import BaseOperator

from genims.settings import settings

REPORT_SECONDS = 60
# The supervisor kills a task that is still there 5 s after on_kill.
LOOK_SECONDS = 0.5
SWITCH_SECONDS = 0.001
HEALTH_KEY = "health"
ANCHORS_KEY = "anchors"


def make_ready() -> None:
    """Let this process stream: its threads take turns more often, and what is imported by now is never garbage."""
    sys.setswitchinterval(SWITCH_SECONDS)
    gc.freeze()


class AuditStreamOperator(BaseOperator):
    """Stream the changes of some source databases into the audit tables.

    Every minute the figures of each source go to the log, and as JSON to the XCom ``health``; those of the anchors of
    closed blocks to the XCom ``anchors``. Safe to kill at any time: the next run goes on from the last commit in MySQL.

    :param sources: short names of the source databases.
    """

    def __init__(self, *, sources: list[str], **kwargs):
        super().__init__(**kwargs)
        self.sources = sources

    def execute(self, context) -> None:
        # Imported here, because the drivers would slow down every parse of the DAG file.
        from genims.audit.anchoring import Anchoring
        from genims.audit.stream import AuditStream

        make_ready()
        self.stopping = threading.Event()
        ends_at = time.monotonic() + settings().genims_audit_run_minutes * 60
        stream, anchoring = AuditStream(self.sources), Anchoring()
        stream.start()
        anchoring.start()
        reported_at = time.monotonic()
        try:
            while stream.is_alive() and not self.stopping.wait(LOOK_SECONDS):
                now = time.monotonic()
                if now - reported_at >= REPORT_SECONDS or now >= ends_at:
                    self._report(stream, anchoring, now - reported_at, context)
                    reported_at = now
                if now >= ends_at:
                    break
        finally:
            anchoring.stop()
            stream.stop()
        if stream.failure:
            raise stream.failure

    def _report(self, stream, anchoring, seconds: float, context) -> None:
        from genims.audit.live_view import anchors_line, table

        reports, anchors = [view.report(seconds) for view in stream.views.values()], anchoring.view.report()
        self.log.info("The last %.0f s:\n%s\n%s", seconds, table(reports), anchors_line(anchors))
        context["ti"].xcom_push(key=HEALTH_KEY, value=reports)
        context["ti"].xcom_push(key=ANCHORS_KEY, value=anchors)

    def on_kill(self) -> None:
        """Leave within a second; what is not committed is read again by the next run."""
        if hasattr(self, "stopping"):
            self.stopping.set()
