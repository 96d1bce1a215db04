"""Checks the queries of a table or a log: their templates, what they read, and what they return."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import jinja2
from sqlglot import exp

from dev.recipes.findings import Finding, near, place
from dev.recipes.new_table import files_of
from dev.recipes.vocabulary import words_of
from genims.audit.logs.source_log import SourceLog
from genims.core.errors import QueryError
from genims.core.paths import REPORTING_SCHEMA, SQL
from genims.core.sources import SOURCES
from genims.engine.source_query import (
    REPORTING,
    SourceColumn,
    SourceQuery,
    SourceTable,
    Statement,
    declared,
    expected_type,
)
from genims.engine.table import LoadedTable, loaded_columns
from genims.engine.window import Window
from genims.reporting.days import template_variables
from genims.reporting.reconciled import parts
from genims.reporting.rendered import TEMPLATES

# Any days: what is checked does not depend on them.
DAY = date(2026, 3, 2)
POSTGRES_QUERY = re.compile(r"postgres_query\('([^']*)'")
QUOTED = re.compile(r"'([^']+)'")


def table_findings(table: LoadedTable) -> Iterator[Finding]:
    """What is wrong with the query of a table and with its reconciliation."""
    try:
        columns = loaded_columns(table.name)
        variables = template_variables(table, Window(DAY, DAY + timedelta(days=1), DAY))
    except LookupError as error:
        yield Finding(table.path, 1, str(error.args[0]))
        return
    yield from _checked(table.path, variables, lambda sql: _query_findings(table, sql, columns))
    reconcile = files_of(table.name).reconcile
    if reconcile.exists():
        yield from _checked(reconcile, variables, lambda sql: _reconcile_findings(table, reconcile, sql))


def log_findings(log: SourceLog) -> Iterator[Finding]:
    """What is wrong with the query of a log."""

    def found(sql: str) -> Iterator[Finding]:
        query = SourceQuery(sql)
        yield from _read_findings(log.path, query, set(log.databases), after=None)
        yield from _returned(log.path, query, [column.name for column in log.columns], log.table)
        yield from _vocabulary(log, query)

    yield from _checked(log.path, {}, found)


def _checked(path: Path, variables: dict[str, Any], found: Callable[[str], Iterator[Finding]]) -> Iterator[Finding]:
    """Render a query and look at it; a template or a statement that cannot be read is a finding of its own."""
    strangers = [name for name in POSTGRES_QUERY.findall(path.read_text()) if name not in SOURCES]
    if strangers:
        known = ", ".join(SOURCES)
        for name in strangers:
            message = f"no source is called {name}; {near(name, SOURCES)}The sources are {known}"
            yield Finding(path, place(path, name), message)
        return
    try:
        yield from found(TEMPLATES.get_template(str(path.relative_to(SQL))).render(variables))
    except jinja2.TemplateSyntaxError as error:
        yield Finding(Path(error.filename or path), error.lineno, f"the template cannot be read: {error.message}")
    except jinja2.TemplateError as error:
        name = next(iter(QUOTED.findall(str(error))[-1:]), "")
        known = {*variables, *dir(variables.get("rules")), *dir(variables.get("window"))}
        yield Finding(*_raised_at(error, path), f"{error}; {near(name, known)}")
    except QueryError as error:
        at = re.search(r"at '(.+?)'", str(error))
        yield Finding(path, place(path, at[1] if at else ""), str(error))
    except ValueError as error:
        yield Finding(path, 1, str(error))


def _raised_at(error: Exception, path: Path) -> tuple[Path, int]:
    """The file and the line of a template in which an error was raised."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.endswith(".sql")]
    return (Path(frames[-1].filename), frames[-1].lineno) if frames else (path, 1)


def _query_findings(table: LoadedTable, sql: str, columns: list[str]) -> Iterator[Finding]:
    query = SourceQuery(sql)
    yield from _read_findings(table.path, query, set(table.reads), set(table.after))
    yield from _returned(table.path, query, columns, REPORTING_SCHEMA.name)


