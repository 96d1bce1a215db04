"""Change capture under random schema changes between random statements, compared with a row-level trigger of the test.

``GENIMS_RANDOM_CHANGES`` says how many changes; a failure names the seed and the statements that led to it.
"""

import json
import os
from collections import Counter
from contextlib import closing
from random import Random

import psycopg
import pytest

from genims.audit.capture.install import install
from genims.audit.capture.problems import problems
from tests.support.audit.capture_database import STANDS_FOR

pytest_plugins = ["tests.support.audit.capture_fixtures"]

CHANGES = int(os.environ.get("GENIMS_RANDOM_CHANGES", "150"))
SEED = int(os.environ.get("GENIMS_RANDOM_SEED", "4711"))
CANARY = "canary"
TABLES = {
    "plain": "(id int, a text, secret text)",
    "keyed": "(id int PRIMARY KEY, a text, secret text)",
    "parent": "(id int, a text, secret text)",
    "parted": "(id int, a text, secret text, p int NOT NULL DEFAULT 0) PARTITION BY LIST (p)",
    "ruled": "(id int, a text, secret text)",
}
ORACLE = """
CREATE TABLE oracle (n bigint GENERATED ALWAYS AS IDENTITY, op text, before jsonb, after jsonb);
CREATE FUNCTION oracle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO oracle (op, before, after) VALUES (
        left(TG_OP, 1),
        CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END,
        CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END
    );
    RETURN NULL;
END $$;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF NEW.id % 7 = 3 THEN RETURN NULL; END IF;
    NEW.a := left(coalesce(NEW.a, '') || '+', 20); RETURN NEW;
END $$;
"""


