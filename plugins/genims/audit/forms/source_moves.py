"""Moves of a source database to another cluster, as by dump and restore, and sources that were set back."""

from __future__ import annotations

import logging
from contextlib import closing

from airflow.sdk.exceptions import AirflowNotFoundException

from genims.audit.forms.form import Form
from genims.audit.forms.two_persons import decide
from genims.core import connections
from genims.core.errors import FormRefused
from genims.hooks.mysql import GenimsMySqlHook
from genims.hooks.postgres import connect

log = logging.getLogger(__name__)

ACT = "source_moved"

LAST_DELIVERED = "SELECT cluster_id, last_source_sequence FROM audit_sequence_manager WHERE source_database = %s"

# What a cluster says of itself, and the number that the outbox has given last.
STATE = """
SELECT
    (SELECT system_identifier::text FROM pg_control_system()),
    CASE WHEN has_sequence_privilege('genims_audit.event_seq_seq', 'SELECT')
        THEN pg_sequence_last_value('genims_audit.event_seq_seq') END
"""

# Only ever forwards, to the row of the outbox that the number is in: rows are a hundred numbers apart.
ADVANCE = """
SELECT setval('genims_audit.event_seq_seq', %(number)s - (%(number)s - 1) %% 100)
FROM genims_audit.event_seq_seq
WHERE last_value < %(number)s - (%(number)s - 1) %% 100
"""


def move(form: Form) -> str:
    """Ask that the stream follows a source in the cluster that its connection names now; confirm or decline it.

    A confirmation also makes the outbox go on behind the last delivered number, so that none is given again.

    :param form: with the short name of the ``source``, a key of TWO_PERSON_STEPS as ``decision``, and ``reason``.
    :returns: the step entered.
    :raises FormRefused: capture is not installed there, the source has neither moved nor was set back, or as for
        ``two_persons.decide``.
    :raises psycopg.OperationalError: the source does not answer.
    """
    source = form.fields["source"]
    old, last_number = _last_delivered(source)
    new, number_there = _state(source)
    is_behind = number_there is not None and last_number is not None and number_there + 100 <= last_number
    if form.fields["decision"] == "request" and old in (None, new) and not is_behind:
        raise FormRefused(
            f"{source}: expected another PostgreSQL cluster than {old}, or one that was set back, found {new}: there "
            "is nothing to confirm."
        )
    step = decide(form, ACT, source, {"from": old, "to": new}, {"last_number": number_there})
    if step == "confirmed" and last_number is not None:
        _advance(source, last_number)
    return step


def _last_delivered(source: str) -> tuple[str | None, int | None]:
    """The cluster of a source as the stream knows it, and the greatest number of its own that is delivered."""
    with closing(GenimsMySqlHook(connections.AUDIT).get_conn()) as connection, connection.cursor() as cursor:
        cursor.execute(LAST_DELIVERED, (source,))
        return cursor.fetchone() or (None, None)


def _state(source: str) -> tuple[str, int | None]:
    with connect(connections.connection(connections.source_id(source)), "genims_source_moved") as session:
        if session.execute("SELECT to_regclass('genims_audit.event')").fetchone() == (None,):
            raise FormRefused(f"{source}: expected change capture in {session.info.dbname}: run platform_setup first.")
        return session.execute(STATE).fetchone()


def _advance(source: str, number: int) -> None:
    """Let the outbox go on behind a number, as the user that installs change capture: the streaming one may not."""
    try:
        owner = connections.connection(connections.capture_id(source))
    except AirflowNotFoundException:
        log.warning(
            "%s: no connection of a user that installs change capture. Let the owner of genims_audit run: SELECT "
            "setval('genims_audit.event_seq_seq', %s)",
            source,
            number - (number - 1) % 100,
        )
        return
    with connect(owner, "genims_source_moved") as session:
        if session.execute(ADVANCE, {"number": number}).fetchone():
            log.info("%s: the outbox goes on behind number %s, the last that is delivered.", source, number)
