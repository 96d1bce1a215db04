"""A separate source database for the tests of change capture, with the tables they need."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from unittest.mock import patch

import psycopg
from psycopg import sql

from genims.audit.capture import released
from genims.audit.capture.install import install
from genims.audit.capture.routing import CapturedTable, Routing, routing
from genims.audit.stream.pg_record import parse

ITEM = "CREATE TABLE item (id int PRIMARY KEY, name text, price numeric(10,2))"
STANDS_FOR = "sync"  # the source that this database takes the place of


@dataclass(frozen=True)
class Event:
    """One event as a reader sees it; the images are read into values by column."""

    op: str
    table: str
    row_count: int
    before: dict | None
    after: dict | None


class CaptureDatabase:
    """A database whose tables are captured.

    :param server: connection string of the server's owner, without a database.
    :param installer: the role that installs the capture and owns the tables.
    """

    def __init__(self, server: str, name: str, installer: str):
        self.name = name
        self.installer = installer
        self.tables: dict[str, CapturedTable] = {}
        self.declared: dict[str, list[str]] = {}
        self._server = server
        self.owner = self.connect()
        self.owner.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(installer)))
        self._reader = psycopg.connect(
            server,
            dbname=name,
            user=os.environ["POSTGRES_USERNAME"],
            password=os.environ["POSTGRES_PASSWORD"],
            client_encoding="UTF8",
            autocommit=True,
        )

    def connect(self, **options) -> psycopg.Connection:
        """A session of the server's owner; every statement commits by itself."""
        options = {"client_encoding": "UTF8"} | options
        return psycopg.connect(self._server, dbname=self.name, autocommit=True, **options)

    def create(self, statement: str, table: str, **listed) -> None:
        """Make a table and have it captured; its columns count as declared in schema/sources.

        :param table: its name as the list has it.
        :param listed: what the list says of it beside its name.
        """
        self.owner.execute(statement)
        columns = "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
        self.declared[table] = [
            name for (name,) in self.owner.execute(columns, [sql.Identifier("public", table).as_string()])
        ]
        self.tables[table] = CapturedTable(domains=(), **listed)
        install(STANDS_FOR)
        self.events()

    def events(self) -> list[Event]:
        """What was captured since the last call, in order; it is cleared as audit_sync does."""
        rows = self._reader.execute(
            """
            SELECT e.seq, e.op, e.table_name, CASE WHEN e.op IN ('I', 'U', 'D') THEN 1 ELSE e.row_count END,
                i.before, i.after, v.column_names
            FROM genims_audit.event AS e
            CROSS JOIN LATERAL unnest(e.before, e.after) WITH ORDINALITY AS i (before, after, place)
            LEFT JOIN genims_audit.table_version AS v USING (version_id)
            ORDER BY e.seq, i.place
            """
        ).fetchall()
        self._reader.execute("DELETE FROM genims_audit.event WHERE seq = ANY (%s)", [[row[0] for row in rows]])
        assert self._reader.execute("SELECT * FROM genims_audit.event").fetchall() == [], "no image"
        return [self._event(*row[1:]) for row in rows]

    def _event(self, op, table, row_count, before, after, columns) -> Event:
        if op in "IUD":
            before, after = (text and dict(zip(columns, parse(text), strict=True)) for text in (before, after))
        elif after:
            after = json.loads(after)
        return Event(op, table, row_count, before, after)

    def authors(self) -> list[dict]:
        """In which transactions the events that are not cleared were made, and by whom, in order."""
        cursor = self._reader.cursor(row_factory=psycopg.rows.dict_row)
        return cursor.execute(
            """
            SELECT xid, session_user_name, app_user, application_name, client_address, request_id, reason
            FROM genims_audit.event
            ORDER BY seq
            """
        ).fetchall()

    @property
    def session_user(self) -> str:
        return self.owner.info.user

    def close(self) -> None:
        self.owner.close()
        self._reader.close()


@contextmanager
def role(server: str, name: str, options: str = "") -> Iterator[None]:
    """A role of the server for as long as it takes.

    :param options: of CREATE ROLE.
    """
    with psycopg.connect(server, dbname="postgres", autocommit=True) as admin:
        admin.execute(f"DROP ROLE IF EXISTS {name}")
        admin.execute(f"CREATE ROLE {name} {options}")
        yield
        admin.execute(f"DROP ROLE {name}")


@contextmanager
def capture_database(
    server: str, name: str, installer: str, password: str, options: str = ""
) -> Iterator[CaptureDatabase]:
    """Make the database, let it take the place of a source, and drop it at the end.

    :param installer: an existing role; it gets the database.
    :param options: of CREATE DATABASE.
    """
    with psycopg.connect(server, dbname="postgres", autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        admin.execute(f"CREATE DATABASE {name} OWNER {installer} {options}")
        admin.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
        database = CaptureDatabase(server, name, installer)
        database.owner.execute(f"GRANT CREATE ON SCHEMA public TO {installer}")
        listed = Routing.__new__(Routing)
        listed.by_operation, listed.tables = routing().by_operation, {STANDS_FOR: database.tables}
        prefix = f"POSTGRES_{STANDS_FOR.upper()}_"
        place = {f"{prefix}DB": name, f"{prefix}CAPTURE_USERNAME": installer, f"{prefix}CAPTURE_PASSWORD": password}
        with (
            patch.dict(os.environ, place),
            patch.multiple(released, routing=lambda: listed, declared_columns=lambda _: database.declared),
        ):
            install(STANDS_FOR)
            yield database
        database.close()
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def row(*values) -> dict:
    """A row of the table item."""
    return dict(zip(("id", "name", "price"), values, strict=True))


def changes(database) -> list[tuple]:
    """Operation, before and after of the events since the last call."""
    return [(event.op, event.before, event.after) for event in database.events()]


def everything_written(database) -> str:
    """All that genims_audit holds, as one text; the events are cleared."""
    texts = []
    for table in ("event", "table_version", "known_column", "captured_relation", "seal"):
        rows = database.owner.execute(f"SELECT t::text FROM genims_audit.{table} AS t").fetchall()
        texts += [text for (text,) in rows]
    database.events()
    return "\n".join(texts)
