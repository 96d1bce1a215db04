"""Change capture: a plain owner can install it, repeat it, be interrupted, and remove it."""

import secrets
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import psycopg
import pytest

from genims.audit.capture import install as installing
from genims.audit.capture import short_steps
from genims.audit.capture.install import install, remove
from genims.audit.capture.problems import problems
from genims.audit.capture.routing import CapturedTable
from genims.core.errors import PlatformError
from tests.support.audit.capture_database import ITEM, STANDS_FOR, capture_database, changes, role, row

A = row("1", "a", "1.00")


@pytest.fixture(scope="module")
def database(stack, source_server):
    """Captured by the owner of its tables, who may not make event triggers."""
    password = secrets.token_hex()
    with (
        role(source_server, "capture_owner", f"LOGIN PASSWORD '{password}'"),
        capture_database(source_server, "genims_capture_test", "capture_owner", password) as database,
    ):
        database.create(ITEM, "item")
        database.create("CREATE TABLE person (id int, salary int)", "person", mask=frozenset({"salary"}))
        yield database


@pytest.fixture
def item(database):
    """Its table, empty and as at first, and captured."""
    database.owner.execute(f"DROP TABLE item; {ITEM}")
    install(STANDS_FOR)
    database.events()
    return database


def test_without_event_triggers_a_changed_table_is_still_captured_as_it_is(item):
    execute = item.owner.execute
    execute("INSERT INTO item VALUES (1, 'a', 1)")
    execute("ALTER TABLE item ADD COLUMN colour text DEFAULT 'red'")
    execute("UPDATE item SET price = 2")
    execute("ALTER TABLE item DROP COLUMN name")
    execute("UPDATE item SET price = 3")
    execute("ALTER TABLE item RENAME COLUMN colour TO shade")
    execute("DELETE FROM item")
    assert changes(item) == [
        ("I", None, A),
        ("U", A | {"colour": "red"}, A | {"colour": "red", "price": "2.00"}),
        (
            "U",
            {"id": "1", "price": "2.00", "colour": "red"},
            {"id": "1", "price": "3.00", "colour": "red"},
        ),
        ("D", {"id": "1", "price": "3.00", "shade": "red"}, None),
    ]
    assert problems(STANDS_FOR) == ["table public.item: its columns have changed, its capture has not"]
    install(STANDS_FOR)
    assert problems(STANDS_FOR) == []


def test_without_event_triggers_a_new_column_is_masked_from_its_first_value_on(database):
    database.owner.execute("ALTER TABLE person ADD COLUMN bonus int")
    database.owner.execute("INSERT INTO person VALUES (1, 777777, 777777)")
    assert changes(database) == [("I", None, {"id": "1", "salary": "***", "bonus": "***"})]
    install(STANDS_FOR)
    assert problems(STANDS_FOR) == [
        "table person: column bonus is masked only because nobody has settled it: add it to mask or to clear"
    ]
    database.owner.execute("ALTER TABLE person DROP COLUMN bonus")
    install(STANDS_FOR)


def test_a_table_of_somebody_else_is_named_and_the_others_are_captured(item, source_server):
    with psycopg.connect(source_server, dbname=item.name, autocommit=True) as other:
        other.execute("CREATE TABLE foreign_table (id int)")
        item.tables["foreign_table"] = CapturedTable(domains=())
        item.tables["later"] = CapturedTable(domains=())
        item.owner.execute("CREATE TABLE later (id int)")
        with pytest.raises(PlatformError, match=r"capture_owner owns, found those of others: foreign_table\."):
            install(STANDS_FOR)
        assert problems(STANDS_FOR) == ["table public.foreign_table is listed and not captured"]
        del item.tables["foreign_table"], item.tables["later"]
        other.execute("DROP TABLE foreign_table")
    install(STANDS_FOR)
    assert problems(STANDS_FOR) == []
    item.owner.execute("INSERT INTO later VALUES (1)")
    assert item.events() == []


def test_installing_again_changes_nothing(item):
    state = (
        "SELECT * FROM genims_audit.seal UNION ALL SELECT 0, 'versions', count(*)::text FROM genims_audit.table_version"
    )
    before = set(item.owner.execute(state))
    install(STANDS_FOR)
    assert set(item.owner.execute(state)) == before
    assert item.events() == []


