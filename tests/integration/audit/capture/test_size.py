"""Change capture: whatever a row weighs, the application's statement goes on, and events stay small."""

import hashlib
import re

import pytest

from tests.support.audit.capture_database import changes

pytest_plugins = ["tests.support.audit.capture_fixtures"]

MB = 1_000_000
EXCERPT = re.compile(r"\*\*\* excerpt of (\d+) bytes, sha256 ([0-9a-f]{64}): (.*)", re.DOTALL)


@pytest.fixture(scope="module")
def parcel(database):
    """A table whose every column but the key can be of any length."""
    database.owner.execute("CREATE TYPE label AS (line text, weight numeric); CREATE DOMAIN note AS text")
    database.create(
        "CREATE TABLE parcel (id int PRIMARY KEY, body text, scan bytea, data jsonb, tags text[], weight numeric, "
        "label label, remark note, secret text);"
        # The tests would wait for the server to compress it.
        "ALTER TABLE parcel ALTER body SET STORAGE EXTERNAL, ALTER scan SET STORAGE EXTERNAL",
        "parcel",
        mask=frozenset({"secret"}),
    )
    yield database
    database.owner.execute("DROP TABLE parcel; DROP TYPE label; DROP DOMAIN note")
    database.events()


def sizes(database) -> list[tuple[int, int]]:
    """Rows and bytes of each event that waits."""
    return database.owner.execute(
        "SELECT row_count, coalesce(pg_column_size(before), 0) + coalesce(pg_column_size(after), 0) "
        "FROM genims_audit.event ORDER BY seq"
    ).fetchall()


def test_95_rows_of_12_mb_in_one_statement_and_the_update_of_some(parcel):
    parcel.owner.execute(f"INSERT INTO parcel (id, body) SELECT n, repeat(n::text || 'é', {4 * MB}) "
                         "FROM generate_series(1, 95) AS n")  # fmt: skip
    assert sum(rows for rows, _ in sizes(parcel)) == 95
    assert max(size for _, size in sizes(parcel)) < 4 * MB
    whole = [event.after for event in parcel.events()]
    assert [image["id"] for image in whole] == [str(n) for n in range(1, 96)]
    length, digest, start = EXCERPT.fullmatch(whole[11]["body"]).groups()
    body = "12é" * 4 * MB
    assert (int(length), digest) == (len(body.encode()), hashlib.sha256(body.encode()).hexdigest())
    assert start == body[:1000]
    parcel.owner.execute("UPDATE parcel SET weight = 1 WHERE id <= 12")
    updates = changes(parcel)
    assert len(updates) == 12
    assert all(before["body"] == after["body"] and after["weight"] == "1" for _, before, after in updates)
    parcel.owner.execute("TRUNCATE parcel")
    parcel.events()


@pytest.mark.parametrize(
    ("column", "value", "bytes_"),
    [
        ("body", f"repeat('x', {100 * MB})", 100 * MB),
        ("remark", f"repeat('x', {20 * MB})", 20 * MB),
        ("scan", f"decode(repeat('ab', {50 * MB}), 'hex')", 50 * MB),
        ("data", f"jsonb_build_object('a', repeat('x', {12 * MB}))", 12 * MB + 9),
        ("tags", f"array_fill('abc'::text, ARRAY[{3 * MB}])", 12 * MB + 1),
        ("label", f"ROW(repeat('x', {12 * MB}), 1)::label", 12 * MB + 4),
    ],
)
def test_a_value_that_does_not_fit_is_an_excerpt_with_length_and_digest(parcel, column, value, bytes_):
    parcel.owner.execute(f"INSERT INTO parcel (id, {column}) VALUES (1, {value})")
    parcel.owner.execute("UPDATE parcel SET weight = 2")
    parcel.owner.execute("DELETE FROM parcel")
    assert max(size for _, size in sizes(parcel)) < 4 * MB
    found = changes(parcel)
    assert [op for op, *_ in found] == ["I", "U", "D"]
    for image in (found[0][2], found[1][1], found[1][2], found[2][1]):
        assert int(EXCERPT.fullmatch(image[column])[1]) == bytes_
    assert found[1][2]["weight"] == "2"


def test_many_columns_of_some_length_together_are_excerpts_too(database):
    columns = ", ".join(f"c{n} text" for n in range(400))
    database.create(f"CREATE TABLE broad (id int, {columns})", "broad")
    for length in (15_000, 60_000):
        database.owner.execute("INSERT INTO broad VALUES (1" + f", repeat('x', {length})" * 400 + ")")
        assert max(size for _, size in sizes(database)) < 4.2 * MB
        assert len(database.events()) == 1
    database.owner.execute("DROP TABLE broad")
    database.events()


def test_rows_of_1_mb_are_whole_and_a_few_together(parcel):
    parcel.owner.execute(f"INSERT INTO parcel (id, body) SELECT n, repeat('x', {MB}) FROM generate_series(1, 40) AS n")
    assert max(size for _, size in sizes(parcel)) < 3 * MB
    assert [(event.op, len(event.after["body"])) for event in parcel.events()] == [("I", MB)] * 40
    parcel.owner.execute("UPDATE parcel SET weight = id")
    assert max(size for _, size in sizes(parcel)) < 4 * MB
    assert all(before["id"] == after["id"] == after["weight"] for _, before, after in changes(parcel))
    parcel.owner.execute("TRUNCATE parcel")
    parcel.events()


def test_what_cannot_be_written_at_all_is_named_and_its_row_is_captured(parcel):
    """A hundred thousand numbers of 131,073 digits, a few bytes each as stored."""
    parcel.owner.execute(
        "INSERT INTO parcel (id, data, body) SELECT n, CASE n WHEN 2 THEN (SELECT jsonb_agg('1e131071'::numeric) "
        "FROM generate_series(1, 20000)) END, 'short' FROM generate_series(1, 3) AS n"
    )
    named, *rows = parcel.events()
    assert (named.op, named.table) == ("X", "parcel")
    assert named.after == {
        "event": "values of a statement could not be captured",
        "operation": "INSERT", "left_out": "long values", "sqlstate": "54000",
    }  # fmt: skip
    assert [(row.after["id"], row.after["body"]) for row in rows] == [("1", "short"), ("2", "short"), ("3", "short")]
    assert re.fullmatch(r"\*\*\* left out: \d+ bytes as stored", rows[1].after["data"])
    parcel.owner.execute("TRUNCATE parcel")
    parcel.events()


def test_a_bulk_statement_with_long_rows_is_a_bulk_event_too(parcel):
    parcel.owner.execute("INSERT INTO parcel (id, body) SELECT n, repeat('y', 5000) FROM generate_series(1, 2000) AS n")
    *rows, bulk = parcel.events()
    assert (len(rows), bulk.op, bulk.row_count) == (2000, "B", 2000)
    parcel.owner.execute("TRUNCATE parcel")
    parcel.events()


def test_a_long_masked_value_is_compared_and_never_shown(parcel):
    parcel.owner.execute(f"INSERT INTO parcel (id, secret) VALUES (1, repeat('canary', {2 * MB}))")
    parcel.owner.execute("UPDATE parcel SET weight = 1")
    parcel.owner.execute(f"UPDATE parcel SET secret = repeat('canary', {2 * MB + 1})")
    parcel.owner.execute("UPDATE parcel SET secret = NULL")
    found = changes(parcel)
    assert "canary" not in repr(found)
    assert [after["secret"] for _, _, after in found] == ["***", "***", "*** changed", None]
    parcel.owner.execute("TRUNCATE parcel")
    parcel.events()
