"""Rows that the target cannot hold are refused by name; every value that it can hold arrives unchanged."""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from datetime import date, datetime

import duckdb
import MySQLdb
import psycopg
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from genims.core.errors import LoadError, RejectedRows
from tests.support.faults.faults import TODAY, LoadProcess, environment, query, refused

pytest_plugins = ["tests.support.faults.fixtures"]

MEGABYTE = 1024 * 1024


@contextmanager
def without_local_infile():
    """A server that refuses LOAD DATA LOCAL."""
    query("SET GLOBAL local_infile = OFF")
    try:
        yield
    finally:
        query("SET GLOBAL local_infile = ON")


BAD_ROWS = {
    "NULL in a key": ((TODAY, None), "id is NULL, expected a value"),
    "a duplicate": ((TODAY, "K1"), "day=.*, id=K1 2 times"),
    "a key that is too long": ((TODAY, "x" * 21), "id is longer than 20 characters"),
    "a text that is too long": ((TODAY, "Z", "é" * 41), "note is longer than 40 characters"),
    "a text that is too long by blanks": ((TODAY, "Z", "x" * 40 + " "), "note is longer than 40 characters"),
    "a decimal out of range": ((TODAY, "Z", None, "10000000000.00"), r"amount does not fit DECIMAL\(12,2\)"),
    "an integer out of range": ((TODAY, "Z", None, None, 2**31), "quantity does not fit INT"),
    "the year 1": ((TODAY, "Z", None, None, None, "0001-01-01"), "seen_at is outside the years 1000 to 9999"),
    "the year 10000": ((TODAY, "Z", None, None, None, "10000-01-01"), "seen_at is outside the years 1000 to 9999"),
    "the last year that PostgreSQL knows": ((TODAY, "Z", None, None, None, "294276-12-31"), "seen_at is outside"),
}


@pytest.mark.parametrize(("row", "rule"), BAD_ROWS.values(), ids=BAD_ROWS)
def test_a_row_that_does_not_fit(scratch, row, rule):
    before = scratch.rows()
    scratch.insert(*row)
    for rebuild in (False, True):
        with refused(scratch, RejectedRows, "fault_rows: nothing was published", retried=False) as caught:
            scratch.load(rebuild=rebuild)
        assert caught.match(rule)
        assert caught.match(f"day={TODAY}, id={row[1]}")
        assert scratch.logged().rows_rejected == (2 if "times" in rule else 1)
    scratch.owner.execute("TRUNCATE fault_rows")
    scratch.fill()
    scratch.load()
    assert scratch.rows() == before


def test_all_that_is_wrong_is_told_at_once(scratch):
    scratch.insert(TODAY, "Z", "x" * 41, "10000000000.00")
    scratch.insert(TODAY, "Z")
    with refused(scratch, RejectedRows, "1 rows: note is longer", "1 rows: amount does", "id=Z 2 times", retried=False):
        scratch.load()
    assert scratch.logged().rows_rejected == 4


@pytest.mark.parametrize(
    ("amount", "parts"),
    [
        ("amount::DOUBLE * 1e9", ["1 rows: amount does not fit", "id=Z"]),
        ("amount::DOUBLE * 1e30", ["too large for every decimal"]),
        ("amount * 1000000000", ["too large for every decimal"]),
    ],
)
def test_a_number_that_no_longer_fits_is_named_with_its_row(scratch, amount, parts):
    """Each value fits the source's own column, and what the query makes of them does not fit its cast."""
    scratch.create(
        select=f"SELECT day, id, note, CAST({amount} AS DECIMAL(18, 2)) AS amount, quantity, seen_at "
        "FROM master.fault_rows WHERE {{ window('day') }}"
    )
    scratch.insert(TODAY, "Z", None, "9999999999.00")
    with refused(scratch, RejectedRows, *parts, retried=False):
        scratch.load()


def test_an_instant_that_mysql_would_round(scratch):
    """A DATETIME keeps whole seconds, and rounds the others up to the next day's."""
    scratch.create(scratch.COLUMNS.replace("DATETIME(6)", "DATETIME"))
    scratch.insert(TODAY, "whole", None, None, None, f"{TODAY} 23:59:59")
    scratch.load()
    scratch.insert(TODAY, "half", None, None, None, f"{TODAY} 23:59:59.6")
    with refused(scratch, RejectedRows, "seen_at has fractions of a second", "id=half", retried=False):
        scratch.load()


NO_VALUES = [("seen_at", "-infinity"), ("amount", "NaN"), ("seen_at", "infinity")]


