"""The canonical form: one line for one row, another line for another row."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genims.audit.format import canonical
from genims.audit.format.chained_tables import chained_tables

ROWS = st.lists(st.none() | st.text(alphabet=st.sampled_from("N\\\t\n\0'\"a \r,é😀")), min_size=1, max_size=5)


def line(row: list[str | None]) -> str:
    return "\t".join(map(canonical.text, row))


@given(ROWS, ROWS)
def test_different_rows_have_different_lines(one, other):
    assert (line(one) == line(other)) == (one == other)


@given(ROWS, ROWS)
def test_different_rows_of_a_table_have_different_hashes(one, other):
    width = max(len(one), len(other))
    padded = [row + [None] * (width - len(row)) for row in (one, other)]
    hashes = [canonical.row_hash("t", line(row).encode()) for row in padded]
    assert (hashes[0] == hashes[1]) == (padded[0] == padded[1])


def test_the_same_values_in_another_table_have_another_hash():
    assert canonical.row_hash("one", b"1\t2") != canonical.row_hash("other", b"1\t2")


def test_a_column_that_is_added_later_leaves_older_hashes_as_they_are():
    assert canonical.row_hash("t", line(["a", None]).encode()) == canonical.row_hash("t", b"a")
    assert canonical.row_hash("t", line(["a", "\\N"]).encode()) != canonical.row_hash("t", b"a")


@given(st.text(alphabet=st.sampled_from("N\\\t\n\0'a é😀")))
def test_what_is_written_and_what_comes_back_are_escaped_alike(text):
    assert canonical.escaped(text.encode()) == canonical.text(text).encode()


@pytest.mark.parametrize(
    ("column_type", "value", "field"),
    [
        ("BIGINT UNSIGNED", 2**64 - 1, "18446744073709551615"),
        ("SMALLINT UNSIGNED", 7, "7"),
        ("TINYINT", True, "1"),
        ("INT", None, r"\N"),
        ("VARCHAR(10)", "", ""),
        ("MEDIUMTEXT", "a\tb", r"a\tb"),
        ("CHAR(64)", "ff", "ff"),
        ("DATE", date(2026, 2, 1), "2026-02-01"),
        ("DATETIME(6)", datetime(2026, 2, 1), "2026-02-01 00:00:00.000000"),
        ("DATETIME(6)", datetime(2026, 2, 1, 0, 30, tzinfo=timezone(timedelta(hours=1))), "2026-01-31 23:30:00.000000"),
        ("DATETIME(6)", datetime(2026, 2, 1, 12, 0, 0, 5, tzinfo=UTC), "2026-02-01 12:00:00.000005"),
        ("DECIMAL(12,3)", Decimal("-1.5"), "-1.500"),
        ("DECIMAL(12,3)", "-0.000", "0.000"),
        ("DECIMAL(12,3)", 7, "7.000"),
        ("DECIMAL(30,10)", "12345678901234567890.0123456789", "12345678901234567890.0123456789"),
    ],
)
def test_fields(column_type, value, field):
    assert canonical.field_function(column_type)(value) == field


def test_a_decimal_is_never_rounded():
    for value in ("0.0001", "NaN", "Infinity"):
        with pytest.raises(ValueError, match=f"{value} is no number of 3 digits"):
            canonical.decimal(3)(value)


def test_a_type_without_canonical_form_is_refused():
    with pytest.raises(ValueError, match="FLOAT"):
        canonical.field_function("FLOAT")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"rows": 1}, "bulk_operation_audit has no column rows; it has operation, .*reason"),
        ({"table_name": "t", "row_count": "many"}, "bulk_operation_audit.row_count: cannot hold str 'many'"),
        ({"table_name": 7, "row_count": 7}, "bulk_operation_audit.table_name: cannot hold int 7"),
    ],
)
def test_what_a_row_cannot_hold_is_named(values, message):
    with pytest.raises(ValueError, match=message):
        chained_tables()["bulk_operation_audit"].row(1, values)


def test_an_event_has_several_rows_only_where_part_tells_them_apart():
    with pytest.raises(ValueError, match="one event has one row"):
        chained_tables()["bulk_operation_audit"].row(2, {})


def test_all_but_three_tables_are_chained():
    assert len(chained_tables()) == 27
