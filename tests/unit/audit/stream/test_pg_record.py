"""Composite text is read back into the values that PostgreSQL wrote."""

from hypothesis import given
from hypothesis import strategies as st

from genims.audit.stream.pg_record import parse

VALUES = st.lists(st.none() | st.text() | st.text(alphabet="\",()\\ \n'é"), min_size=1)


def record_out(values: list[str | None]) -> str:
    """As PostgreSQL's record_out writes a row."""
    return "(" + ",".join(map(_written, values)) + ")"


def _written(value: str | None) -> str:
    if value is None:
        return ""
    doubled = "".join(c * 2 if c in '"\\' else c for c in value)
    needs_quotes = not value or any(c in '"\\(),' or c.isspace() for c in value)
    return f'"{doubled}"' if needs_quotes else doubled


@given(VALUES)
def test_every_row_is_read_back(values):
    assert parse(record_out(values)) == values


def test_null_and_empty_text_differ():
    assert parse('(,"",NULL)') == [None, "", "NULL"]


def test_a_long_value_is_read_at_once():
    """Character by character, or with backtracking, this would take seconds."""
    long = '"\\' * 250_000
    assert parse(record_out([long, None, long])) == [long, None, long]
