"""The rows of one run while they are still in DuckDB: read, examined, written to a file.

MySQL's ``LOAD DATA LOCAL`` clips, truncates and skips with mere warnings, so whatever would not fit is
found here, where the error can name the column, the rule and the rows.
"""

from __future__ import annotations

import re

import duckdb

from genims import ddl
from genims.errors import RejectedRows
from genims.hooks.sources import literal
from genims.reporting_table import ReportingTable

EXAMPLES = 3
SHOWN_LENGTH = 60


def duckdb_type(column: ddl.Column) -> str:
    """The DuckDB type whose text form MySQL reads into ``column`` without loss."""
    name = column.type.upper()
    if name.startswith(("VARCHAR", "CHAR", "TEXT", "MEDIUMTEXT", "LONGTEXT", "JSON")):
        return "VARCHAR"
    if name.startswith(("DATETIME", "TIMESTAMP")):
        return "TIMESTAMP"
    if name.startswith("TINYINT"):
        return "TINYINT"
    return re.sub(r"^INT\b", "INTEGER", name)


class Staging:
    """The result of one query in a temporary DuckDB table.

    :param duck: connection with the sources attached.
    :param table: what is loaded.
    :param columns: the target's columns that the query fills, in order.
    """

    def __init__(self, duck: duckdb.DuckDBPyConnection, table: ReportingTable, columns: list[ddl.Column]):
        self.duck = duck
        self.table = table
        self.columns = columns

    def read(self, sql: str) -> int:
        """Run the query in one snapshot per source; returns the number of rows.

        :raises RejectedRows: the result has other columns than the target.
        """
        self.duck.execute("BEGIN TRANSACTION")
        self.duck.execute(f"CREATE OR REPLACE TEMP TABLE staged AS {sql}")
        self.duck.execute("COMMIT")
        self._require_columns()
        return self.duck.execute("SELECT count(*) FROM staged").fetchone()[0]

    def _require_columns(self) -> None:
        found = [row[0] for row in self.duck.execute("SELECT * FROM staged LIMIT 0").description]
        expected = [column.name for column in self.columns]
        if set(found) != set(expected):
            raise RejectedRows(
                f"{self.table.name}: the query's columns are not the table's. "
                f"Missing: {sorted(set(expected) - set(found)) or 'none'}; "
                f"not in the table: {sorted(set(found) - set(expected)) or 'none'}. "
                f"Change {self.table.path.name} or the CREATE TABLE block to agree."
            )

    def examine(self) -> None:
        """Make sure that every row fits its column and that the grain is unique.

        :raises RejectedRows: the message names each broken rule with examples.
        """
        found_types = {row[0]: str(row[1]) for row in self.duck.execute("SELECT * FROM staged LIMIT 0").description}
        rules = {
            rule: condition
            for column in self.columns
            for rule, condition in _broken_rules(column, found_types[column.name]).items()
        }
        counts = self.duck.execute(
            "SELECT "
            + ", ".join(f"count(*) FILTER (WHERE {condition})" for condition in rules.values())
            + " FROM staged"
        ).fetchone()
        broken = {rule: count for rule, count in zip(rules, counts, strict=True) if count}
        lines = [f"{count} rows: {rule}, such as {self._examples(rules[rule])}" for rule, count in broken.items()]
        rejected = sum(broken.values())

        grain = ", ".join(self.table.grain)
        repeated = self.duck.execute(
            f"SELECT {grain}, count(*) AS times FROM staged GROUP BY {grain} HAVING times > 1 ORDER BY {grain}"
        ).fetchall()
        if repeated:
            rejected += sum(row[-1] for row in repeated)
            examples = "; ".join(f"{_row(self.table.grain, row)} {row[-1]} times" for row in repeated[:EXAMPLES])
            lines.append(f"{len(repeated)} keys of the grain ({grain}) occur more than once, such as {examples}")
        if lines:
            raise RejectedRows(
                f"{self.table.name}: nothing was published, because rows do not fit the table.\n  "
                + "\n  ".join(lines),
                rejected,
            )

    def _examples(self, condition: str) -> str:
        grain = ", ".join(f"{name}::VARCHAR" for name in self.table.grain)
        rows = self.duck.execute(
            f"SELECT {grain} FROM staged WHERE {condition} ORDER BY ALL LIMIT {EXAMPLES}"
        ).fetchall()
        return "; ".join(_row(self.table.grain, row) for row in rows)

    def select(self) -> str:
        """The staged rows in the target's types and column order, sorted by its primary key, as InnoDB stores them."""
        values = ", ".join(f"CAST({column.name} AS {duckdb_type(column)}) AS {column.name}" for column in self.columns)
        return f"SELECT {values} FROM staged ORDER BY {', '.join(self.table.grain)}"

    def write_csv(self, path: str) -> None:
        """Write the rows in the one CSV form that ``LOAD DATA`` reads back without loss."""
        texts = [column.name for column in self.columns if duckdb_type(column) == "VARCHAR"]
        quote = f", FORCE_QUOTE ({', '.join(texts)})" if texts else ""
        self.duck.execute(
            f"COPY ({self.select()}) TO {literal(path)} (FORMAT csv, HEADER false, QUOTE '\"', ESCAPE '\"', "
            f"NULLSTR 'NULL', USE_TMP_FILE false{quote})"
        )


def _row(names: tuple[str, ...], values: tuple) -> str:
    return ", ".join(f"{name}={_shown(value)}" for name, value in zip(names, values, strict=False))


def _shown(value: object) -> str:
    """The value as an error shows it: a text of any length must not flood the log."""
    text = str(value)
    return text if len(text) <= SHOWN_LENGTH else f"{text[:SHOWN_LENGTH]}... ({len(text)} characters)"


def _broken_rules(column: ddl.Column, found_type: str) -> dict[str, str]:
    """Rules that rows of ``column`` may break: what is wrong -> the condition under which it is."""
    name, wanted = column.name, duckdb_type(column)
    rules = {}
    if column.required:
        rules[f"{name} is NULL, expected a value"] = f"{name} IS NULL"
    if limit := re.fullmatch(r"(?:VAR)?CHAR\((\d+)\)", column.type.upper()):
        rules[f"{name} is longer than {limit[1]} characters"] = f"length({name}::VARCHAR) > {limit[1]}"
    if column.type.upper() == "TEXT":
        rules[f"{name} is longer than 65,535 bytes"] = f"strlen({name}::VARCHAR) > 65535"
    value = name if found_type == wanted else f"TRY_CAST({name} AS {wanted})"
    if value != name and wanted != "VARCHAR":
        rules[f"{name} does not fit {column.type}"] = f"{name} IS NOT NULL AND {value} IS NULL"
    if wanted in ("DATE", "TIMESTAMP"):
        rules[f"{name} is outside the years 1000 to 9999"] = (
            f"NOT isfinite({value}) OR year({value}) NOT BETWEEN 1000 AND 9999"
        )
    return rules
