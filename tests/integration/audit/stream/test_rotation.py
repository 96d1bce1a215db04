"""The reader's password is changed without a stop: docs/security.md, step by step."""

from __future__ import annotations

import os
from contextlib import closing

import psycopg
import pytest

from genims.audit.capture.install import install
from genims.core import connections
from genims.hooks.postgres import connect
from tests.support.audit.capture_database import STANDS_FOR, role
from tests.support.audit.streaming import WAITING, events_after, last_sequence, state, streaming
from tests.support.faults.faults import environment, until

pytest_plugins = ["tests.support.audit.capture_fixtures"]

NEW, PASSWORD = "genims_reader_2", "a new one"


@pytest.mark.usefixtures("platform")
def test_two_roles_take_turns_and_no_change_waits(item, source_server):
    old, number = os.environ["POSTGRES_USERNAME"], last_sequence(STANDS_FOR)

    def as_new():
        return environment(POSTGRES_SYNC_USERNAME=NEW, POSTGRES_SYNC_PASSWORD=PASSWORD)

    def is_on_record(name: str) -> bool:
        return any((event["after_values"] or {}).get("name") == name for event in events_after(STANDS_FOR, number))

    def change_is_delivered(name: str) -> None:
        with closing(item.connect()) as application:
            application.execute("INSERT INTO public.item VALUES (1, %s, 1)", (name,))
            application.execute("DELETE FROM public.item")
        until(lambda: is_on_record(name))
        until(lambda: item.owner.execute(WAITING).fetchone() == (0,))

    with role(source_server, NEW, f"LOGIN PASSWORD '{PASSWORD}'"):
        item.owner.execute(f"GRANT USAGE ON SCHEMA public TO {NEW}; GRANT {NEW} TO {old}")
        try:
            with streaming(STANDS_FOR) as stream:
                until(lambda: state(stream, STANDS_FOR) == "streaming")
                change_is_delivered("by the old role")
                with as_new():
                    install(STANDS_FOR)
                change_is_delivered("by the old role, as a member of the new one")
                assert state(stream, STANDS_FOR) == "streaming"
            with as_new(), streaming(STANDS_FOR) as stream:
                until(lambda: state(stream, STANDS_FOR) == "streaming")
                item.owner.execute(f"REVOKE {NEW} FROM {old}")
                change_is_delivered("by the new role")
            old_reader = connect(connections.connection(connections.source_id(STANDS_FOR)), "test")
            with old_reader as session, pytest.raises(psycopg.errors.InsufficientPrivilege):
                session.execute(WAITING)
        finally:
            install(STANDS_FOR)
            item.owner.execute(f"DROP OWNED BY {NEW}")
