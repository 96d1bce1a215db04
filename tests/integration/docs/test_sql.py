"""Every SQL statement that a page tells somebody to run is one that MySQL runs."""

from __future__ import annotations

import re

import pytest

from tests.support.pages import PAGES
from tests.support.servers import administrator

BLOCK = re.compile(r"^```sql\n(.*?)^```", re.DOTALL | re.MULTILINE)
DATABASE = re.compile(r"^-- database: (\w+)$", re.MULTILINE)
IN_LINE = re.compile(r"`(SELECT [^`]+);`")
REPORTING = "genims_reporting_db"

STATEMENTS = [
    pytest.param(DATABASE.search(block), block, id=f"{page.name}: {number}")
    for page in PAGES
    for number, block in enumerate(BLOCK.findall(page.read_text()), 1)
]
IN_LINES = [pytest.param(sql, id=f"{page.name}: {sql}") for page in PAGES for sql in IN_LINE.findall(page.read_text())]


@pytest.mark.parametrize(("database", "statement"), STATEMENTS)
def test_a_block_runs(platform, database, statement):
    assert database, "begin the block with '-- database: <name>'"
    with administrator(database[1]) as connection, connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("statement", IN_LINES)
def test_a_statement_in_a_line_runs(platform, statement):
    with administrator(REPORTING) as connection, connection.cursor() as cursor:
        cursor.execute(statement)
