"""Change capture: a mask follows its column through every schema change, and no text of a statement has values."""

from contextlib import closing

import pytest

from genims.audit.capture.install import install
from genims.audit.capture.problems import problems
from tests.support.audit.capture_database import STANDS_FOR, everything_written

pytest_plugins = ["tests.support.audit.capture_fixtures"]

CANARY = "Kanarienvogel-4711"
PERSON = "CREATE TABLE person (id int PRIMARY KEY, name text, secret text)"


@pytest.fixture
def person(database):
    """A captured table with a masked column, made anew."""
    database.owner.execute("DROP SCHEMA IF EXISTS other CASCADE; CREATE SCHEMA other")
    database.owner.execute("DELETE FROM genims_audit.known_column")
    database.create(PERSON, "person", mask=frozenset({"secret"}))
    yield database
    captured = "SELECT relation::regclass::text FROM genims_audit.captured_relation WHERE table_name = 'person'"
    for (table,) in database.owner.execute(captured).fetchall():
        database.owner.execute(f"DROP TABLE IF EXISTS {table} CASCADE")
    database.owner.execute("DROP TABLE IF EXISTS person, person_old, copy, base, staff CASCADE")
    del database.tables["person"], database.declared["person"]
    install(STANDS_FOR)
    database.events()
    assert problems(STANDS_FOR) == []


