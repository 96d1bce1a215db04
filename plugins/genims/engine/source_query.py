"""What a query reads of the sources, and the text of it that is sent there.

Queries name source tables and columns plainly. What is sent names every table with its schema, and reads what is no
value as NULL, by one rule: a date or an instant that is infinite, and a number that is NaN or infinite.
"""

from __future__ import annotations

import gc
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import NamedTuple

import sqlglot
from sqlglot import exp
from sqlglot.optimizer.scope import Scope, traverse_scope

from genims.core import ddl
from genims.core.errors import QueryError
from genims.core.paths import REPORTING_SCHEMA, SOURCE_SCHEMAS
from genims.core.sources import SOURCES

# The name under which a query reads other reporting tables.
REPORTING = "reporting"
# Where the sources keep their tables.
SCHEMA = "public"

ABOVE, BELOW = (exp.GT, exp.GTE), (exp.LT, exp.LTE)
OPPOSITE = {exp.GT: exp.LT, exp.GTE: exp.LTE, exp.LT: exp.GT, exp.LTE: exp.GTE}
# How a column is read whose type has values that are none; {} is the column.
READ_AS = {
    "date": "CASE WHEN isfinite({0}) THEN {0} END",
    "number": "nullif({0}, 'NaN')",
    "float": "CASE WHEN {0} > '-infinity' AND {0} < 'infinity' THEN {0} END",
}
NO_VALUE = {
    "date": "NOT isfinite({0})",
    "number": "{0} = 'NaN'",
    "float": "NOT ({0} > '-infinity' AND {0} < 'infinity')",
}


class SourceTable(NamedTuple):
    """A table of a source, under the database's short name."""

    database: str
    table: str


# The columns of source tables with their types, as the sources have them.
LiveColumns = Mapping[SourceTable, Mapping[str, str]]


@dataclass(frozen=True, order=True)
class SourceColumn:
    """A column of a source table, under the database's short name.

    :param by_server: whether the server itself reads it, inside ``postgres_query``, and DuckDB only sees the result.
    """

    database: str
    table: str
    column: str
    by_server: bool = field(default=False, compare=False)


def expected_type(column: SourceColumn) -> str | None:
    """The type that ``schema/`` declares for a column; None where it declares no such column."""
    table = declared(SourceTable(column.database, column.table))
    found = table.columns.get(column.column) if table else None
    return found.type if found else None


def declared(table: SourceTable) -> ddl.Table | None:
    """What ``schema/`` declares of a table; None where it declares no such table."""
    reporting = table.database == REPORTING
    path = REPORTING_SCHEMA if reporting else SOURCE_SCHEMAS / f"{SOURCES[table.database]}.sql"
    return ddl.tables(path).get(table.table)


def kind_of(type_name: str | None) -> str | None:
    """Which of READ_AS a PostgreSQL type needs; None if all that it holds is a value."""
    word = (type_name or "").lower().partition("(")[0].partition(" ")[0]
    return {"date": "date", "timestamp": "date", "numeric": "number", "decimal": "number", "real": "float",
            "double": "float"}.get(word)  # fmt: skip