class World:
    """The tables as they are, the random choices, and what was done."""

    def __init__(self, session: psycopg.Connection, random: Random):
        self.session = session
        self.random = random
        self.done: list[str] = []
        self.number = 0

    def name(self, start: str) -> str:
        self.number += 1
        return f"{start}{self.number}"

    def run(self, statement: str) -> None:
        """Run a statement, which PostgreSQL may refuse, but not because of capture."""
        self.done.append(statement)
        refusal = ""
        try:
            self.session.execute(statement)
        except psycopg.Error as refused:
            refusal = str(refused)
            self.done[-1] += f"  -- {refused.diag.message_primary}"
        assert "genims_audit" not in refusal, statement

    def relations(self) -> list[str]:
        """All tables of the test: the five, their partitions and children, and those that were let go."""
        return [
            name
            for (name,) in self.session.execute(
                "SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'public'::regnamespace "
                "AND relkind IN ('r', 'p') AND relname NOT IN ('oracle', 'item')"
            )
        ]

    def captured(self) -> list[str]:
        return [
            name
            for (name,) in self.session.execute(
                "SELECT r.relation::regclass::text FROM genims_audit.captured_relation AS r "
                "JOIN pg_class AS c ON c.oid = r.relation WHERE r.table_name <> 'item'"
            )
        ]

    def columns(self, relation: str, *but: str) -> list[str]:
        return [
            name
            for (name,) in self.session.execute(
                "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped "
                "AND attname NOT IN ('id', 'p', 'a') AND attgenerated = ''",
                [relation],
            )
            if name not in but
        ]

    def watch(self) -> None:
        """Put the oracle on every captured table that holds rows; only there, as capture does."""
        for relation in self.captured():
            unwatched = self.session.execute(
                "SELECT FROM pg_class AS c WHERE c.oid = %s::regclass AND c.relkind = 'r' AND NOT EXISTS ("
                "SELECT FROM pg_trigger AS t WHERE t.tgrelid = c.oid AND t.tgname = 'oracle')",
                [relation],
            )
            if unwatched.fetchone() is not None:
                self.session.execute(
                    f"CREATE TRIGGER oracle AFTER INSERT OR UPDATE OR DELETE ON {relation} FOR EACH ROW "
                    "EXECUTE FUNCTION oracle()"
                )

    # --- what may happen ---

    def change_schema(self) -> None:
        relation = self.random.choice(self.captured())
        column = self.random.choice(self.columns(relation) or ["secret"])
        new = self.name("c")
        table = self.name("t")
        value = self.name("v")
        self.run(
            self.random.choice(
                [
                    f"ALTER TABLE {relation} RENAME {column} TO {new}",
                    f"ALTER TABLE {relation} RENAME {column} TO {new}",
                    f"ALTER TABLE {relation} ALTER {column} TYPE varchar(60)",
                    f"ALTER TABLE {relation} ALTER {column} TYPE text",
                    f"ALTER TABLE {relation} DROP {column}",
                    f"ALTER TABLE {relation} ADD {new} text DEFAULT '{CANARY}-{value}'",
                    f"ALTER TABLE {relation} ADD {new} text; UPDATE {relation} SET {new} = '{CANARY}' || id",
                    f"ALTER TABLE {relation} ADD {new} text GENERATED ALWAYS AS ({column} || 'x') STORED",
                    f"CREATE TABLE {table} PARTITION OF parted FOR VALUES IN ({self.number % 5})",
                    f"CREATE TABLE {table} PARTITION OF parted DEFAULT",
                    f"CREATE TABLE {table} PARTITION OF parted FOR VALUES IN ({self.number % 5}) "
                    f"PARTITION BY LIST (id); CREATE TABLE {table}_d PARTITION OF {table} DEFAULT",
                    f"ALTER TABLE parted DETACH PARTITION {relation}",
                    f"ALTER TABLE parted ATTACH PARTITION {relation} FOR VALUES IN ({self.number % 5})",
                    f"CREATE TABLE {table} ({new} text) INHERITS (parent)",
                    f"CREATE TABLE {table} () INHERITS (parent)",
                    f"ALTER TABLE {relation} NO INHERIT parent",
                    f"ALTER TABLE {relation} INHERIT parent",
                    f"CREATE TRIGGER {new} BEFORE INSERT OR UPDATE ON {relation} FOR EACH ROW EXECUTE FUNCTION touch()",
                    f"CREATE RULE {new} AS ON DELETE TO ruled DO ALSO UPDATE plain SET a = '{value}'",
                    f"CREATE RULE {new} AS ON INSERT TO ruled DO ALSO INSERT INTO plain (id, a) VALUES (NEW.id, NEW.a)",
                    f"DROP RULE IF EXISTS c{self.random.randrange(self.number)} ON ruled",
                    f"DROP TRIGGER IF EXISTS c{self.random.randrange(self.number)} ON {relation}",
                    f"CREATE TABLE {table} (LIKE {relation} INCLUDING ALL)",
                    f"COMMENT ON COLUMN {relation}.{column} IS '{CANARY}'",
                    f"CREATE INDEX ON {relation} (id) WHERE {column} = '{CANARY}'",
                    f"CREATE VIEW {table} AS SELECT * FROM {relation} WHERE {column} <> '{CANARY}'; DROP VIEW {table}",
                ]
            )
        )

    def change_rows(self) -> None:
        relation = self.random.choice([*TABLES, *self.captured()])
        columns = self.columns(relation)
        n = self.random.randrange(1, 60)
        rows = self.random.choice([1, 1, 2, 30, 250])
        filled = "".join(f", {column}" for column in columns)
        values = f", '{CANARY}-' || n" * len(columns)
        keyed = self.random.choice(["", " WHERE id % 3 = 0", f" WHERE id = {n}", " WHERE id < 20"])
        part = ", p" if relation == "parted" else ""
        self.run(
            self.random.choice(
                [
                    f"INSERT INTO {relation} (id, a{filled}{part}) SELECT n + {self.number}, 'a' || n{values}"
                    f"{', n % 5' if part else ''} FROM generate_series(1, {rows}) AS n",
                    f"UPDATE {relation} SET a = 'u{n}'{keyed}",
                    f"UPDATE {relation} SET id = id + 100{keyed}",
                    f"UPDATE {relation} SET {self.random.choice(columns or ['a'])} = '{CANARY}' || id{keyed}",
                    f"UPDATE parted SET p = (p + id) % 5{keyed}",
                    f"DELETE FROM {relation}{keyed}",
                    f"MERGE INTO {relation} AS t USING generate_series(1, 40) AS s (id) ON t.id = s.id "
                    "WHEN MATCHED AND s.id % 2 = 0 THEN DELETE WHEN MATCHED THEN UPDATE SET a = 'm'",
                    f"INSERT INTO keyed (id, a) SELECT n, 'c' FROM generate_series(1, {rows}) AS n "
                    "ON CONFLICT (id) DO UPDATE SET a = excluded.a",
                ]
            )
        )


