"""Loads a database's tables into PostgreSQL: all of them or none."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np
import psycopg
from psycopg import sql

from dev.sample_data.columns import Columns
from dev.sample_data.schema import Schema, Table, read_schema

BLOCK = 1 << 20


def is_filled(dsn: str, database: str) -> bool:
    """Whether any source table of the database holds rows, generated or real."""
    if not exists(dsn, database):
        return False
    with psycopg.connect(dsn, dbname=database) as connection:
        present = {row[0] for row in connection.execute("SELECT relname FROM pg_class WHERE relkind = 'r'")}
        names = [sql.Identifier(name) for name in read_schema(database).tables if name in present]
        any_row = sql.SQL("SELECT EXISTS (SELECT FROM {})")
        return any(connection.execute(any_row.format(name)).fetchone()[0] for name in names)


def load(dsn: str, database: str, tables: dict[str, Columns], created: np.datetime64) -> int:
    """Create the database and its tables, and fill them in one transaction.

    :param created: the creation time of rows without a date of their own.
    :return: how many rows were loaded.
    """
    schema = read_schema(database)
    if missing := set(schema.tables) - set(tables):
        raise ValueError(f"{database}: no rows for {sorted(missing)}")
    if not exists(dsn, database):
        with psycopg.connect(dsn, dbname="postgres", autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
    with psycopg.connect(dsn, dbname=database) as connection, tempfile.TemporaryDirectory() as folder:
        return sum(_fill(connection, schema, tables, created, Path(folder)))


def exists(dsn: str, database: str) -> bool:
    with psycopg.connect(dsn, dbname="postgres") as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone()
    return found is not None


def _fill(
    connection: psycopg.Connection, schema: Schema, tables: dict[str, Columns], created: np.datetime64, folder: Path
) -> Iterator[int]:
    connection.execute("SET LOCAL client_min_messages = warning; SET LOCAL synchronous_commit = off")
    for table in schema.tables.values():
        connection.execute(table.ddl)
    for name, columns in tables.items():
        table = schema.tables[name]
        yield _copy(connection, table, complete(table, columns, created), folder / f"{name}.csv")
    for statement in schema.indexes:  # after the rows: several times faster
        connection.execute(statement)
    connection.execute("ANALYZE")


def _copy(connection: psycopg.Connection, table: Table, columns: dict[str, np.ndarray], file: Path) -> int:
    write_csv(table, columns, file)
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    command = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(sql.Identifier(table.name), names)
    with connection.cursor().copy(command) as copy, file.open("rb") as source:
        while block := source.read(BLOCK):
            copy.write(block)
    file.unlink()
    key = columns[table.primary_key]
    if table.columns[table.primary_key].is_serial:
        sequence = f"pg_get_serial_sequence('{table.name}', '{table.primary_key}')"
        connection.execute(f"SELECT setval({sequence}, {key.max()})")
    return len(key)


def complete(table: Table, columns: Columns, created: np.datetime64) -> dict[str, np.ndarray]:
    """The columns at full length, with the instants that would otherwise be those of the load.

    A row is created, and last updated, on its first date, or at ``created`` if it has none. PostgreSQL fills
    every other column that is left out with its default.

    :raises ValueError: a column is unknown, or is required, has no default and is left out.
    """
    if unknown := set(columns) - set(table.columns):
        raise ValueError(f"{table.name} has no columns {sorted(unknown)}")
    length = len(columns[table.primary_key])
    full = {name: _as_column(columns[name], length) for name in table.columns if name in columns}
    instants = next((values for values in full.values() if values.dtype.kind == "M"), _as_column(created, length))
    for column in table.columns.values():
        if column.default == "CURRENT_TIMESTAMP" and column.name not in full:
            full[column.name] = np.where(np.isnat(instants), created, instants)
        if column.required and column.default is None and column.name not in full:
            raise ValueError(f"{table.name}.{column.name} is NOT NULL without a default: give it values")
    return full


def _as_column(values, length: int) -> np.ndarray:
    values = np.asarray(values)
    if values.dtype.kind == "U":
        values = values.astype(object)
    if values.dtype.kind == "M":
        values = values.astype("datetime64[s]")
    return values if values.ndim else np.full(length, values)


def write_csv(table: Table, columns: dict[str, np.ndarray], file: Path) -> None:
    """Write the columns as PostgreSQL reads them; DuckDB does this faster than Python could."""
    casts = ", ".join(f'CAST("{name}" AS {_duckdb_type(table.columns[name].type)})' for name in columns)
    with duckdb.connect(config={"threads": 1, "pandas_analyze_sample": 0}) as connection:  # object columns are text
        connection.execute(f"COPY (SELECT {casts} FROM columns) TO '{file}' (FORMAT csv, HEADER false)")


def _duckdb_type(postgres_type: str) -> str:
    if postgres_type in ("JSONB", "POINT") or postgres_type.endswith("[]"):
        return "VARCHAR"
    return postgres_type.replace("BIGSERIAL", "BIGINT")