class _Edit(NamedTuple):
    """What stands in the place of a part of a text, from its first character to before ``end``."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Statement:
    """A SELECT that runs in PostgreSQL.

    :param database: the short name of its source database.
    :param text: as it is written.
    :raises QueryError: it cannot be parsed.
    """

    database: str
    text: str

    @cached_property
    def _scopes(self) -> list[Scope]:
        return traverse_scope(_parsed(self.text, "postgres"))

    @cached_property
    def columns(self) -> set[SourceColumn]:
        """Every column of a source table that it reads."""
        return {
            SourceColumn(column.database, column.table, column.column, by_server=True)
            for scope in self._scopes
            for column in _columns_of(scope, self.database, SOURCES)
        }

    @cached_property
    def tables(self) -> set[SourceTable]:
        """Every source table that it reads."""
        return {SourceTable(self.database, table.name) for table in self._named_tables()}

    def sent(self, live: LiveColumns = MappingProxyType({})) -> str:
        """The text that is sent: tables with their schema, and NULL for what is no value.

        :param live: the columns of the source tables with their types; those of others are as declared.
        """
        plain = [_start(table.this) for table in self._named_tables() if not table.db]
        edits = {_Edit(start, start, f"{SCHEMA}.") for start in plain}
        for scope in self._scopes:
            bounded, sources = _bounded(scope), _source_tables(scope, self.database, SOURCES)
            for column in scope.columns:
                if kind := kind_of(_type_of(column, sources, live)):
                    edits |= self._read_as(column, kind, bounded)
        return _edited(self.text, edits)

    def _named_tables(self) -> Iterator[exp.Table]:
        for scope in self._scopes:
            for source in scope.sources.values():
                if isinstance(source, exp.Table) and source.name and source.db in ("", SCHEMA):
                    yield source

    def _read_as(self, column: exp.Column, kind: str, bounded: set[str]) -> set[_Edit]:
        first = column.args["table"] if column.table else column.this
        start, end = _start(first), column.this.meta["end"] + 1
        name = self.text[start:end]
        if kind == "date":
            if name in bounded or _is_finite(column.parent):
                return set()
            if infinite := _compared_with(column):
                return {_Edit(start, start, f"{name} <> '{infinite}' AND ")}
        text = READ_AS[kind].format(name)
        if isinstance(column.parent, exp.Select) and column.arg_key == "expressions":
            text += f" AS {self.text[column.this.meta['start'] : end]}"
        return {_Edit(start, end, text)}


def _bounded(scope: Scope) -> set[str]:
    """The columns, as they are written, that the condition of a SELECT keeps between two bounds, and so finite."""
    where = scope.expression.args.get("where")
    sides: dict[str, set[type]] = {}
    for condition in where.this.flatten() if where and isinstance(where.this, exp.And) else [where and where.this]:
        condition = condition and condition.unnest()
        parts = condition.flatten() if isinstance(condition, exp.And) else [condition]
        for part in parts:
            part = part and part.unnest()
            if isinstance(part, (*ABOVE, *BELOW)) and isinstance(part.this, exp.Column):
                sides.setdefault(part.this.sql(), set()).add(exp.GT if isinstance(part, ABOVE) else exp.LT)
            elif isinstance(part, exp.Between) and isinstance(part.this, exp.Column):
                sides.setdefault(part.this.sql(), set()).update((exp.GT, exp.LT))
            elif _is_finite(part):
                sides.setdefault(part.expressions[0].sql(), set()).update((exp.GT, exp.LT))
    return {name for name, found in sides.items() if len(found) == 2}


def _is_finite(node: exp.Expression | None) -> bool:
    return isinstance(node, exp.Anonymous) and node.name.lower() == "isfinite"


def _compared_with(column: exp.Column) -> str | None:
    """The infinity that would pass a comparison of which the column is the left side; None if it is no such comparison.

    Such a column is left bare, beside a condition of its own: only so does an index serve the comparison.
    """
    comparison = column.parent
    if not isinstance(comparison, (*ABOVE, *BELOW)) or column.arg_key != "this":
        return None
    around = comparison.parent
    while isinstance(around, (exp.And, exp.Or, exp.Paren)):
        around = around.parent
    if not isinstance(around, (exp.Where, exp.Join, exp.Filter)):
        return None
    return "infinity" if isinstance(comparison, ABOVE) else "-infinity"


class SourceQuery:
    """A query of DuckDB over the sources: what it hands to ``postgres_query``, and tables that it names itself.

    :param sql: the rendered query.
    :param tree: the query as sqlglot parses it.
    :param columns: every column of the sources that it reads, also inside ``postgres_query``.
    :raises QueryError: it cannot be parsed.
    """

    def __init__(self, sql: str):
        self.sql = sql
        self.tree = _parsed(sql, "duckdb")
        self._statements: dict[_Edit, Statement] = {}
        for call in self.tree.find_all(exp.Anonymous):
            if call.name.lower() == "postgres_query" and len(call.expressions) >= 2:
                database, inner = call.expressions[:2]
                place = _Edit(_start(inner), inner.meta["end"] + 1, "")
                self._statements[place] = Statement(database.name, inner.name)
        self.columns = self.columns_of(SOURCES)

    def columns_of(self, databases: Collection[str]) -> set[SourceColumn]:
        """Every column of the given databases that it reads; REPORTING stands for reporting tables."""
        found = {column for scope in traverse_scope(self.tree) for column in _columns_of(scope, "", databases)}
        for statement in self._statements.values():
            found |= {column for column in statement.columns if column.database in databases}
        return found

    @cached_property
    def tables(self) -> set[SourceTable]:
        """Every source table that it reads."""
        scanned = {SourceTable(table.db, table.name) for table in self._scanned()}
        return scanned.union(*(statement.tables for statement in self._statements.values()))

    def sent(self, live: LiveColumns) -> str:
        """The text for DuckDB, with what is sent to the sources inside ``postgres_query``.

        :param live: the columns of the source tables with their types; where DuckDB names a table itself, they say
            which columns are read of it.
        """
        edits = {
            _Edit(place.start, place.end, _quoted(statement.sent(live)))
            for place, statement in self._statements.items()
        }
        for table in self._scanned():
            alias = "" if table.alias else f" AS {table.name}"
            text = f"postgres_query('{table.db}', {_quoted(self._scan(table, live))}){alias}"
            edits.add(_Edit(_start(table.args["db"]), table.this.meta["end"] + 1, text))
        return _edited(self.sql, edits)

    def _scanned(self) -> Iterator[exp.Table]:
        """The source tables that DuckDB names itself."""
        return (table for table in self.tree.find_all(exp.Table) if table.db in SOURCES and table.name)

    def _scan(self, table: exp.Table, live: LiveColumns) -> str:
        columns = live.get(SourceTable(table.db, table.name), {})
        names = self._names & columns.keys() or columns
        if any(not isinstance(star.parent, exp.Count) for star in self.tree.find_all(exp.Star)):
            names = columns
        values = (_value(name, kind_of(type_name)) for name, type_name in columns.items() if name in names)
        return f'SELECT {", ".join(values)} FROM {SCHEMA}."{table.name}"'

    @cached_property
    def _names(self) -> set[str]:
        """Every name in the query that may be a column's."""
        return {identifier.name for identifier in self.tree.find_all(exp.Identifier)}


