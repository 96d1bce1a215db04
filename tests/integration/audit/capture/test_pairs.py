"""Change capture: what was and what is belong to the same row, whatever triggers, partitions and parents do with it."""

import pytest

from genims.audit.capture.install import install
from genims.audit.capture.problems import problems
from tests.support.audit.capture_database import STANDS_FOR

pytest_plugins = ["tests.support.audit.capture_fixtures"]

REFUSING = (
    "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN IF NEW.n = 0 THEN RETURN NULL; END IF; RETURN NEW; END $$;"
    "CREATE TRIGGER refuse BEFORE INSERT ON parted_1 FOR EACH ROW EXECUTE FUNCTION refuse()"
)


@pytest.fixture
def parted(database):
    yield database
    database.owner.execute("DROP TABLE IF EXISTS parted; DROP FUNCTION IF EXISTS refuse")
    del database.tables["parted"]
    install(STANDS_FOR)
    database.events()


def images(database) -> list[tuple]:
    """Operation and the values of both images of each event, the rows of a statement in the order of their ids."""

    def values(image):
        return image and tuple(image.values())

    found = [(event.op, values(event.before), values(event.after)) for event in database.events() if event.op in "IUD"]
    return sorted(found, key=lambda change: (change[1] or change[2], change[0]))


@pytest.mark.parametrize(("key", "pairs"), [("PRIMARY KEY (id, p)", True), ("CHECK (true)", False)])
def test_rows_that_a_partition_refuses_are_deleted_and_the_others_keep_their_pairs(parted, key, pairs):
    parted.create(
        f"CREATE TABLE parted (id int, p int, n int, {key}) PARTITION BY LIST (p);"
        "CREATE TABLE parted_0 PARTITION OF parted FOR VALUES IN (0);"
        f"CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1); {REFUSING}",
        "parted",
    )
    parted.owner.execute("INSERT INTO parted VALUES (1, 0, 0)")
    parted.owner.execute("UPDATE parted SET p = 1")
    assert images(parted) == [("D", ("1", "0", "0"), None), ("I", None, ("1", "0", "0"))]
    parted.owner.execute("INSERT INTO parted SELECT n, n % 2, n - 2 FROM generate_series(1, 5) AS n")
    parted.owner.execute("DELETE FROM parted WHERE id = 1")
    parted.events()
    # 2 goes as n is 0; 4 moves; 3 and 5 stay.
    parted.owner.execute("UPDATE parted SET p = 1")
    moved = [("D", ("2", "0", "0"), None), ("D", ("4", "0", "2"), None), ("I", None, ("4", "1", "2"))]
    stayed = [("U", (str(n), "1", str(n - 2)), (str(n), "1", str(n - 2))) for n in (3, 5)]
    if pairs:
        assert images(parted) == sorted(moved + stayed, key=lambda change: (change[1] or change[2], change[0]))
    else:
        found = images(parted)
        assert sorted(op for op, *_ in found) == ["D"] * 4 + ["I"] * 3
        assert {after for _, _, after in found if after} == {("3", "1", "1"), ("4", "1", "2"), ("5", "1", "3")}


def test_rows_that_all_move_are_updates(parted):
    parted.create(
        "CREATE TABLE parted (id int, p int) PARTITION BY LIST (p);"
        "CREATE TABLE parted_0 PARTITION OF parted FOR VALUES IN (0) PARTITION BY LIST (id);"
        "CREATE TABLE parted_0d PARTITION OF parted_0 DEFAULT;"
        "CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1)",
        "parted",
    )
    parted.owner.execute("INSERT INTO parted SELECT n, n % 2 FROM generate_series(1, 300) AS n")
    parted.events()
    parted.owner.execute(
        "MERGE INTO parted USING generate_series(1, 300) AS s (id) ON s.id = parted.id "
        "WHEN MATCHED AND s.id % 3 = 0 THEN DELETE WHEN MATCHED THEN UPDATE SET p = 1 - p"
    )
    found = images(parted)
    assert len(found) == 300
    assert all(op == "D" or (before[0] == after[0] and before[1] != after[1]) for op, before, after in found)


@pytest.fixture
def family(database):
    """A captured table, and one that inherits from it with a column of its own."""
    database.create("CREATE TABLE parent (id int, a text)", "parent")
    database.owner.execute("CREATE TABLE child (b text) INHERITS (parent)")
    install(STANDS_FOR)
    assert problems(STANDS_FOR) == []
    database.events()
    yield database
    database.owner.execute("DROP TABLE parent CASCADE")
    del database.tables["parent"]
    install(STANDS_FOR)
    database.events()