def _reconcile_findings(table: LoadedTable, path: Path, sql: str) -> Iterator[Finding]:
    for part in parts(table, sql):
        if part.source:
            yield from _undeclared(path, Statement(part.source, part.sql))


def _read_findings(path: Path, query: SourceQuery, reads: set[str], after: set[str] | None) -> Iterator[Finding]:
    """What the query reads and the header does not name, and the other way round; ``after`` is None for a log."""
    used = {table.database for table in query.tables}
    for database in sorted(used - reads):
        line = place(path, f"postgres_query('{database}'", f"{database}.")
        yield Finding(path, line, f"the query reads {database}, which the header does not name: add it to `reads`")
    for database in sorted((reads & set(SOURCES)) - used):
        yield Finding(path, place(path, "reads"), f"`reads` names {database}, which the query does not read: remove it")
    if after is not None:
        yield from _after_findings(path, {column.table for column in query.columns_of((REPORTING,))}, after)
    yield from _undeclared(path, query)


def _after_findings(path: Path, loaded: set[str], after: set[str]) -> Iterator[Finding]:
    for name in sorted(loaded - after):
        line = place(path, f"{REPORTING}.{name}")
        yield Finding(path, line, f"the query reads {REPORTING}.{name}, which must be loaded first: add it to `after`")
    for name in sorted(after - loaded):
        yield Finding(path, place(path, "after"), f"`after` names {name}, which the query does not read: remove it")


def _undeclared(path: Path, query: SourceQuery | Statement) -> Iterator[Finding]:
    """Source columns and tables that ``schema/sources`` does not declare."""
    for table in sorted(query.tables):
        if declared(table) is None:
            yield Finding(path, place(path, table.table), f"{_schema(table)} declares no table {table.table}")
    for column in sorted(query.columns):
        yield from _undeclared_column(path, column)


def _undeclared_column(path: Path, column: SourceColumn) -> Iterator[Finding]:
    table = SourceTable(column.database, column.table)
    if (found := declared(table)) and expected_type(column) is None:
        guess = near(column.column, found.columns)
        message = (
            f"{_schema(table)} declares no column {column.column} of {column.table}; {guess}If it is new, add it there"
        )
        yield Finding(path, place(path, column.column), message)


def _schema(table: SourceTable) -> str:
    return f"schema/sources/{SOURCES[table.database]}.sql"


def _returned(path: Path, query: SourceQuery, columns: list[str], owner: str) -> Iterator[Finding]:
    """Whether the query returns the columns of its table."""
    names = query.tree.named_selects
    for name in [name for name in names if name not in columns and name != "*"]:
        yield Finding(path, place(path, f"AS {name}", name), f"{owner} has no column {name}; {near(name, columns)}")
    for name in [name for name in columns if name not in names and "*" not in names]:
        yield Finding(path, place(path, "SELECT"), f"{owner} has a column {name}, which the query does not return")


def _vocabulary(log: SourceLog, query: SourceQuery) -> Iterator[Finding]:
    """Words that the query gives to a column that takes others."""
    for column, words in words_of(log.table).items():
        given = {
            word for alias in query.tree.find_all(exp.Alias) if alias.alias == column for word in _values(alias.this)
        }
        for word in sorted(given - set(words)):
            message = f"{log.table}.{column} does not take {word!r}; {near(word, words)}It takes {', '.join(words)}"
            yield Finding(log.path, place(log.path, f"'{word}'", word), message)


def _values(expression: exp.Expression) -> Iterator[str]:
    """The texts that an expression may return as they stand."""
    match expression:
        case exp.Literal() if expression.is_string:
            yield expression.this
        case exp.Case():
            for branch in expression.args["ifs"]:
                yield from _values(branch.args["true"])
            if default := expression.args.get("default"):
                yield from _values(default)
        case exp.Coalesce():
            for each in (expression.this, *expression.expressions):
                yield from _values(each)
