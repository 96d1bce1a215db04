"""How the query of a control runs, in the sources or in MySQL, and what it answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import NamedTuple

import duckdb
import jinja2
from MySQLdb.connections import Connection

from genims.core.errors import QueryError, SourceChanged
from genims.core.paths import SQL
from genims.core.settings import business_rules, settings
from genims.engine import source_contract
from genims.engine.reading import TRIES
from genims.engine.source_query import SourceQuery
from genims.engine.window import Window

COLUMNS = ("document", "account", "company", "currency", "amount", "detail")
# How many findings are kept, the greatest amounts first, and how many characters of each of their texts.
KEPT = 100
TEXT_LENGTH = 500


class Found(NamedTuple):
    """What a control's query answers.

    :param examined: how many records it looked at.
    :param broken: how many of them break the rule.
    :param findings: the worst of these, at most KEPT, by the names in COLUMNS.
    """

    examined: int
    broken: int
    findings: tuple[dict, ...]


def rendered(path: Path, materiality: Decimal, day: date) -> str:
    """The statement that asks for the worst findings of a control.

    :param path: its query file, a template.
    :param materiality: the least amount that counts, in functional currency.
    :param day: the business day.
    """
    begin, end = (_instant(each) for each in (day, day + timedelta(days=1)))
    query = (
        _templates()
        .from_string(path.read_text())
        .render(
            day=day,
            window=Window(day, day + timedelta(days=1), day),
            # The day's first instant and the next day's, in UTC, as our own databases keep time.
            begin=begin,
            end=end,
            rules=business_rules(),
            materiality=materiality,
        )
    )
    return _templates().get_template("close/worst_findings.sql").render(query=query, materiality=materiality, kept=KEPT)


@cache
def _templates() -> jinja2.Environment:
    return jinja2.Environment(loader=jinja2.FileSystemLoader(SQL), undefined=jinja2.StrictUndefined)  # noqa: S701 - SQL


def _instant(day: date) -> datetime:
    return datetime.combine(day, time(), settings().timezone).astimezone(UTC).replace(tzinfo=None)


def read_sources(statement: str, duck: duckdb.DuckDBPyConnection) -> Found:
    """Run a statement of ``rendered`` over the sources, in one snapshot of each.

    :param statement: the statement.
    :param duck: a session with the sources attached that it reads.
    :raises SourceContractError: a source lacks what it reads.
    :raises QueryError: it cannot be parsed, or its amount is a floating-point number.
    :raises SourceChanged: a source changed its tables during each of several tries.
    """
    query = SourceQuery(statement)
    for tries_left in reversed(range(TRIES)):
        live = source_contract.check(query, duck)
        with _snapshot(duck):
            rows = duck.execute(query.sent({table: each.columns for table, each in live.items()})).fetchall()
        try:
            source_contract.require_unchanged(live, duck)
            break
        except SourceChanged:
            if not tries_left:
                raise
    return _found(rows)


@contextmanager
def _snapshot(duck: duckdb.DuckDBPyConnection) -> Iterator[None]:
    duck.execute("BEGIN TRANSACTION")
    try:
        yield
    finally:
        # It only reads. A source that is gone ends the transaction itself; that must not hide the first error.
        with suppress(duckdb.Error):
            duck.rollback()


def read_mysql(statement: str, mysql: Connection) -> Found:
    """Run a statement of ``rendered`` in one of our own databases.

    :param statement: the statement.
    :param mysql: a session in that database.
    :raises QueryError: its amount is a floating-point number.
    """
    try:
        with closing(mysql.cursor()) as cursor:
            cursor.execute(statement)
            return _found(cursor.fetchall())
    finally:
        mysql.rollback()


def _found(rows: Iterable[tuple]) -> Found:
    rows = list(rows)
    if not rows:
        return Found(0, 0, ())
    examined, broken = rows[0][-2:]
    findings = (dict(zip(COLUMNS, map(_kept, row), strict=False)) for row in rows if row[len(COLUMNS)])
    return Found(int(examined), int(broken), tuple(findings))


def _kept(value: object) -> object:
    """The value as findings hold it: exact amounts, and texts of a bounded length."""
    if isinstance(value, float):
        raise QueryError(f"expected an amount that is a decimal, found the floating-point number {value}: cast it")
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, str) and len(value) > TEXT_LENGTH:
        return f"{value[:TEXT_LENGTH]}... ({len(value)} characters)"
    return value
