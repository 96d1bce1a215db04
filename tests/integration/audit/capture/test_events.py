"""Change capture: the event of every change holds the row before and after, and its author."""

from contextlib import closing

import psycopg
import pytest
from psycopg import sql

from tests.support.audit.capture_database import ITEM, capture_database, changes, role, row

pytest_plugins = ["tests.support.audit.capture_fixtures"]

ODD = 'Odd "name", (with) a \\ and %s é'
ODD_TABLE = "Odd, table %s"
A, B = row("1", "a", "1.00"), row("2", "b", "2.00")


# --- every way to change a row -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("INSERT INTO item VALUES (3, '', NULL)", [("I", None, row("3", "", None))]),
        ("INSERT INTO item SELECT WHERE false", []),
        ("UPDATE item SET name = name || '!'", [
            ("U", A, A | {"name": "a!"}), ("U", B, B | {"name": "b!"}),
        ]),
        ("UPDATE item SET name = name WHERE id = 1", [("U", A, A)]),
        ("UPDATE item SET price = 0 WHERE id = 9", []),
        ("UPDATE item SET id = id + 10 WHERE id > 0", [("U", A, A | {"id": "11"}), ("U", B, B | {"id": "12"})]),
        ("DELETE FROM item", [("D", A, None), ("D", B, None)]),
        (
            "INSERT INTO item VALUES (1, 'new', 5), (3, 'c', 3) ON CONFLICT (id) DO UPDATE SET name = excluded.name",
            [("I", None, row("3", "c", "3.00")), ("U", A, A | {"name": "new"})],
        ),
        ("INSERT INTO item VALUES (1, 'new', 5) ON CONFLICT DO NOTHING", []),
        (
            "MERGE INTO item USING (VALUES (1), (2), (3)) AS s (id) ON item.id = s.id "
            "WHEN MATCHED AND s.id = 1 THEN DELETE WHEN MATCHED THEN UPDATE SET name = 'm' "
            "WHEN NOT MATCHED THEN INSERT VALUES (s.id, 'n', 3)",
            [("I", None, row("3", "n", "3.00")), ("U", B, B | {"name": "m"}), ("D", A, None)],
        ),
        (
            "WITH gone AS (DELETE FROM item WHERE id = 1 RETURNING *) INSERT INTO item SELECT 7, name, price FROM gone",
            [("D", A, None), ("I", None, A | {"id": "7"})],
        ),
        (
            "DO $$ BEGIN UPDATE item SET name = 'lost' WHERE id = 1; RAISE 'no'; "
            "EXCEPTION WHEN OTHERS THEN UPDATE item SET name = 'kept' WHERE id = 2; END $$",
            [("U", B, B | {"name": "kept"})],
        ),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)  # fmt: skip
def test_every_changed_row_is_an_event_with_what_was_and_what_is(item, statement, expected):
    item.owner.execute("INSERT INTO item VALUES (1, 'a', 1), (2, 'b', 2)")
    item.events()
    item.owner.execute(statement)
    by_operation = sorted(changes(item), key=lambda change: change[0])
    assert by_operation == sorted(expected, key=lambda change: change[0])


def test_copy_and_truncate(item):
    with item.owner.cursor().copy("COPY item FROM STDIN") as copy:
        copy.write("1\ta\t1\n2\t\\N\t2\n")
    item.owner.execute("TRUNCATE item")
    inserted, also, truncated = item.events()
    assert (inserted.after, also.after) == (A, row("2", None, "2.00"))
    assert (truncated.op, truncated.row_count, truncated.before, truncated.after) == ("T", 2, None, None)