CHANGES = {
    "rename": "ALTER TABLE person RENAME secret TO x; UPDATE person SET name = 'b'",
    "rename to a declared name": (
        "ALTER TABLE person RENAME name TO n; ALTER TABLE person RENAME secret TO name; UPDATE person SET n = 'b'"
    ),
    "swap of names": (
        "ALTER TABLE person RENAME name TO n; ALTER TABLE person RENAME secret TO name;"
        "ALTER TABLE person RENAME n TO secret; UPDATE person SET id = 2"
    ),
    "retype": (
        "ALTER TABLE person ALTER secret TYPE varchar(100); UPDATE person SET name = 'b';"
        "ALTER TABLE person ALTER secret TYPE json USING to_json(secret); UPDATE person SET name = 'c'"
    ),
    "drop and add": (
        "ALTER TABLE person DROP secret; ALTER TABLE person ADD secret text; UPDATE person SET secret = '{c}'"
    ),
    "add another": "ALTER TABLE person ADD note text; UPDATE person SET note = secret",
    "rename, drop and add": (
        "ALTER TABLE person RENAME secret TO x; ALTER TABLE person DROP x; ALTER TABLE person ADD x text;"
        "UPDATE person SET x = '{c}'"
    ),
    "key": "ALTER TABLE person DROP CONSTRAINT person_pkey, ADD PRIMARY KEY (secret, id); UPDATE person SET name = 'b'",
    "table renamed": (
        "ALTER TABLE person RENAME TO staff; ALTER TABLE staff RENAME secret TO x; UPDATE staff SET id = 3"
    ),
    "another schema": "ALTER TABLE person SET SCHEMA other; UPDATE other.person SET id = 3",
    "copied and put in its place": (
        "ALTER TABLE person RENAME secret TO x; CREATE TABLE copy (LIKE person INCLUDING ALL);"
        "INSERT INTO copy SELECT * FROM person; ALTER TABLE person RENAME TO person_old;"
        "ALTER TABLE copy RENAME TO person; UPDATE person SET id = 4; DELETE FROM person_old"
    ),
    "copied under a declared name and put in its place": (
        "ALTER TABLE person RENAME name TO n; ALTER TABLE person RENAME secret TO name;"
        "CREATE TABLE copy AS SELECT * FROM person; DROP TABLE person; ALTER TABLE copy RENAME TO person;"
        "UPDATE person SET id = 4"
    ),
    "computed": (
        "ALTER TABLE person ADD shown text GENERATED ALWAYS AS (upper(secret) || secret) STORED;"
        "UPDATE person SET id = 5; ALTER TABLE person ALTER shown DROP EXPRESSION; UPDATE person SET id = 6;"
        "ALTER TABLE person RENAME shown TO name2; UPDATE person SET id = 7"
    ),
    "child": (
        "CREATE TABLE staff (title text, boss text) INHERITS (person); INSERT INTO staff VALUES (8, 'n', '{c}', '{c}');"
        "ALTER TABLE person RENAME secret TO x; UPDATE person SET name = 'z'; UPDATE staff SET name = 'y';"
        "DELETE FROM person"
    ),
    "child that is let go": (
        "CREATE TABLE staff () INHERITS (person); INSERT INTO staff VALUES (8, 'n', '{c}');"
        "ALTER TABLE staff NO INHERIT person; ALTER TABLE staff RENAME secret TO y; UPDATE staff SET id = 9"
    ),
    "child of an open table": (
        "CREATE TABLE base (id int NOT NULL, secret text); ALTER TABLE person INHERIT base; UPDATE base SET id = 11;"
        "UPDATE person SET id = 12; DELETE FROM base"
    ),
    "view": "CREATE VIEW v AS SELECT id, name, secret AS shown FROM person; UPDATE v SET shown = '{c}2'; DELETE FROM v",
    "view in its place": (
        "ALTER TABLE person RENAME TO base; CREATE VIEW person AS SELECT id, name, secret AS shown FROM base;"
        "UPDATE person SET shown = '{c}2'; DROP VIEW person"
    ),
    "composite": "CREATE TYPE c AS (a text, b text); ALTER TABLE person ALTER secret TYPE c USING ROW(secret, NULL)::c;"
    "UPDATE person SET id = 13; ALTER TABLE person ALTER secret TYPE text USING (secret).a; DROP TYPE c",
    "trigger": (
        "CREATE FUNCTION tg() RETURNS trigger LANGUAGE plpgsql AS "
        "$t$ BEGIN NEW.secret := '{c}' || NEW.id; RETURN NEW; END $t$;"
        "CREATE TRIGGER tg BEFORE UPDATE ON person FOR EACH ROW EXECUTE FUNCTION tg(); UPDATE person SET id = 14;"
        "DROP TRIGGER tg ON person; DROP FUNCTION tg()"
    ),
    "rule": (
        "CREATE RULE r AS ON UPDATE TO person DO ALSO DELETE FROM person WHERE secret = '{c}';UPDATE person SET id = 2"
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_no_masked_value_is_ever_written_in_clear(person, change):
    with closing(person.connect()) as session:
        session.execute("INSERT INTO person VALUES (1, 'a', %s)", [CANARY])
        for statement in CHANGES[change].replace("{c}", CANARY).split(";\x00"):
            session.execute(statement)
    written = everything_written(person)
    assert "***" in written
    assert CANARY.lower() not in written.lower()


PARTS = (
    "CREATE TABLE parted (id int, secret text, name text) PARTITION BY RANGE (id);"
    "CREATE TABLE parted_1 (name text, x int, secret text, id int); ALTER TABLE parted_1 DROP x;"
    "ALTER TABLE parted ATTACH PARTITION parted_1 FOR VALUES FROM (0) TO (10);"
    "CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (10) TO (20) PARTITION BY LIST (id);"
    "CREATE TABLE parted_2a PARTITION OF parted_2 DEFAULT"
)


def test_masks_follow_through_partitions(database):
    database.create(PARTS, "parted", mask=frozenset({"secret"}))
    for statement in (
        f"INSERT INTO parted VALUES (1, '{CANARY}', 'a'), (12, '{CANARY}', 'b')",
        "ALTER TABLE parted RENAME secret TO x",
        "UPDATE parted SET name = 'c'",
        "UPDATE parted_1 SET name = 'd'",
        "UPDATE parted_2a SET name = 'd'",
        "UPDATE parted SET id = id + 1",
        "ALTER TABLE parted DETACH PARTITION parted_2",
        "ALTER TABLE parted_2 RENAME x TO y",
        "UPDATE parted_2 SET name = 'e'",
        f"CREATE TABLE parted_3 (id int, x text, name text); INSERT INTO parted_3 VALUES (21, '{CANARY}', 'n')",
        "ALTER TABLE parted ATTACH PARTITION parted_3 FOR VALUES FROM (20) TO (30)",
        "UPDATE parted_3 SET name = 'f'",
        "DELETE FROM parted",
    ):
        database.owner.execute(statement)
    written = everything_written(database)
    assert CANARY not in written
    assert written.count("***") > 8
    database.owner.execute("DROP TABLE parted, parted_2")
    del database.tables["parted"]
    install(STANDS_FOR)
    database.events()


def test_what_is_not_settled_is_masked_and_named(person):
    person.owner.execute("ALTER TABLE person ADD note text; INSERT INTO person VALUES (1, 'a', 's', 'n')")
    assert person.events()[-1].after["note"] == "***"
    assert problems(STANDS_FOR) == [
        "table person: column note is masked only because nobody has settled it: add it to mask or to clear"
    ]
    settle(person, mask={"secret"}, clear={"note"})
    assert problems(STANDS_FOR) == []
    person.owner.execute("UPDATE person SET id = 2")
    assert person.events()[-1].after == {"id": "2", "name": "a", "secret": "***", "note": "n"}


def test_a_renamed_column_is_named_until_the_list_follows(person):
    person.owner.execute("ALTER TABLE person RENAME secret TO x; INSERT INTO person VALUES (1, 'a', 's')")
    install(STANDS_FOR)
    assert problems(STANDS_FOR) == ["table person: the mask secret matches no column; that column is named x now"]
    # Named clear for another column, long ago: it is masked still.
    settle(person, mask={"secret"}, clear={"x"})
    person.owner.execute("UPDATE person SET id = 2")
    assert person.events()[-1].after == {"id": "2", "name": "a", "x": "***"}
    settle(person, mask={"x"})
    assert problems(STANDS_FOR) == []
    person.owner.execute("UPDATE person SET id = 3")
    assert person.events()[-1].after == {"id": "3", "name": "a", "x": "***"}
    settle(person, clear={"x"})
    assert problems(STANDS_FOR) == []
    person.owner.execute("UPDATE person SET id = 4")
    assert person.events()[-1].after == {"id": "4", "name": "a", "x": "s"}


def settle(database, **settled: set[str]) -> None:
    """What platform_setup does after the list has been changed."""
    listed = {name: frozenset(columns) for name, columns in settled.items()}
    database.tables["person"] = database.tables["person"].model_copy(update={"mask": frozenset(), **listed})
    install(STANDS_FOR)


STATEMENTS = [
    "CREATE TABLE copy AS SELECT * FROM item WHERE name = '{c}' OR id = 4711",
    "CREATE VIEW v AS SELECT * FROM item WHERE name = E'\\'{c}' OR name = $a${c}$a$ OR name = U&'{c}'",
    "ALTER TABLE item ALTER name SET DEFAULT '{c}'",
    "ALTER TABLE item ADD CONSTRAINT c CHECK (name <> '{c}' AND id <> 4711 AND price <> 4711e-3)",
    "CREATE INDEX i ON item (id) WHERE name = '{c}'",
    "CREATE RULE r AS ON DELETE TO item DO ALSO UPDATE item SET name = '{c}' WHERE id = 4711",
    "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$ SELECT '{c}'::text $$",
    "CREATE FUNCTION f2(a text DEFAULT '{c}') RETURNS text LANGUAGE sql RETURN a || '{c}'",
    "CREATE FUNCTION f3() RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT '{c}'; SELECT '4711'; END",
    "COMMENT ON COLUMN item.name IS 'as with {c}'",
    "CREATE POLICY p ON item USING (name <> '{c}')",
    "ALTER TABLE item ALTER name TYPE varchar(20) USING replace(name, '{c}', '')",
    "/* {c} /* and */ {c} */ CREATE TABLE t (a varchar(20)) -- {c}",
    "CREATE TABLE t (a text DEFAULT 'x' /* {c} */, b bit(4) DEFAULT B'1011', c numeric(12,2) DEFAULT +4711.5)",
    "CREATE TRIGGER t BEFORE UPDATE ON item FOR EACH ROW WHEN (OLD.name = '{c}') "
    "EXECUTE FUNCTION suppress_redundant_updates_trigger('{c}')",
    "CREATE TYPE mood AS ENUM ('{c}')",
    "CREATE DOMAIN d AS text CHECK (VALUE <> E'{c}'\n'\\'{c}')",
    "CREATE STATISTICS s ON id, (name = '{c}') FROM item",
    "CREATE TABLE whole (a text) PARTITION BY LIST (a); CREATE TABLE part PARTITION OF whole FOR VALUES IN ('{c}')",
    "SET standard_conforming_strings = off; CREATE VIEW v AS SELECT 'it\\'s {c}' AS a",
    "CREATE MATERIALIZED VIEW v AS SELECT date '2024-02-29' AS a, interval(3) '1 s' AS b, '{c}'::name AS c",
]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_text_of_a_schema_change_has_no_values(item, statement):
    with closing(item.connect()) as session:
        session.execute("BEGIN")
        session.execute("SET escape_string_warning = off")
        for single in statement.replace("{c}", CANARY).split("; CREATE"):
            session.execute(("" if single.startswith(("C", "S", "A", "/")) else "CREATE") + single)
        written = session.execute("SELECT string_agg(after[1], '') FROM genims_audit.event").fetchone()[0]
        session.execute("ROLLBACK")
    assert '"query"' in written
    for value in (CANARY, "4711", "1011", "2024", "its"):
        assert value not in written.replace("genims_audit", "")


def test_what_names_and_types_say_stays_in_the_text(item):
    item.owner.execute(
        'CREATE TABLE "t 7" (a7 varchar(20), b numeric (12,2), c timestamp(3) with time zone, d character varying(9))'
    )
    (event,) = (event for event in item.events() if event.after["object_type"] == "table")
    item.owner.execute('DROP TABLE "t 7"')
    item.events()
    assert event.after["query"] == (
        'CREATE TABLE "t 7" (a7 varchar(20), b numeric (12,2), c timestamp(3) with time zone, d character varying(9))'
    )


def test_columns_that_are_named_as_ours_are_captured_and_masked_like_all_others(database):
    ours = ["genims_audit row", "genims_audit row 0", "number", "op", "before", "hundred", "image", "b1", "row_values"]
    columns = ", ".join(f'"{name}" text' for name in ours)
    database.create(f"CREATE TABLE visitor (id int PRIMARY KEY, secret text, {columns})", "visitor", mask={"secret"})
    database.owner.execute("INSERT INTO visitor (id, secret, number) VALUES (1, 'x', 'a'), (2, 'y', 'b')")
    database.owner.execute("UPDATE visitor SET \"genims_audit row\" = repeat('long', 200000), secret = 'z'")
    database.owner.execute("UPDATE visitor SET id = id + 10, op = 'c'")
    database.owner.execute("DELETE FROM visitor")
    events = database.events()
    assert [event.op for event in events] == list("IIUUUUDD")
    assert {event.after["secret"] for event in events[2:4]} == {"*** changed"}
    assert {event.after["op"] for event in events[4:6]} == {"c"}
    assert {event.before["number"] for event in events[6:]} == {"a", "b"}
    database.owner.execute("DROP TABLE visitor")


def test_a_masked_value_is_another_where_its_collation_knows_no_case(database):
    database.owner.execute(
        "CREATE COLLATION public.caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false)"
    )
    database.create(
        "CREATE TABLE visitor (id int PRIMARY KEY, secret text COLLATE public.caseless, note text)",
        "visitor",
        mask={"secret"},
    )
    database.owner.execute("INSERT INTO visitor VALUES (1, 'anna', ''), (2, 'anna', '')")
    database.owner.execute("UPDATE visitor SET secret = 'Anna' WHERE id = 1")
    database.owner.execute("UPDATE visitor SET secret = 'ANNA'")
    database.owner.execute("UPDATE visitor SET secret = 'anna', note = repeat('long', 200000)")
    assert [event.after["secret"] for event in database.events()] == ["***"] * 2 + ["*** changed"] * 5
    database.owner.execute("DROP TABLE visitor; DROP COLLATION public.caseless")
    del database.tables["visitor"], database.declared["visitor"]
    database.owner.execute("DELETE FROM genims_audit.known_column")
    install(STANDS_FOR)
    database.events()
