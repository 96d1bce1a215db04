"""What the log of the stream says of anchors."""

from __future__ import annotations

from datetime import timedelta

from genims.audit.evidence import anchors_view
from genims.audit.evidence.anchors_view import AnchorsView, anchors_line


def test_the_live_view_says_what_becomes_of_the_anchors(monkeypatch):
    view = AnchorsView()
    view.anchored(12, timedelta(seconds=31), [])
    view.anchored(1, timedelta(seconds=4), [])
    line = anchors_line(view.report())
    assert line == "anchors in Blob Storage: 13 blocks, at most 31 s after they were closed; up to date"
    view.begins()
    assert view.state == "up to date"
    monkeypatch.setattr(anchors_view, "PATIENCE", timedelta())
    assert (since := view.state).endswith(" UTC: no answer yet")
    view.failed(OSError("no\nroute"))
    view.begins()
    assert view.report() == {
        "blocks": 0,
        "worst_delay_seconds": 0,
        "state": since.replace("no answer yet", "no route"),
    }
    view.anchored(0, timedelta(), ["erp: set back"])
    assert view.state == "erp: set back"
