"""Change capture: it survives schema changes, which are events themselves, and a restore elsewhere."""

import os
import subprocess
from contextlib import closing

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from dev.stack.postgres import find_postgres
from genims.audit.capture.install import install
from genims.audit.capture.problems import problems
from tests.support.audit.capture_database import ITEM, STANDS_FOR, changes, row

pytest_plugins = ["tests.support.audit.capture_fixtures"]


def test_a_changed_table_is_captured_as_it_is_from_then_on(item):
    execute = item.owner.execute
    execute("INSERT INTO item VALUES (1, 'a', 1)")
    execute("ALTER TABLE item ADD COLUMN colour text DEFAULT 'red'")
    execute("UPDATE item SET price = 2")
    execute("ALTER TABLE item RENAME COLUMN colour TO shade")
    execute("UPDATE item SET price = 3")
    execute("ALTER TABLE item DROP COLUMN shade, ALTER COLUMN price TYPE int")
    execute("UPDATE item SET price = 4")
    execute("ALTER TABLE item RENAME TO thing")
    execute("UPDATE thing SET price = 5")
    execute("ALTER TABLE thing RENAME TO item; ALTER TABLE item ALTER COLUMN price TYPE numeric(10,2)")
    events = item.events()
    updates = [event for event in events if event.op == "U"]
    assert updates[0].before == row("1", "a", "1.00") | {"colour": "red"}
    assert [event.after for event in updates] == [
        row("1", "a", "2.00") | {"colour": "red"},
        row("1", "a", "3.00") | {"shade": "red"},
        row("1", "a", "4"),
        row("1", "a", "5"),
    ]
    assert {event.table for event in updates} == {"item"}
    assert [event.after["query"] for event in events if event.op == "S"][:2] == [
        "ALTER TABLE item ADD COLUMN colour text DEFAULT ***",
        "ALTER TABLE item RENAME COLUMN colour TO shade",
    ]


def test_a_listed_table_that_is_made_again_is_captured(item):
    item.owner.execute("DROP TABLE item")
    item.owner.execute(ITEM)
    item.owner.execute("INSERT INTO item VALUES (1, 'a', 1)")
    events = item.events()
    assert [(event.op, event.table) for event in events if event.op in "SI"] == [
        ("S", "public.item"), ("S", "public.item"), ("S", "public.item_pkey"), ("I", "item"),
    ]  # fmt: skip
    assert events[0].after["command_tag"] == "DROP TABLE"
    assert problems(STANDS_FOR) == []


@pytest.mark.parametrize(
    ("statement", "op", "query"),
    [
        ("CREATE INDEX ON item (name)", "S", "CREATE INDEX ON item (name)"),
        ("DROP INDEX item_name_idx", "S", "DROP INDEX item_name_idx"),
        ("CREATE INDEX CONCURRENTLY later ON item (name)", "S", "CREATE INDEX CONCURRENTLY later ON item (name)"),
        ("/* ticket 7 */ COMMENT ON TABLE item IS 'x'", "S", "COMMENT ON TABLE item IS ***"),
        ("GRANT SELECT ON item TO public", "P", "GRANT SELECT ON item TO public"),
        ("REVOKE SELECT ON item FROM public", "P", "REVOKE SELECT ON item FROM public"),
        ("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO public", "P",
         "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO public"),
        ("ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM public", "P",
         "ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM public"),
        ("SELECT 777777; CREATE VIEW v AS SELECT 1", "S", None),
        ("DROP VIEW v; SELECT 777777", "S", None),
        ("DO $$ BEGIN CREATE VIEW v AS SELECT 777777; DROP VIEW v; END $$", "S", None),
        ("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1; SELECT 2'", "S",
         "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS ***"),
        ("DROP FUNCTION f()", "S", "DROP FUNCTION f()"),
        ("CREATE TEMP TABLE t (a int)", None, None),
    ],
)  # fmt: skip
def test_schema_and_permission_changes_are_events(item, statement, op, query):
    item.owner.execute(statement)
    events = item.events()
    assert {event.op for event in events} == ({op} if op else set())
    assert {event.after["query"] for event in events} == ({query} if op else set())


