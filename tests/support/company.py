"""A year of a small company in the source databases."""

from __future__ import annotations

from psycopg import sql

from dev.sample_data.__main__ import fill
from dev.sample_data.business import World
from dev.sample_data.databases import DATABASES
from dev.sample_data.plan import Plan
from genims.core.sources import SOURCES
from tests.support.faults.faults import TODAY
from tests.support.source_rows import SourceRows


def fill_company(source_rows: SourceRows, source_server: str, rows: int = 20_000, seed: int = 1) -> None:
    """Put 13 months of a company that ends today into the source databases, in the place of all that they hold."""
    empty_company(source_rows)
    world = World(Plan(rows, seed, TODAY, 13))
    for database in DATABASES:
        fill(source_server, database, world)


def empty_company(source_rows: SourceRows) -> None:
    """Empty every table of every source database."""
    for database in SOURCES:
        session = source_rows.connect(database)
        names = session.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        tables = sql.SQL(", ").join(sql.Identifier(name) for (name,) in names)
        session.execute(sql.SQL("TRUNCATE {}").format(tables))