@pytest.mark.parametrize("policy", ["id / 0 = 1", "false"])
def test_policies_of_a_table_neither_refuse_its_truncate_nor_hide_rows_from_it(source_server, policy):
    with (
        role(source_server, "capture_plain", "LOGIN PASSWORD 'plain'"),
        capture_database(source_server, "genims_capture_plain", "capture_plain", "plain") as database,
        closing(database.connect()) as session,
    ):
        session.execute("SET ROLE capture_plain")
        database.create(ITEM, "item")
        session.execute("ALTER TABLE item ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
        session.execute(f"CREATE POLICY odd ON item FOR SELECT USING ({policy}); CREATE POLICY i ON item FOR INSERT "
                        "WITH CHECK (true)")  # fmt: skip
        session.execute("INSERT INTO item VALUES (1, 'a', 1), (2, 'b', 2)")
        session.execute("SELECT pg_stat_force_next_flush()")
        database.events()
        session.execute("TRUNCATE item")
        [truncated] = database.events()
    assert (truncated.op, truncated.row_count, truncated.after) == ("T", 2, {"row_count": "estimated"})


def test_the_rows_of_a_large_table_that_is_truncated_are_estimated(database):
    """Counting them would hold up the statement, and all that wait for it."""
    rows = 300_000
    database.owner.execute(
        f"CREATE TABLE large AS SELECT n, repeat('x', 400) AS body FROM generate_series(1, {rows}) AS n"
    )
    database.create("ALTER TABLE large ADD PRIMARY KEY (n)", "large")
    database.owner.execute("SET statement_timeout = '1s'; TRUNCATE large; RESET statement_timeout")
    [truncated] = database.events()
    assert (truncated.op, truncated.after) == ("T", {"row_count": "estimated"})
    assert 0.8 * rows < truncated.row_count < 1.2 * rows
    database.owner.execute("INSERT INTO large VALUES (1); TRUNCATE large")
    assert [(event.op, event.row_count, event.after) for event in database.events()][1] == ("T", 1, None)
    database.owner.execute("DROP TABLE large")
    database.events()


def test_what_is_rolled_back_is_no_event(item):
    with item.owner.transaction() as outer:
        item.owner.execute("INSERT INTO item VALUES (1, 'a', 1)")
        raise psycopg.Rollback(outer)
    assert item.events() == []

    with item.owner.transaction():
        with item.owner.transaction() as savepoint:
            item.owner.execute("INSERT INTO item VALUES (1, 'first', 1)")
            raise psycopg.Rollback(savepoint)
        with item.owner.transaction():
            item.owner.execute("INSERT INTO item VALUES (1, 'a', 1)")
        item.owner.execute("INSERT INTO item VALUES (2, 'b', 2)")
    first, second = item.authors()
    assert first == second
    assert changes(item) == [("I", None, A), ("I", None, B)]


def test_a_prepared_transaction_counts_when_it_is_committed(item):
    with closing(item.connect()) as session:
        for end in ("COMMIT", "ROLLBACK"):
            session.execute("BEGIN")
            session.execute("INSERT INTO item VALUES (1, 'a', 1)")
            session.execute("PREPARE TRANSACTION 'capture'")
            assert item.events() == []
            session.execute(f"{end} PREPARED 'capture'")
            assert changes(item) == ([("I", None, A)] if end == "COMMIT" else [])
            session.execute("TRUNCATE item")
            item.events()


def test_a_large_statement_after_a_small_one_in_the_same_session(item):
    """The plan of the first UPDATE, for one row, serves the later one too."""
    item.owner.execute("INSERT INTO item SELECT n, 'row ' || n, n FROM generate_series(1, 30000) AS n")
    item.owner.execute("UPDATE item SET price = price + 1 WHERE id = 1")
    item.events()
    item.owner.execute("SET statement_timeout = '10s'")
    item.owner.execute("UPDATE item SET price = -price")
    *updates, bulk = item.events()
    assert len(updates) == 30_000
    assert all(e.before["id"] == e.after["id"] and e.before["price"] == e.after["price"][1:] for e in updates)
    assert (bulk.op, bulk.row_count, bulk.after) == ("B", 30_000, {"operation": "UPDATE"})


# --- every kind of table and value ---------------------------------------------------------------------------------

TORTURE = {
    "text": ["", " ", "NULL", "a,b", '"', "\\", '\\"', "(x)", "two\nlines\ttab", "é日本🎉", "***", "x" * 1_000_000],
    "char(5)": ["ab"],
    "text[]": ["{}", '{a,NULL,"NULL","b,c","\\"q\\""}', "{{1,2},{3,4}}"],
    "json": ['{"b": 1,  "a": "é"}', "null"],
    "jsonb": ['{"b": 1, "a": [null, "x"]}'],
    "bytea": ["\\x00ff5c", "\\x"],
    "numeric": ["NaN", "Infinity", "-0.000000000000000000001", "1e30", "007.50"],
    "numeric(38,10)": ["1234567890123456789012345678.0123456789"],
    "double precision": ["0.1", "NaN", "-Infinity", "1e-300", "3.141592653589793"],
    "real": ["0.1", "3.4e38"],
    "date": ["infinity", "-infinity", "0044-03-15 BC", "2024-02-29", "9999-12-31"],
    "timestamp": ["2024-02-29 23:59:59.999999", "infinity"],
    "timestamptz": ["2024-02-29 23:59:59.999999+05:30", "-infinity"],
    "time": ["24:00:00", "12:00:00.000001"],
    "timetz": ["12:00:00+05:30"],
    "interval": ["1 year 2 mons -3 days 04:05:06.789", "-1 sec"],
    "boolean": ["true", "false"],
    "uuid": ["a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"],
    "inet": ["10.0.0.1/8"],
    "point": ["(1.5,-2)"],
    "int4range": ["[1,5)", "empty"],
    "money": ["-12.34"],
    "mood": ["so so"],
    "pair": ['("a,b",)', "(,)"],
}
STANDARD = "SET datestyle = 'ISO, YMD'; SET timezone = 'UTC'; SET bytea_output = 'hex'; SET intervalstyle = 'postgres'"
UNUSUAL = (
    "SET datestyle = 'German'; SET timezone = 'Asia/Kolkata'; SET bytea_output = 'escape'; "
    "SET intervalstyle = 'iso_8601'; SET extra_float_digits = -10; SET search_path = pg_temp"
)


def text(value: bytes | None) -> str | None:
    return None if value is None else value.decode()


def as_the_server_writes_them(result: psycopg.pq.PGresult) -> list[dict]:
    names = [result.fname(column).decode() for column in range(result.nfields)]
    return [
        {name: text(result.get_value(row_, column)) for column, name in enumerate(names)}
        for row_ in range(result.ntuples)
    ]


def test_images_hold_every_value_exactly_whatever_the_session_is_set_to(database):
    names = [f"{ODD} {number}" for number in range(len(TORTURE))]
    columns = [sql.SQL("{} {}").format(sql.Identifier(n), sql.SQL(t)) for n, t in zip(names, TORTURE, strict=True)]
    database.owner.execute("CREATE TYPE mood AS ENUM ('so so'); CREATE TYPE pair AS (a text, b text)")
    database.owner.execute(sql.SQL("CREATE TABLE written ({})").format(sql.SQL(", ").join(columns)))
    database.create(f'CREATE TABLE "{ODD_TABLE}" (LIKE written)', ODD_TABLE)
    depth = max(map(len, TORTURE.values()))
    marks = ", ".join(f"%s::{kind}" for kind in TORTURE)
    with closing(database.connect()) as session:
        session.execute(STANDARD)
        for number in range(depth):
            values = [values[number % len(values)] for values in TORTURE.values()]
            session.execute(f"INSERT INTO written VALUES ({marks})", values)
        session.execute("INSERT INTO written DEFAULT VALUES")
        expected = as_the_server_writes_them(session.execute("SELECT * FROM written").pgresult)

    table = sql.Identifier("public", ODD_TABLE)
    with closing(database.connect()) as session:
        session.execute(UNUSUAL)
        session.execute(sql.SQL("INSERT INTO {} SELECT * FROM public.written").format(table))
        session.execute(sql.SQL("UPDATE {0} SET {1} = {1}").format(table, sql.Identifier(names[0])))
        session.execute(sql.SQL("DELETE FROM {}").format(table))
    events = database.events()
    found = {op: [event for event in events if event.op == op] for op in "IUD"}
    assert [event.after for event in found["I"]] == expected
    assert [(event.before, event.after) for event in found["U"]] == list(zip(expected, expected, strict=True))
    assert sorted((event.before for event in found["D"]), key=str) == sorted(expected, key=str)


def test_columns_may_be_named_as_they_like(database):
    names = ["o", "n", "image", "r", "captured row", "changed", "version", "TG_OP", "select"]
    quoted = ", ".join(f'"{name}" text' for name in names)
    database.create(f"CREATE TABLE clash ({quoted})", "clash")
    database.create(f"CREATE TABLE clash_masked ({quoted}, secret text)", "clash_masked", mask=frozenset({"secret"}))
    for table, columns in {"clash": names, "clash_masked": [*names, "secret"]}.items():
        database.owner.execute(f"INSERT INTO {table} VALUES ({', '.join(['%s'] * len(columns))})", columns)
        database.owner.execute(f"UPDATE {table} SET o = o")
        database.owner.execute(f"DELETE FROM {table}")
        inserted, updated, deleted = database.events()
        expected = dict(zip(columns, columns, strict=True)) | ({"secret": "***"} if "secret" in columns else {})
        assert inserted.after == updated.before == updated.after == deleted.before == expected


def test_a_table_without_key_and_one_with_a_generated_column(database):
    database.create("CREATE TABLE keyless (a int, twice int GENERATED ALWAYS AS (a * 2) STORED)", "keyless")
    database.owner.execute("INSERT INTO keyless VALUES (1), (1)")
    database.owner.execute("UPDATE keyless SET a = 2")
    assert changes(database) == [
        *[("I", None, {"a": "1", "twice": "2"})] * 2,
        *[("U", {"a": "1", "twice": "2"}, {"a": "2", "twice": "4"})] * 2,
    ]


def test_a_partitioned_table_is_captured_through_itself_and_its_partitions(database):
    database.create(
        "CREATE TABLE parted (id int, region text) PARTITION BY LIST (region);"
        "CREATE TABLE parted_north PARTITION OF parted FOR VALUES IN ('north');"
        # Its columns are in another order, as when a table that was there is attached.
        "CREATE TABLE parted_south (region text, dropped int, id int); ALTER TABLE parted_south DROP dropped;"
        "ALTER TABLE parted ATTACH PARTITION parted_south FOR VALUES IN ('south')",
        "parted",
    )
    execute = database.owner.execute
    execute("INSERT INTO parted VALUES (1, 'north'), (2, 'south')")
    execute("UPDATE parted SET region = CASE region WHEN 'north' THEN 'south' ELSE 'north' END")
    execute("UPDATE parted_south SET id = 5")
    north, south = {"id": "1", "region": "north"}, {"id": "2", "region": "south"}
    moved = north | {"region": "south"}
    found = changes(database)
    assert sorted(found[:2], key=str) == sorted([("I", None, north), ("I", None, south)], key=str)
    assert sorted(found[2:4], key=str) == sorted(
        [("U", north, moved), ("U", south, south | {"region": "north"})], key=str
    )
    assert found[4:] == [("U", moved, moved | {"id": "5"})]

    execute("CREATE TABLE parted_west PARTITION OF parted FOR VALUES IN ('west')")
    execute("INSERT INTO parted_west VALUES (6, 'west')")
    execute("TRUNCATE parted")
    events = [event for event in database.events() if event.op in "IT"]
    assert {event.table for event in events} == {"parted"}
    assert (events[0].op, events[0].after) == ("I", {"id": "6", "region": "west"})
    assert sum(event.row_count for event in events[1:]) == 3


def test_cascades_are_captured(item):
    item.create("CREATE TABLE part (item_id int REFERENCES item ON DELETE CASCADE ON UPDATE CASCADE)", "part")
    item.owner.execute("INSERT INTO item VALUES (1, 'a', 1); INSERT INTO part VALUES (1)")
    item.owner.execute("UPDATE item SET id = 2")
    item.owner.execute("DELETE FROM item")
    found = [(event.op, event.before or event.after) for event in item.events() if event.table == "part"]
    item.owner.execute("DROP TABLE part")
    item.events()
    assert found == [("I", {"item_id": "1"}), ("U", {"item_id": "1"}), ("D", {"item_id": "2"})]


def test_masked_values_never_leave_the_source(database):
    database.create(
        "CREATE TABLE person (id int, salary numeric, photo json, seen point)", "person",
        mask=frozenset({"salary", "photo", "seen", "not_there"}),
    )  # fmt: skip
    execute = database.owner.execute
    execute("INSERT INTO person VALUES (1, 777777, '{\"x\": 777777}', '(777777,1)'), (2, NULL, NULL, NULL)")
    execute("UPDATE person SET id = id + 10")
    execute("UPDATE person SET salary = coalesce(salary, 0) + 777777, photo = NULL")
    execute("DELETE FROM person")
    execute("ALTER TABLE person ADD COLUMN note text DEFAULT 'salary'; UPDATE person SET salary = 777777 WHERE false")
    events = database.events()
    assert "777777" not in repr(events)
    masked, empty = ("***", "***", "***"), (None, None, None)
    assert [tuple(event.after.values()) for event in events if event.op in "IU"] == [
        ("1", *masked), ("2", *empty),
        ("11", *masked), ("12", *empty),
        ("11", "*** changed", None, "***"), ("12", "*** changed", None, None),
    ]  # fmt: skip
    assert [tuple(event.before.values()) for event in events if event.op == "D"] == [
        ("11", "***", None, "***"), ("12", "***", None, None),
    ]  # fmt: skip


def test_rows_that_a_policy_hides_are_captured(database):
    database.create("CREATE TABLE guarded (id int, owner text)", "guarded")
    database.owner.execute(
        "INSERT INTO guarded VALUES (1, 'capture_stranger'), (2, 'other'); GRANT ALL ON guarded TO capture_stranger;"
        "ALTER TABLE guarded ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;"
        "CREATE POLICY own ON guarded FOR ALL TO capture_stranger USING (owner = current_user) WITH CHECK (true)"
    )
    database.events()
    with closing(database.connect()) as session:
        session.execute("SET ROLE capture_stranger")
        session.execute("UPDATE guarded SET owner = 'gone'")
    before = {"id": "1", "owner": "capture_stranger"}
    assert changes(database) == [("U", before, before | {"owner": "gone"})]
    database.owner.execute("DROP TABLE guarded")
    database.events()


def test_only_the_listed_operations_are_captured(database):
    database.create("CREATE TABLE remark (id int)", "remark", only=frozenset({"delete", "truncate"}))
    database.owner.execute(
        "INSERT INTO remark VALUES (1); UPDATE remark SET id = 2; DELETE FROM remark; TRUNCATE remark"
    )
    assert [event.op for event in database.events()] == ["D", "T"]


# --- who did it ----------------------------------------------------------------------------------------------------


def test_every_event_says_who_did_it_in_which_transaction_and_why(item):
    with closing(item.connect(application_name="erp-web")) as session, session.transaction():
        for name, value in {"user_id": "USR-7", "request_id": "REQ-1", "reason": "audit finding 12"}.items():
            session.execute("SELECT set_config(%s, %s, true)", [f"app.{name}", value])
        session.execute("INSERT INTO item VALUES (1, 'a', 1)")
        session.execute("SELECT set_config('app.reason', 'audit finding 13', true)")
        session.execute("TRUNCATE item")
        session.execute("CREATE TABLE note_of_item (id int)")
        xid = session.execute("SELECT pg_current_xact_id()::text").fetchone()[0]
        session.execute("DROP TABLE note_of_item")
    author = {
        "xid": xid, "session_user_name": item.session_user, "app_user": "USR-7", "application_name": "erp-web",
        "client_address": "127.0.0.1", "request_id": "REQ-1", "reason": "audit finding 12",
    }  # fmt: skip
    assert item.authors() == [author, *[author | {"reason": "audit finding 13"}] * 3]


def test_nobody_else_may_write_or_read_events(item):
    item.owner.execute("GRANT ALL ON item TO capture_stranger")
    with closing(item.connect()) as session:
        session.execute("SET ROLE capture_stranger")
        for statement in (
            "INSERT INTO genims_audit.event (table_name, op, row_count) VALUES ('item', 'I', 1)",
            "SELECT * FROM genims_audit.event",
            "DELETE FROM genims_audit.event",
            "SELECT genims_audit.note('X', 'item', '{}')",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                session.execute(statement)
        session.execute("INSERT INTO item VALUES (1, 'a', 1)")
    assert ("I", None, A) in changes(item)