def test_what_an_earlier_release_left_behind_goes(item):
    item.owner.execute("CREATE FUNCTION genims_audit.trigger_body(text) RETURNS text LANGUAGE sql AS 'SELECT 1::text'")
    item.owner.execute("CREATE TABLE genims_audit.transaction (xid xid8)")
    assert problems(STANDS_FOR) == [
        "function genims_audit.trigger_body(text) was not put there by platform_setup",
        "rights on transaction was not put there by platform_setup",
    ]
    install(STANDS_FOR)
    assert problems(STANDS_FOR) == []


def test_an_outbox_of_an_earlier_release_is_replaced_once_it_is_delivered(item):
    item.owner.execute("ALTER TABLE genims_audit.event DROP COLUMN session_user_name; INSERT INTO item VALUES (1)")
    with pytest.raises(psycopg.errors.RaiseException, match="deliver them with that release"):
        install(STANDS_FOR)
    item.owner.execute("DELETE FROM genims_audit.event")
    install(STANDS_FOR)
    item.owner.execute("INSERT INTO item VALUES (2)")
    assert [author["session_user_name"] for author in item.authors()] == [item.session_user]


def test_two_may_install_at_the_same_time(item):
    remove(STANDS_FOR)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(install, [STANDS_FOR] * 4))
    assert problems(STANDS_FOR) == []


def test_a_table_in_use_holds_nobody_up_for_long_and_is_captured_the_next_time(item, monkeypatch):
    monkeypatch.setattr(short_steps, "PATIENCE_SECONDS", 1.5)
    remove(STANDS_FOR)
    with closing(item.connect()) as user, closing(item.connect()) as other, ThreadPoolExecutor(1) as pool:
        user.execute("BEGIN; INSERT INTO person VALUES (1, 1)")
        run = pool.submit(install, STANDS_FOR)
        other.execute("SET statement_timeout = '200ms'")
        while not run.done():
            other.execute("INSERT INTO person VALUES (2, 2)")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            run.result()
        assert "table public.person is listed and not captured" in problems(STANDS_FOR)
        user.execute("COMMIT")
    install(STANDS_FOR)
    assert problems(STANDS_FOR) == []


def test_what_is_removed_leaves_no_event_behind_undelivered(item):
    item.owner.execute("INSERT INTO item VALUES (1, 'a', 1)")
    remove(STANDS_FOR, by="anna")
    item.owner.execute("INSERT INTO item VALUES (2, 'b', 2)")
    remove(STANDS_FOR, by="somebody else")
    removal = {"event": "change capture was removed", "by": "anna"}
    assert changes(item) == [("I", None, A), ("X", None, removal)]
    assert problems(STANDS_FOR) == ["change capture was removed"]
    remove(STANDS_FOR)
    assert problems(STANDS_FOR) == ["change capture is not installed"]
    left = (
        r"SELECT tgname FROM pg_trigger WHERE tgname LIKE 'genims\_%' UNION ALL SELECT nspname FROM pg_namespace "
        r"WHERE nspname LIKE 'genims\_%' UNION ALL SELECT evtname FROM pg_event_trigger WHERE evtname LIKE 'genims\_%'"
    )
    assert item.owner.execute(left).fetchall() == []
    remove(STANDS_FOR)
    install(STANDS_FOR)
    assert problems(STANDS_FOR) == []


def test_an_install_that_is_interrupted_anywhere_is_finished_by_the_next(item, monkeypatch):
    steps = ["_put_schema", "_list_tables", "_put_event_triggers", "_capture_tables", "_drop_triggers", "_seal"]
    for step in steps:
        remove(STANDS_FOR)
        item.events()
        remove(STANDS_FOR)
        with monkeypatch.context() as patched:
            patched.setattr(installing, step, interrupt)
            with pytest.raises(KeyboardInterrupt):
                install(STANDS_FOR)
        assert problems(STANDS_FOR) != [], step
        install(STANDS_FOR)
        assert problems(STANDS_FOR) == [], step


def interrupt(*_):
    raise KeyboardInterrupt