@pytest.mark.parametrize("way", ["scanned by DuckDB", "read in PostgreSQL"])
def test_what_is_no_value_is_null(scratch, way):
    """By one rule: DuckDB itself would read NaN as 0, and an infinite date fits no column."""
    if way == "read in PostgreSQL":
        names = "day, id, note, amount, quantity, seen_at"
        query = f"FROM postgres_query('master', $$SELECT {names} FROM fault_rows WHERE {{{{ window('day') }}}}$$)"
        scratch.create(select=query)
    for column, value in NO_VALUES:
        scratch.owner.execute(f"INSERT INTO fault_rows (day, id, {column}) VALUES (%s, %s, %s)", (TODAY, value, value))
    scratch.load()
    kept = [(TODAY, value, None, None, None, None) for _, value in NO_VALUES]
    assert [row for row in scratch.rows() if not row[1].startswith("K")] == kept


def test_rows_that_mysql_alone_finds_wrong(scratch):
    scratch.create(scratch.COLUMNS.replace("VARCHAR(40) ", "JSON"))
    scratch.insert(TODAY, "good", '{"a": 1}')
    scratch.load()
    scratch.insert(TODAY, "bad", "{no json}")
    with refused(scratch, MySQLdb.OperationalError, "Invalid JSON text", "note", retried=True):
        scratch.load()
    with refused(scratch, MySQLdb.OperationalError, "Invalid JSON text", "note", retried=True), without_local_infile():
        scratch.load()


@pytest.mark.parametrize(
    ("rebuild", "error", "retried"), [(True, LoadError, False), (False, MySQLdb.OperationalError, True)]
)
def test_a_row_that_mysql_would_leave_out(scratch, rebuild, error, retried):
    """LOAD DATA leaves out a row that breaks a CHECK, with a mere warning."""
    scratch.create(scratch.COLUMNS.replace("'A number'", "'A number' CHECK (quantity < 100)"))
    scratch.fill()
    scratch.load()
    scratch.insert(TODAY, "Z", None, None, 100)
    with refused(scratch, error, "3819", "Check constraint", "violated", retried=retried):
        scratch.load(rebuild=rebuild)


LONG = "repeat('long ', 10 * 1024 * 1024)"


@pytest.mark.parametrize("column", ["note", "id"])
def test_a_text_of_50_megabytes_is_refused_in_few_words(scratch, column):
    before = scratch.rows()
    scratch.owner.execute(f"UPDATE fault_rows SET {column} = {LONG} WHERE quantity = 1 AND day = %s", (TODAY,))
    load = LoadProcess(scratch)
    said = load.wait()
    assert said.startswith("RejectedRows: fault_rows: nothing was published")
    assert f"1 rows: {column} is longer than" in said
    assert len(said) < 1000
    assert load.grown_by < 800 * MEGABYTE
    assert scratch.rows() == before


def test_a_text_of_50_megabytes_where_it_fits(scratch):
    scratch.create(scratch.COLUMNS.replace("VARCHAR(40) ", "LONGTEXT"))
    scratch.fill()
    scratch.owner.execute(f"UPDATE fault_rows SET note = {LONG} WHERE quantity = 1 AND day = %s", (TODAY,))
    load = LoadProcess(scratch)
    assert load.wait() == "done"
    assert load.grown_by < 800 * MEGABYTE
    arrived = query(
        "SELECT length(note), sha2(note, 256) FROM fault_rows ORDER BY 1 DESC LIMIT 1", database="fault_tests_db"
    )
    assert arrived == [scratch.owner.execute(f"SELECT length({LONG}), encode(sha256({LONG}::bytea), 'hex')").fetchone()]


@contextmanager
def source_in(encoding: str, server: str, scratch):
    """Let the package read a source database in another encoding, which holds an empty table of the same form."""
    with psycopg.connect(server, dbname="postgres", autocommit=True) as owner:
        owner.execute("DROP DATABASE IF EXISTS fault_encoding")
        owner.execute(f"CREATE DATABASE fault_encoding ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0")
        try:
            with (
                psycopg.connect(server, dbname="fault_encoding", autocommit=True) as source,
                environment(POSTGRES_MASTER_DB="fault_encoding"),
            ):
                source.execute(f"CREATE TABLE fault_rows ({scratch.SOURCE}); GRANT SELECT ON fault_rows TO PUBLIC")
                yield source
        finally:
            owner.execute("DROP DATABASE fault_encoding WITH (FORCE)")


def test_text_that_is_no_utf8(scratch, source_server):
    with source_in("SQL_ASCII", source_server, scratch) as source:
        source.execute("INSERT INTO fault_rows VALUES (current_date, 'Z', E'caf\\xff')")
        with refused(scratch, duckdb.IOException, 'invalid byte sequence for encoding "UTF8": 0xff', retried=True):
            scratch.load()
        source.execute("UPDATE fault_rows SET note = E'caf\\303\\251'")
        scratch.load()
        assert scratch.rows()[-1][2] == "café"