UNSEEN = [
    "RENAME body TO text",
    "RENAME secret TO text",
    "DROP body",
    "DROP secret",
    "DROP number",
    "RENAME number TO amount",
    "ADD more text",
    "ALTER secret TYPE varchar(50)",
]


@pytest.mark.parametrize("change", UNSEEN)
def test_a_change_that_no_event_trigger_sees_stops_nobody_and_shows_nothing(database, change):
    columns = "id int PRIMARY KEY, body text, number int, secret text"
    database.create(f"CREATE TABLE visitor ({columns})", "visitor", mask={"secret"})
    with closing(database.connect()) as session:
        session.execute("INSERT INTO visitor VALUES (1, 'a', 1, 'Kanarienvogel')")
        session.execute("ALTER EVENT TRIGGER genims_audit_ddl DISABLE")
        session.execute(f"ALTER TABLE visitor {change}")
        session.execute("UPDATE visitor SET id = 2")
        session.execute("INSERT INTO visitor (id) VALUES (3), (4)")
        session.execute("DELETE FROM visitor")
        session.execute("ALTER EVENT TRIGGER genims_audit_ddl ENABLE ALWAYS")
    events = [event for event in database.events() if event.op in "IUD"]
    assert [(event.op, (event.after or event.before)["id"]) for event in events] == [
        ("I", "1"), ("U", "2"), ("I", "3"), ("I", "4"), ("D", "2"), ("D", "3"), ("D", "4"),
    ]  # fmt: skip
    assert "Kanarienvogel" not in repr(events)
    present = {name for (name,) in database.owner.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = 'visitor'::regclass AND attnum > 0 AND NOT attisdropped"
    )}  # fmt: skip
    assert events[1].after.keys() == present
    database.owner.execute("DROP TABLE visitor")
    del database.tables["visitor"], database.declared["visitor"]
    database.owner.execute("DELETE FROM genims_audit.known_column")
    install(STANDS_FOR)
    database.events()
    assert problems(STANDS_FOR) == []


def test_whether_a_table_has_changed_is_not_asked_for_every_statement(item):
    with closing(item.connect()) as session:
        session.execute("BEGIN; SET LOCAL track_functions = 'all'")
        session.execute("INSERT INTO item VALUES (1, 'a', 0)")
        for price in range(20):
            session.execute(f"UPDATE item SET price = {price}")
        asked = "SELECT coalesce(sum(calls), 0) FROM pg_stat_xact_user_functions WHERE funcname = 'has_form'"
        # Once, and again where autovacuum has been at the table meanwhile: not for each of the 21 statements.
        assert 1 <= session.execute(asked).fetchone()[0] <= 5
        session.execute("ROLLBACK")


@pytest.fixture
def elsewhere(database, source_server):
    """A foreign server, which is this one, with a table."""
    parts = conninfo_to_dict(source_server)
    database.owner.execute("RESET ROLE; CREATE EXTENSION postgres_fdw")
    for statement in (
        "CREATE SERVER elsewhere FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host {host}, port {port}, dbname {dbname})",
        "CREATE USER MAPPING FOR CURRENT_USER SERVER elsewhere OPTIONS (user {user}, password {password})",
    ):
        values = {name: sql.Literal(value) for name, value in (parts | {"dbname": database.name}).items()}
        database.owner.execute(sql.SQL(statement).format(**values))
    database.owner.execute("CREATE TABLE far_away (id int, place text)")
    yield "SERVER elsewhere OPTIONS (table_name 'far_away')"
    database.owner.execute("DROP TABLE IF EXISTS visitor, far_away CASCADE; DROP EXTENSION postgres_fdw CASCADE")
    database.owner.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(database.installer)))
    del database.tables["visitor"], database.declared["visitor"]
    install(STANDS_FOR)
    database.events()


