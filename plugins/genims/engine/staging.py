"""The rows of one run while they are still in DuckDB: read, examined, written as CSV.

MySQL's ``LOAD DATA LOCAL`` clips, truncates and skips with mere warnings. Values that do not fit are therefore
found here, where the error can name the column, the rule and the rows.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import duckdb

from genims.core import ddl
from genims.core.errors import QueryError, RejectedRows
from genims.core.sql_text import literal
from genims.engine.checks import FAIL, Check, CheckResult

EXAMPLES = 3
SHOWN_LENGTH = 60
# DuckDB wraps whatever a source answers. Of a query that is wrong, PostgreSQL quotes the line; what it says otherwise,
# such as that the server shuts down, may heal.
FAILED_IN_SOURCE = "Failed to prepare query"
WRONG_IN_SOURCE = re.compile(r"ERROR: [^\n]*\nLINE \d+:")
DECIMAL = re.compile(r"\bDECIMAL\(\d+, *(\d+)\)", re.IGNORECASE)


def duckdb_type(column: ddl.Column) -> str:
    """The DuckDB type whose text form MySQL reads into ``column`` without loss."""
    name = column.type.upper()
    if name.startswith(("VARCHAR", "CHAR", "TEXT", "MEDIUMTEXT", "LONGTEXT", "JSON")):
        return "VARCHAR"
    if name.startswith(("DATETIME", "TIMESTAMP")):
        return "TIMESTAMP"
    if name.startswith("TINYINT"):
        return "TINYINT"
    return re.sub(r"^INT\b", "INTEGER", name).replace("BIGINT UNSIGNED", "UBIGINT")


class StagedQuery(Protocol):
    """What is staged: a reporting table, or a log of the sources.

    :param name: as errors name it.
    :param path: the query file.
    :param grain: the columns that tell its rows apart.
    :param checks: what must hold for the rows, besides the demands of their columns and the grain.
    """

    name: str
    path: Path
    grain: tuple[str, ...]
    checks: tuple[Check, ...]


class Staging:
    """The result of one query in a temporary DuckDB table.

    :param duck: connection with the sources attached.
    :param query: what is loaded.
    :param columns: the target's columns that the query fills, in order.
    :param rows: the FROM clause that selects the staged rows.
    """

    def __init__(
        self, duck: duckdb.DuckDBPyConnection, query: StagedQuery, columns: list[ddl.Column], rows: str = "staged"
    ):
        self.duck = duck
        self.query = query
        self.columns = columns
        self.rows = rows
        self.found_types: dict[str, str] = {}

    def read(self, sql: str) -> int:
        """Run the query in one snapshot per source, which stays open until the rows are examined.

        :param sql: the rendered query.
        :returns: the number of rows.
        :raises QueryError: DuckDB does not understand the query.
        :raises RejectedRows: the result has other columns than the target, or a number too large for any column.
        """
        self.duck.execute("BEGIN TRANSACTION")
        with self._understood():
            try:
                rows = self._stage(sql)
            except (duckdb.ConversionException, duckdb.OutOfRangeException) as error:
                if "DECIMAL(" not in str(error):
                    raise
                rows = self._stage_wide(sql, error)
        self.found_types = {row[0]: str(row[1]) for row in self.duck.execute("FROM staged LIMIT 0").description}
        self._require_columns()
        return rows

    def _stage(self, sql: str) -> int:
        [rows] = self.duck.execute(f"CREATE OR REPLACE TEMP TABLE staged AS {sql}").fetchone()
        return rows

    def _stage_wide(self, sql: str, too_large: duckdb.Error) -> int:
        """The same rows in the widest decimals: a number that does not fit its column is then named with its row."""
        self.duck.execute("ROLLBACK")
        self.duck.execute("BEGIN TRANSACTION")
        try:
            return self._stage(DECIMAL.sub(r"DECIMAL(38, \1)", sql))
        except (duckdb.ConversionException, duckdb.OutOfRangeException) as error:
            raise RejectedRows(
                f"{self.query.name}: nothing was published, because a number of the sources makes one that is too "
                f"large for every decimal: {too_large}\nCorrect it in the source.",
                rejected=1,
            ) from error

    @contextmanager
    def _understood(self) -> Iterator[None]:
        try:
            yield
        except (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException) as error:
            if FAILED_IN_SOURCE in str(error) and not WRONG_IN_SOURCE.search(str(error)):
                raise
            raise QueryError(
                f"{self.query.name}: DuckDB does not understand the query: {error}\nChange {self.query.path.name}."
            ) from error

    def _require_columns(self) -> None:
        found, expected = self.found_types.keys(), {column.name for column in self.columns}
        if found != expected:
            raise RejectedRows(
                f"{self.query.name}: the query's columns are not the table's. "
                f"Missing: {sorted(expected - found) or 'none'}; "
                f"not in the table: {sorted(found - expected) or 'none'}. "
                f"Change {self.query.path.name} or the CREATE TABLE block to agree."
            )

    def leave_sources(self, checks_sql: str) -> list[CheckResult]:
        """Examine whether the declared checks hold, which may read the sources; end the snapshots.

        :param checks_sql: the statement of the checks that the header declares.
        :raises QueryError: DuckDB does not understand it.
        """
        declared = list(self._declared(checks_sql)) if self.query.checks else []
        self.duck.execute("COMMIT")
        return declared

    def examine(self) -> list[CheckResult]:
        """Examine whether all values fit their columns and the grain is unique."""
        return [*self._misfits(), self._repetitions()]

    def _declared(self, checks_sql: str) -> Iterator[CheckResult]:
        looks = [(check, column) for check in self.query.checks for column in check.columns or [None]]
        with self._understood():
            found = sorted(self.duck.execute(checks_sql).fetchall(), key=itemgetter(0))
        for (check, column), (_, bad_rows, first_bad, example) in zip(looks, found, strict=True):
            if first_bad is not None:
                example = self._examples(f"rowid = {first_bad}", column)
            rule = f"{check} of {column}" if column else str(check)
            yield CheckResult(check.name, column, check.level, bad_rows, example, rule)

    def _misfits(self) -> Iterator[CheckResult]:
        """The demands of all columns: a result for each broken rule, and one for each check that passed."""
        rules = [rule for column in self.columns for rule in _rules(column, self.found_types[column.name])]
        # Rows rarely break a rule: ask which one only if any is broken.
        broken = []
        if self._count(" OR ".join(f"({rule.broken_if})" for rule in rules)):
            broken = [(rule, count) for rule in rules if (count := self._count(rule.broken_if))]
        for rule, count in broken:
            yield CheckResult(rule.check, rule.column, FAIL, count, self._examples(rule.broken_if), rule.text)
        for check in sorted({rule.check for rule in rules} - {rule.check for rule, _ in broken}):
            yield CheckResult(check, None, FAIL)

    def _count(self, condition: str) -> int:
        return self.duck.execute(f"SELECT count(*) FROM staged WHERE {condition}").fetchone()[0]

    def _repetitions(self) -> CheckResult:
        grain = ", ".join(self.query.grain)
        typed = ", ".join(self._typed(name) for name in self.query.grain)
        repeated = self.duck.execute(
            f"SELECT {typed}, count(*) AS times FROM staged GROUP BY {typed} HAVING times > 1 ORDER BY ALL"
        ).fetchall()
        return CheckResult(
            "unique_grain",
            grain,
            FAIL,
            bad_rows=sum(row[-1] for row in repeated),
            example="; ".join(f"{_row(self.query.grain, row)} {row[-1]} times" for row in repeated[:EXAMPLES]) or None,
            rule=f"the grain ({grain}) occurs more than once",
        )

    def _typed(self, name: str) -> str:
        [column] = [column for column in self.columns if column.name == name]
        return f"TRY_CAST({name} AS {duckdb_type(column)})"

    def _examples(self, condition: str, column: str | None = None) -> str:
        names = (*self.query.grain, column) if column else self.query.grain
        values = ", ".join(f"{name}::VARCHAR" for name in names)
        rows = self.duck.execute(
            f"SELECT {values} FROM staged WHERE {condition} ORDER BY ALL LIMIT {EXAMPLES}"
        ).fetchall()
        return "; ".join(_row(names, row) for row in rows)

    def select(self) -> str:
        """The staged rows in the target's types and column order, sorted by its primary key, as InnoDB stores them."""
        values = ", ".join(f"CAST({column.name} AS {duckdb_type(column)}) AS {column.name}" for column in self.columns)
        return f"SELECT {values} FROM {self.rows} ORDER BY {self._key}"

    @property
    def _key(self) -> str:
        return ", ".join(self.query.grain)

    @contextmanager
    def halves(self, rows: int) -> Iterator[tuple[Staging, Staging]]:
        """The rows up to the middle of the key and those after it, each with its own connection, so that two can write.

        :param rows: the number of staged rows.
        """
        # A temporary table belongs to its own connection alone.
        shared = f"staged_{uuid4().hex}"
        self.duck.execute(f"CREATE TABLE {shared} AS FROM staged ORDER BY {self._key}")
        try:
            with self.duck.cursor() as first, self.duck.cursor() as second:
                yield (
                    Staging(first, self.query, self.columns, f"{shared} WHERE rowid < {rows // 2}"),
                    Staging(second, self.query, self.columns, f"{shared} WHERE rowid >= {rows // 2}"),
                )
        finally:
            self.duck.execute(f"DROP TABLE {shared}")

    def write_csv(self, path: str) -> None:
        """Write the rows in the one CSV form that ``LOAD DATA`` reads without loss.

        :param path: the file or pipe to write to.
        """
        texts = [column.name for column in self.columns if duckdb_type(column) == "VARCHAR"]
        quote = f", FORCE_QUOTE ({', '.join(texts)})" if texts else ""
        self.duck.execute(
            f"COPY ({self.select()}) TO {literal(path)} (FORMAT csv, HEADER false, QUOTE '\"', ESCAPE '\"', "
            f"NULLSTR 'NULL', USE_TMP_FILE false{quote})"
        )


