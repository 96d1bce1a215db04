"""Puts on record which sources are lost for longer than promised, once each, and when they are back.

What is known outlives the process: since when a source is lost is kept beside its position, and whether that is on
record already is told by the record itself.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from MySQLdb import OperationalError
from MySQLdb.connections import Connection
from MySQLdb.constants import ER

from genims.audit.format.event import AuditEvent
from genims.audit.stream.incidents import seen
from genims.audit.stream.live_view import SourceView
from genims.core.settings import settings

log = logging.getLogger(__name__)

LOST, BACK = "source_lost", "source_back"

LOST_SINCE = "SELECT lost_since FROM audit_sequence_manager WHERE source_database = %s"

KEEP = "UPDATE audit_sequence_manager SET lost_since = %s WHERE source_database = %s"

LAST_SAID = """
SELECT event_type, audit_timestamp
FROM security_events
WHERE source_database = %s AND event_type IN ('source_lost', 'source_back')
ORDER BY audit_sequence DESC
LIMIT 1
"""


@dataclass
class _Known:
    """What is on record of a source: since when it is lost (UTC), and whether security_events says so."""

    since: datetime | None
    is_said: bool


class Outages:
    """Follows the outages of the sources that a writer has.

    :param session: of the audit writer; used inside the methods alone, without a transaction.
    :param views: the figures of the sources, which say since when each is lost.
    """

    def __init__(self, session: Connection, views: Mapping[str, SourceView]):
        self.session = session
        self.views = views
        self._known: dict[str, _Known] = {}

    def begin(self, source: str) -> None:
        """Read what is on record of a source; an outage that began before this process goes on.

        :param source: its short name.
        """
        with self.session.cursor() as cursor:
            since = None
            try:
                cursor.execute(LOST_SINCE, (source,))
                (since,) = cursor.fetchone() or (None,)
            except OperationalError as error:
                if error.args[0] != ER.BAD_FIELD_ERROR:
                    raise
                log.warning("audit_sequence_manager has no column lost_since: run platform_setup.")
            cursor.execute(LAST_SAID, (source,))
            said, at = cursor.fetchone() or (BACK, None)
        self.session.commit()
        since = since or (at if said == LOST else None)
        self._known[source] = _Known(since, said == LOST)
        self.views[source].lost_since = self.views[source].lost_since or since

    def changed(self, now: datetime) -> list[str]:
        """The sources for which ``keep`` has something to do.

        :param now: UTC, without time zone.
        """
        return [source for source in self._known if self._is_new(source, now)]

    def keep(self, source: str, now: datetime) -> AuditEvent | None:
        """Keep since when a source is lost; returns the event that its ledger is to append, if there is one.

        :param source: one of ``changed``.
        :param now: UTC, without time zone.
        """
        known, view = self._known[source], self.views[source]
        event = None
        if view.lost_since is None:
            if known.is_said:
                event = _back(source, known.since or now, now)
            known.is_said = False
        elif not known.is_said and now - view.lost_since >= promised():
            event = _lost(source, view, now)
            known.is_said = True
        if known.since != view.lost_since:
            known.since = view.lost_since
            self._store(source, known.since)
        return event

    def _is_new(self, source: str, now: datetime) -> bool:
        known, since = self._known[source], self.views[source].lost_since
        is_over_time = since is not None and not known.is_said and now - since >= promised()
        return known.since != since or is_over_time

    def _store(self, source: str, since: datetime | None) -> None:
        try:
            with self.session.cursor() as cursor:
                cursor.execute(KEEP, (since, source))
            self.session.commit()
        except OperationalError as error:
            if error.args[0] != ER.BAD_FIELD_ERROR:
                raise
            self.session.rollback()


def promised() -> timedelta:
    """How long a server may be lost before that is an event."""
    return timedelta(seconds=settings().genims_audit_lost_seconds)


def _lost(source: str, view: SourceView, now: datetime) -> AuditEvent:
    what = f"Lost since {view.lost_since:%Y-%m-%d %H:%M:%S} UTC, longer than {promised()}: {view.state}"
    log.error("%s: %s. It is on record in security_events, and its end will be.", source, what)
    return seen(source, LOST, what, view.lost_since)


def _back(source: str, since: datetime, now: datetime) -> AuditEvent:
    what = f"Followed again, after {timedelta(seconds=round((now - since).total_seconds()))}: lost since {since} UTC"
    log.warning("%s: %s. It is on record in security_events.", source, what)
    return seen(source, BACK, what, now, severity="info")