@pytest.mark.parametrize("is_parted", [True, False])
def test_a_foreign_part_of_a_table_refuses_no_statement_and_is_captured(database, elsewhere, is_parted):
    execute = database.owner.execute
    parted, near, far = ("PARTITION BY LIST (place)", "PARTITION OF visitor FOR VALUES IN ('near')",
                         "PARTITION OF visitor FOR VALUES IN ('far')") if is_parted else (
                         "", "() INHERITS (visitor)", "() INHERITS (visitor)")  # fmt: skip
    database.create(f"CREATE TABLE visitor (id int, place text) {parted}", "visitor")
    execute(f"CREATE TABLE visitor_near {near}")
    execute("INSERT INTO visitor_near VALUES (1, 'near')")
    execute(f"CREATE FOREIGN TABLE visitor_far {far} {elsewhere}")
    execute("INSERT INTO visitor_far VALUES (2, 'far')")
    execute("UPDATE visitor SET id = id + 10")
    execute("DELETE FROM visitor WHERE id = 12")
    found = [each for each in changes(database) if each[0] in "IUD"]
    assert {(op, before and before["id"], after and after["id"]) for op, before, after in found} == {
        ("I", None, "1"), ("I", None, "2"), ("U", "1", "11"), ("U", "2", "12"), ("D", "12", None),
    }  # fmt: skip
    install(STANDS_FOR)
    assert problems(STANDS_FOR) == []


@pytest.fixture
def restored(item, source_server, monkeypatch):
    """A session in another database, restored from a dump of the captured one."""
    item.owner.execute("INSERT INTO item VALUES (1, 'a', 1)")
    with psycopg.connect(source_server, dbname="postgres", autocommit=True) as admin:
        admin.execute("DROP DATABASE IF EXISTS genims_capture_restored WITH (FORCE)")
        admin.execute("CREATE DATABASE genims_capture_restored")
        parts = conninfo_to_dict(source_server)
        # The password goes by the environment: everybody can read a command line.
        secret = os.environ | {"PGPASSWORD": parts.pop("password")}
        programs, server = find_postgres(), make_conninfo(**parts)
        dump = [programs / "pg_dump", "--format=custom", f"--dbname={server} dbname={item.name}"]
        dumped = subprocess.run(dump, env=secret, capture_output=True, check=True).stdout
        restore = [programs / "pg_restore", "--exit-on-error", f"--dbname={server} dbname=genims_capture_restored"]
        subprocess.run(restore, env=secret, input=dumped, capture_output=True, check=True)
        monkeypatch.setenv(f"POSTGRES_{STANDS_FOR.upper()}_DB", "genims_capture_restored")
        with psycopg.connect(source_server, dbname="genims_capture_restored", autocommit=True) as session:
            yield session
        admin.execute("DROP DATABASE genims_capture_restored WITH (FORCE)")


def test_a_restored_database_goes_on_capturing_and_platform_setup_makes_it_its_own(restored):
    captured = "SELECT op::text, after[1] FROM genims_audit.event WHERE op <> 'X' ORDER BY seq"
    restored.execute("INSERT INTO item VALUES (2, 'b', 2)")
    assert restored.execute(captured).fetchall() == [("I", "(1,a,1.00)"), ("I", "(2,b,2.00)")]
    assert "table public.item is listed and not captured" in problems(STANDS_FOR)
    install(STANDS_FOR)
    assert problems(STANDS_FOR) == []
    restored.execute("DELETE FROM genims_audit.event")
    restored.execute("ALTER TABLE item ADD COLUMN colour text; INSERT INTO item VALUES (3, 'c', 3, 'red')")
    assert restored.execute(captured + " DESC LIMIT 1").fetchall() == [("I", "(3,c,3.00,red)")]
    relations = restored.execute("SELECT relation::regclass::text FROM genims_audit.captured_relation").fetchall()
    assert relations == [("item",)]