def _row(names: tuple[str, ...], values: tuple) -> str:
    return ", ".join(f"{name}={_shown(value)}" for name, value in zip(names, values, strict=False))


def _shown(value: object) -> str:
    """The value as an error shows it; a long text must not flood the log."""
    text = str(value)
    return text if len(text) <= SHOWN_LENGTH else f"{text[:SHOWN_LENGTH]}... ({len(text)} characters)"


@dataclass(frozen=True)
class _Rule:
    """A demand of a column: the check that it belongs to, the error in words, and the SQL of rows that break it."""

    check: str
    column: str
    text: str
    broken_if: str


def _rules(column: ddl.Column, found_type: str) -> Iterator[_Rule]:
    name, wanted = column.name, duckdb_type(column)
    if column.required:
        yield _Rule("not_null", name, f"{name} is NULL, expected a value", f"{name} IS NULL")
    if limit := re.fullmatch(r"(?:VAR)?CHAR\((\d+)\)", column.type.upper()):
        text = f"{name} is longer than {limit[1]} characters"
        yield _Rule("fits_column", name, text, f"length({name}::VARCHAR) > {limit[1]}")
    if column.type.upper() == "TEXT":
        yield _Rule("fits_column", name, f"{name} is longer than 65,535 bytes", f"strlen({name}::VARCHAR) > 65535")
    value = name
    if found_type != wanted and wanted != "VARCHAR":
        value = f"TRY_CAST({name} AS {wanted})"
        text = f"{name} does not fit {column.type}"
        yield _Rule("fits_column", name, text, f"{name} IS NOT NULL AND {value} IS NULL")
    if _loses(found_type, wanted):
        # A query that means to round does so itself; the cast would cut off silently.
        text = f"{name} has decimals or a time of day that {column.type} would cut off: let the query round it"
        yield _Rule("fits_column", name, text, f"{value} <> {name}")
    if wanted == "TIMESTAMP" and (unit := _least_microseconds(column.type)) > 1:
        text = f"{name} has fractions of a second that {column.type} would round: declare it DATETIME(6)"
        yield _Rule("fits_column", name, text, f"epoch_us({value}) % {unit} <> 0")
    if wanted in ("DATE", "TIMESTAMP"):
        text = f"{name} is outside the years 1000 to 9999"
        yield _Rule("fits_column", name, text, f"NOT isfinite({value}) OR year({value}) NOT BETWEEN 1000 AND 9999")


def _loses(found_type: str, wanted: str) -> bool:
    """Whether a value may change in the cast and still fit."""
    if wanted == "DATE":
        return found_type.startswith("TIMESTAMP")
    return _scale(found_type) > _scale(wanted)


def _least_microseconds(type_name: str) -> int:
    """What MySQL rounds an instant of this type to, in microseconds."""
    decimals = re.fullmatch(r"\w+\((\d)\)", type_name)
    return 10 ** (6 - int(decimals[1] if decimals else 0))


def _scale(type_name: str) -> float:
    """The number of decimals that a type keeps."""
    if type_name in ("DOUBLE", "FLOAT"):
        return math.inf
    decimals = re.fullmatch(r"DECIMAL\(\d+, ?(\d+)\)", type_name)
    return int(decimals[1]) if decimals else 0
