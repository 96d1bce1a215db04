"""Change capture: bypassing it fails, or is found, named and repaired."""

import re
from contextlib import closing

import pytest

from genims.audit.capture.install import install
from genims.audit.capture.problems import problems
from tests.support.audit.capture_database import ITEM, STANDS_FOR, row

pytest_plugins = ["tests.support.audit.capture_fixtures"]

A = row("1", "a", "1.00")
INSERT = "trigger genims_audit_insert on public.item"


def test_switching_triggers_off_for_a_session_changes_nothing_and_is_noted(item):
    with closing(item.connect()) as session:
        session.execute("SET session_replication_role = replica")
        session.execute("INSERT INTO item VALUES (1, 'a', 1)")
        session.execute("ALTER TABLE item ADD COLUMN colour text")
        session.execute("ALTER TABLE item DROP COLUMN colour")
    events = item.events()
    assert [event.op for event in events] == ["I", "X", "S", "X", "S", "X"]
    assert (events[0].after, events[1].table) == (A, "session_replication_role")


def test_switching_triggers_off_in_the_middle_of_a_transaction_is_noted_once(item):
    with closing(item.connect()) as session, session.transaction():
        session.execute("INSERT INTO item VALUES (1, 'a', 1)")
        session.execute("SET session_replication_role = replica")
        session.execute("UPDATE item SET price = 2")
        session.execute("UPDATE item SET price = 3")
    assert [event.op for event in item.events()] == ["I", "U", "X", "U"]


def test_a_name_that_was_put_in_the_place_of_the_user_is_taken_away_by_platform_setup(item):
    item.owner.execute("ALTER TABLE genims_audit.event ALTER session_user_name SET DEFAULT 'nobody'")
    install(STANDS_FOR)
    item.events()
    item.owner.execute("INSERT INTO item VALUES (1, 'a', 1)")
    assert [author["session_user_name"] for author in item.authors()] == [item.session_user]


@pytest.mark.parametrize("action", ["DISABLE TRIGGER genims_audit_update", "DISABLE TRIGGER ALL",
                                    "ENABLE REPLICA TRIGGER genims_audit_update"])  # fmt: skip
def test_a_trigger_that_is_switched_off_is_put_back_at_once(item, action):
    item.owner.execute("INSERT INTO item VALUES (1, 'a', 1)")
    item.events()
    item.owner.execute(f"ALTER TABLE item {action}")
    item.owner.execute("UPDATE item SET price = 2")
    events = item.events()
    assert [event.op for event in events] == ["S", *"X" * (len(events) - 2), "U"]
    assert {event.after["object"] for event in events if event.op == "X"} >= {"trigger genims_audit_update"}
    assert problems(STANDS_FOR) == []


@pytest.mark.parametrize(
    ("alteration", "problem"),
    [
        ("ALTER TABLE item DISABLE TRIGGER genims_audit_insert", f"{INSERT} is disabled"),
        ("ALTER TABLE item ENABLE TRIGGER genims_audit_insert",
         f"{INSERT} can be switched off by session_replication_role"),
        ("ALTER TABLE item DISABLE TRIGGER genims_audit_insert;"
         "ALTER TABLE item ENABLE ALWAYS TRIGGER genims_audit_insert", f"{INSERT} was altered"),
        ("DROP TRIGGER genims_audit_insert ON item", f"{INSERT} is gone"),
        ("CREATE TRIGGER genims_audit_more AFTER INSERT ON item EXECUTE FUNCTION suppress_redundant_updates_trigger()",
         "trigger genims_audit_more on public.item was not put there by platform_setup"),
        (f"DROP TABLE item; {ITEM}", "table public.item is listed and not captured"),
        ("ALTER TABLE item ADD COLUMN colour text", "table public.item: its columns have changed, its capture has not"),
        ("ALTER EVENT TRIGGER genims_audit_drop DISABLE", "event trigger genims_audit_drop is disabled"),
        ("DROP EVENT TRIGGER genims_audit_drop", "event trigger genims_audit_drop is gone"),
        ("CREATE OR REPLACE FUNCTION genims_audit.note_replication_role() RETURNS void LANGUAGE sql AS ''",
         "function genims_audit.note_replication_role is not that of this release"),
        ("CREATE OR REPLACE FUNCTION genims_audit.object_states() RETURNS TABLE (relation oid, object text, state text)"
         " LANGUAGE sql AS 'SELECT * FROM genims_audit.seal'",
         "function genims_audit.object_states is not that of this release"),
        ("DO $$ BEGIN EXECUTE format('ALTER FUNCTION genims_audit.capture_%s() SECURITY INVOKER', "
         "'item'::regclass::oid); END $$", r"function genims_audit.capture_\d+\(\) on public.item was altered"),
        ("GRANT INSERT ON genims_audit.event TO public", "rights on event was altered"),
        ("ALTER TABLE genims_audit.event ALTER session_user_name SET DEFAULT 'nobody'",
         "defaults of event was altered"),
        ("ALTER TABLE genims_audit.event OWNER TO capture_stranger", "rights on event was altered"),
        ("ALTER ROLE capture_stranger SET session_replication_role = replica", "triggers are switched off by "
         "session_replication_role=replica, set for role capture_stranger in database any"),
        ("DELETE FROM genims_audit.captured_table", "table item: the list in the database is not that of this release"),
        ("DROP SCHEMA genims_audit CASCADE", "change capture is not installed"),
    ],
)  # fmt: skip
def test_whatever_is_altered_is_named_and_put_right_by_platform_setup(item, alteration, problem):
    assert problems(STANDS_FOR) == []
    with closing(item.connect()) as session:
        session.execute("SET event_triggers = off" if session.info.server_version >= 170000 else "SELECT")
        session.execute("ALTER EVENT TRIGGER genims_audit_ddl DISABLE")
        session.execute(alteration)
    found = problems(STANDS_FOR)
    assert any(re.fullmatch(problem, each) for each in found), found
    item.owner.execute("ALTER ROLE capture_stranger RESET session_replication_role")
    install(STANDS_FOR)
    item.owner.execute(f"DROP TABLE item; {ITEM}")
    assert problems(STANDS_FOR) == []