def test_text_in_another_encoding(scratch, source_server):
    with source_in("LATIN1", source_server, scratch) as source:
        # Read byte by byte, this would be the UTF-8 of another letter.
        source.execute("INSERT INTO fault_rows VALUES (current_date, 'Z', 'Ã©')")
        scratch.load()
        assert scratch.rows()[-1][2] == "Ã©"


WAYS = {
    "LOAD DATA": (nullcontext, {"from_": str(TODAY)}),
    "INSERT": (without_local_infile, {"from_": str(TODAY)}),
    "LOAD DATA and swap": (nullcontext, {"rebuild": True}),
    "INSERT and swap": (without_local_infile, {"rebuild": True}),
}
ANY_COLUMNS = """
    day       DATE           NOT NULL,
    id        VARCHAR(60)    CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin NOT NULL,
    note      VARCHAR(60)    COMMENT 'A text',
    body      LONGTEXT       COMMENT 'A text of any length',
    amount    DECIMAL(18,4)  COMMENT 'An amount',
    quantity  BIGINT         COMMENT 'A number',
    ratio     DOUBLE         COMMENT 'A floating-point number',
    flag      TINYINT        COMMENT 'Yes or no',
    due       DATE           COMMENT 'A day',
    seen_at   DATETIME(6)    COMMENT 'An instant',
"""
ANY_SOURCE = (
    "day date, id text, note text, body text, amount numeric(18,4), quantity bigint, ratio double precision, "
    "flag boolean, due date, seen_at timestamp"
)
AWKWARD = [
    "", " ", "NULL", "null", "\\N", "\\", "\\\\", "\\n", '"', '""', '"NULL"', "'", "''", "a,b", 'a","b', "\n", "\r\n",
    "\r", "\t", "ends with \\", 'ends with "', "ends with blanks  ", "  begins with blanks", "\x01\x08\x1a\x1f\x7f",
    "%s %(a)s", "{{ a }}", ";\n", "-- a", "é", "e\u0301", "E", "ß", "\u2028\u0085", "\ufeff", "\uffff", "👩\u200d🚀",
    "\U0010ffff", "0", "-0", "1e5", "true",
]  # fmt: skip


def arrived(scratch) -> list[tuple]:
    """The rows that MySQL holds, each value so that two of them are equal only if they are the same."""
    return sorted((exact(row) for row in scratch.rows()), key=repr)


def exact(row: tuple) -> tuple:
    return tuple(repr(int(value) if isinstance(value, bool) else value) for value in row)


@pytest.mark.parametrize(("way", "params"), WAYS.values(), ids=WAYS)
def test_awkward_texts_arrive_as_they_are(scratch, way, params):
    scratch.create(ANY_COLUMNS, ANY_SOURCE)
    rows = [(TODAY, text, text, text * 1000, None, None, None, None, None, None) for text in AWKWARD]
    rows += [(TODAY, f"{text} and NULL", None, None, None, None, None, None, None, None) for text in AWKWARD]
    scratch.insert_many(rows)
    with way():
        scratch.load(**params)
    assert arrived(scratch) == sorted(map(exact, rows), key=repr)


CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
TEXTS = st.sampled_from(AWKWARD) | st.text(CHARACTERS, max_size=50)
ROWS = st.tuples(
    st.just(TODAY),
    TEXTS,
    st.none() | TEXTS,
    st.none() | TEXTS,
    st.none() | st.decimals("-99999999999999.9999", "99999999999999.9999", places=4),
    st.none() | st.integers(-(2**63), 2**63 - 1),
    st.none() | st.floats(allow_nan=False, allow_infinity=False),
    st.none() | st.booleans(),
    st.none() | st.dates(date(1000, 1, 1)),
    st.none() | st.datetimes(datetime(1000, 1, 1)).map(lambda instant: instant.replace(fold=0)),
)


def test_every_value_arrives_as_it_is(scratch):
    scratch.create(ANY_COLUMNS, ANY_SOURCE)

    @settings(max_examples=20, deadline=None, derandomize=True, database=None, phases=[Phase.generate, Phase.shrink])
    @given(st.lists(ROWS, min_size=1, unique_by=lambda row: row[1]), st.sampled_from(list(WAYS.values())))
    def every_value_arrives(rows, way):
        context, params = way
        scratch.owner.execute("TRUNCATE fault_rows")
        scratch.insert_many(rows)
        with context():
            scratch.load(**params)
        assert arrived(scratch) == sorted(map(exact, rows), key=repr)

    every_value_arrives()
