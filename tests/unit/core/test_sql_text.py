"""Statements as text: values quoted, scripts taken apart."""

import pytest

from genims.core.sql_text import literal, statements_of


@pytest.mark.parametrize(("text", "quoted"), [("plain", "'plain'"), ("O'Neil", "'O''Neil'"), ("", "''"), (None, "''")])
def test_literal_is_a_string_of_sql(text, quoted):
    assert literal(text) == quoted


@pytest.mark.parametrize("end", ["", ";", ";\n", ";\n\n"])
def test_statements_of_a_script_are_taken_apart_at_semicolons_that_end_a_line(end):
    assert statements_of(f"SELECT 'a;b'\nFROM t;\n\nDELETE FROM t{end}") == ["SELECT 'a;b'\nFROM t", "DELETE FROM t"]


def test_a_script_without_statements_has_none():
    assert statements_of("\n") == []