def shown(image: dict | None, masked: set[str]) -> str | None:
    """An image without its masked columns, NULLs included, as one text."""
    return image and json.dumps({name: value for name, value in image.items() if name not in masked}, sort_keys=True)


@pytest.fixture
def world(database):
    database.owner.execute(ORACLE)
    for table, columns in TABLES.items():
        database.create(f"CREATE TABLE {table} {columns}", table, mask=frozenset({"secret"}))
    with closing(database.connect()) as session:
        world = World(session, Random(SEED))
        yield world
        for relation in world.relations():
            session.execute(f"DROP TABLE IF EXISTS {relation} CASCADE")
    database.owner.execute("DROP FUNCTION oracle, touch CASCADE; DROP TABLE oracle")
    for table in TABLES:
        del database.tables[table]
    install(STANDS_FOR)
    database.events()


def test_nothing_is_lost_mispaired_or_shown_whatever_changes(database, world):
    for number in range(CHANGES):
        world.change_schema()
        if number % 10 == 9:
            install(STANDS_FOR)
        world.watch()
        database.events()
        world.session.execute("TRUNCATE oracle")
        for _ in range(3):
            world.change_rows()
            compare(database, world)
    install(STANDS_FOR)
    unsettled = ("nobody has settled", "mask")
    assert not [found for found in problems(STANDS_FOR) if not any(word in found for word in unsettled)]


def compare(database, world: World) -> None:
    """What was captured of a statement is what the oracle saw; nothing that genims_audit holds shows a masked value."""
    before = database.owner.execute("SELECT string_agg(e::text, '') FROM genims_audit.event AS e").fetchone()[0] or ""
    known = {
        name
        for (name,) in world.session.execute(
            "SELECT DISTINCT a.attname FROM genims_audit.known_column AS k JOIN pg_attribute AS a "
            "ON a.attrelid = k.relation AND a.attnum = k.attnum WHERE k.state <> 'clear'"
        )
    }
    captured = [event for event in database.events() if event.op in "IUDX"]
    seen = world.session.execute("SELECT op, before, after FROM oracle ORDER BY n").fetchall()
    world.session.execute("TRUNCATE oracle")
    where = "\n".join([f"seed {SEED}", *world.done[-40:]])
    assert CANARY not in before, where
    assert not [event for event in captured if event.op == "X"], where
    # Rows without a key that a partition has refused among others: who became whom cannot be told.
    is_split = {"D", "I"} <= {event.op for event in captured}
    changes = ((event.op, event.before, event.after) for event in captured)
    assert states(changes, known, is_split) == states(seen, known, is_split), where


def states(changes, masked: set[str], is_split: bool) -> Counter:
    """What happened, each pair as one. To a row-level trigger a move between partitions is a DELETE and an INSERT."""
    found = Counter()
    for op, before, after in changes:
        before, after = (
            image and {k: None if v is None else str(v) for k, v in image.items()} for image in (before, after)
        )
        moved = op == "U" and (is_split or before.get("p") != after.get("p"))
        pairs = [("D", before, None), ("I", None, after)] if moved else [(op, before, after)]
        found.update((o, shown(b, masked), shown(a, masked)) for o, b, a in pairs)
    return found