def test_a_statement_on_the_parent_keeps_what_only_the_child_has(family):
    family.owner.execute("INSERT INTO parent VALUES (1, 'p'); INSERT INTO child VALUES (2, 'c', 'own')")
    family.owner.execute("UPDATE parent SET a = a || '!'")
    family.owner.execute("UPDATE child SET b = 'new'")
    family.owner.execute("DELETE FROM parent")
    assert [(e.op, e.before, e.after) for e in family.events()] == [
        ("I", None, {"id": "1", "a": "p"}),
        ("I", None, {"id": "2", "a": "c", "b": "own"}),
        ("U", {"id": "1", "a": "p"}, {"id": "1", "a": "p!"}),
        ("U", {"id": "2", "a": "c", "b": "own"}, {"id": "2", "a": "c!", "b": "own"}),
        ("U", {"id": "2", "a": "c!", "b": "own"}, {"id": "2", "a": "c!", "b": "new"}),
        ("D", {"id": "1", "a": "p!"}, None),
        ("D", {"id": "2", "a": "c!", "b": "new"}, None),
    ]


def test_a_family_that_changes_is_captured_all_along(family):
    execute = family.owner.execute
    execute("ALTER TABLE child NO INHERIT parent; INSERT INTO child VALUES (1, 'c', 'own'); UPDATE parent SET a = 'x'")
    execute("ALTER TABLE child INHERIT parent; UPDATE parent SET a = 'y'")
    assert [e.op for e in family.events() if e.op in "IUD"] == ["I", "U"]
    install(STANDS_FOR)
    assert problems(STANDS_FOR) == []
    execute("UPDATE parent SET a = 'z'")
    (update,) = family.events()
    assert update.after == {"id": "1", "a": "z", "b": "own"}
    execute("DROP TABLE child")
    install(STANDS_FOR)
    execute("INSERT INTO parent SELECT n FROM generate_series(1, 1000) AS n; DELETE FROM parent")
    assert [e.op for e in family.events() if e.op == "B"] == ["B", "B"]


def test_a_schema_change_locks_no_more_than_by_itself(family):
    """A child comes while somebody writes the parent, and nobody waits."""
    family.owner.execute("DROP TABLE child")
    install(STANDS_FOR)
    with family.connect() as writer, family.connect() as changer:
        writer.execute("BEGIN; INSERT INTO parent VALUES (1, 'a')")
        changer.execute("SET lock_timeout = '200ms'; CREATE TABLE child (b text) INHERITS (parent)")
        changer.execute("INSERT INTO child VALUES (2, 'c', 'own'); UPDATE parent SET a = 'z'")
        writer.execute("ROLLBACK")
    assert [(e.op, e.after) for e in family.events() if e.op in "IUD"] == [
        ("I", {"id": "2", "a": "c", "b": "own"}), ("U", {"id": "2", "a": "z"}),
    ]  # fmt: skip
    assert "table public.parent: its inheritance has changed, its capture has not" in problems(STANDS_FOR)
    install(STANDS_FOR)
    assert problems(STANDS_FOR) == []
    family.events()


def test_a_listed_table_below_one_that_is_not_is_captured_through_it(database):
    database.owner.execute("CREATE TABLE base (id int); CREATE TABLE whole (id int, y int) PARTITION BY LIST (y)")
    database.create("CREATE TABLE leaf (a text) INHERITS (base)", "leaf")
    database.create("CREATE TABLE year_1 PARTITION OF whole FOR VALUES IN (1)", "year_1")
    database.owner.execute("INSERT INTO leaf VALUES (1, 'a'); UPDATE base SET id = 2; DELETE FROM base")
    database.owner.execute("INSERT INTO whole VALUES (1, 1); UPDATE whole SET id = 2; DELETE FROM whole")
    assert [(e.op, e.table) for e in database.events()] == [
        *((op, "leaf") for op in "IUD"), *((op, "year_1") for op in "IUD"),
    ]  # fmt: skip
    database.owner.execute("DROP TABLE base, whole CASCADE")
    del database.tables["leaf"], database.tables["year_1"]
    install(STANDS_FOR)
    database.events()


def test_a_trigger_that_changes_the_row_again_leaves_right_pairs(item):
    item.owner.execute(
        "CREATE FUNCTION again() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "UPDATE item SET price = 9 WHERE id = NEW.id AND price <> 9; RETURN NULL; END $$;"
        "CREATE TRIGGER again AFTER INSERT OR UPDATE ON item FOR EACH ROW EXECUTE FUNCTION again()"
    )
    item.owner.execute("INSERT INTO item VALUES (1, 'a', 1), (2, 'b', 2)")
    found = [
        (e.op, e.before and e.before["price"], e.after["price"], e.after["id"]) for e in item.events() if e.op in "IU"
    ]
    item.owner.execute("DROP TRIGGER again ON item; DROP FUNCTION again")
    item.events()
    assert sorted(found) == [
        ("I", None, "1.00", "1"), ("I", None, "2.00", "2"), ("U", "1.00", "9.00", "1"), ("U", "2.00", "9.00", "2"),
    ]  # fmt: skip