def _value(name: str, kind: str | None) -> str:
    return f"{READ_AS[kind].format(_identifier(name))} AS {_identifier(name)}" if kind else _identifier(name)


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _quoted(statement: str) -> str:
    return f"$genims${statement}$genims$"


def _start(node: exp.Expression) -> int:
    return node.meta["start"]


def _edited(text: str, edits: Iterable[_Edit]) -> str:
    for edit in sorted(edits, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def _parsed(sql: str, dialect: str) -> exp.Expression:
    with _no_garbage_collection():
        try:
            return sqlglot.parse_one(sql, dialect=dialect)
        except sqlglot.ParseError as error:
            [first, *_] = error.errors
            place = f"line {first['line']}, column {first['col']}, at {first['highlight']!r}"
            raise QueryError(f"The query cannot be parsed: {place}: {first['description']}") from error


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Parsing makes many objects and no garbage; to look for it in all that Airflow holds would take as long again."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _columns_of(scope: Scope, database: str, databases: Collection[str]) -> set[SourceColumn]:
    sources = _source_tables(scope, database, databases)
    names = [(column.table, column.name) for column in scope.columns]
    names += [
        ("", name.name) for join in scope.expression.args.get("joins") or [] for name in join.args.get("using") or []
    ]
    return {
        candidate
        for alias, name in names
        for candidate in _candidates(alias, name, sources)
        if alias or expected_type(candidate)
    }


def _type_of(column: exp.Column, sources: dict[str, SourceTable], live: LiveColumns) -> str | None:
    """The type of the source column that a name stands for; None if it is another thing, as a subquery's column is."""
    for each in _candidates(column.table, column.name, sources):
        columns = live.get(SourceTable(each.database, each.table), {})
        if found := columns.get(each.column) or expected_type(each):
            return found
    return None


def _candidates(alias: str, name: str, sources: dict[str, SourceTable]) -> list[SourceColumn]:
    owners = [sources[alias]] if alias in sources else list(sources.values()) if not alias else []
    return [SourceColumn(*owner, name) for owner in owners]


def _source_tables(scope: Scope, database: str, databases: Collection[str]) -> dict[str, SourceTable]:
    """The source tables that a column of this scope may belong to, by the names that it knows them by."""
    tables = {
        alias: SourceTable(database if database and source.db in ("", SCHEMA) else source.db, source.name)
        for alias, source in _visible_sources(scope).items()
        if isinstance(source, exp.Table) and source.name
    }
    return {alias: table for alias, table in tables.items() if table.database in databases}


def _visible_sources(scope: Scope) -> dict:
    """The tables that a column of this scope may belong to, those of outer queries included."""
    outer = _visible_sources(scope.parent) if scope.parent else {}
    return {**outer, **scope.sources}
