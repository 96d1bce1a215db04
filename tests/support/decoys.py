"""What somebody who may create in a database puts there, so that a careless session of ours runs it.

Every function, operator, relation and type of PostgreSQL's catalogue has a decoy of the same name and form. The
functions that our SQL calls have further ones, whose parameters fit common arguments better than the catalogue's.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain

import psycopg

from genims.core.paths import ROOT, SCHEMA, SQL

# Before pg_catalog in the path that the database sets, and the schema that every path has.
SCHEMAS = ("decoys", "public")
CALL = re.compile(r"\b([a-z][a-z0-9_]*)\s*\(")
# What the catalogue's functions with parameters of any type are called with.
FITTING = ("text", "int4", "name", "oid", "date", "bool")

MAKE = (ROOT / "tests/support/decoys.sql").read_text()


def called_names() -> set[str]:
    """Every word that stands before a parenthesis in our SQL: in its files, and in texts of the package's modules."""
    texts = [path.read_text() for path in chain(SQL.rglob("*.sql"), SCHEMA.glob("postgres_*.sql"))]
    for module in (ROOT / "plugins").rglob("*.py"):
        constants = (node for node in ast.walk(ast.parse(module.read_text())) if isinstance(node, ast.Constant))
        texts += [node.value for node in constants if isinstance(node.value, str)]
    return {name for text in texts for name in CALL.findall(text.lower())}


class Decoys:
    """The decoys of one database.

    :param owner: a session of the server's owner in it.
    :param maker: the role that has made them.
    """

    def __init__(self, owner: psycopg.Connection, maker: str):
        self.maker = maker
        self._owner = owner

    def ran(self) -> int:
        """How often any of them was run."""
        [(runs,)] = self._owner.execute("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM decoys.runs")
        return runs

    def functions(self, schema: str = "decoys") -> set[str]:
        """The names of the functions in a schema."""
        names = "SELECT proname FROM pg_proc WHERE pronamespace = %s::regnamespace"
        return {name for (name,) in self._owner.execute(names, [schema])}


@contextmanager
def decoys(server: str, database: str) -> Iterator[Decoys]:
    """A database full of decoys, inside. Its event triggers are off before and after, until the next install.

    :param server: connection string of the server's owner, without a database.
    :param database: its name.
    """
    with psycopg.connect(server, dbname=database, autocommit=True, options="-c search_path=pg_catalog") as owner:
        maker = f"decoys_of_{database}"
        owner.execute(f"CREATE ROLE {maker}")
        _disable_event_triggers(owner)
        try:
            owner.execute(f"CREATE SCHEMA decoys AUTHORIZATION {maker}; GRANT CREATE ON SCHEMA public TO {maker}")
            owner.execute("GRANT USAGE ON SCHEMA decoys TO public")
            owner.execute(f"SET ROLE {maker}")
            owner.execute(MAKE, prepare=False)
            for schema in SCHEMAS:
                owner.execute("SELECT decoys.make(%s, %s, %s)", [schema, sorted(called_names()), list(FITTING)])
            owner.execute("RESET ROLE")
            owner.execute(f"ALTER DATABASE {database} SET search_path = decoys, public, pg_catalog")
            yield Decoys(owner, maker)
        finally:
            owner.execute("RESET ROLE")
            _disable_event_triggers(owner)
            owner.execute(f"ALTER DATABASE {database} RESET search_path")
            owner.execute(f"SET client_min_messages = warning; DROP OWNED BY {maker} CASCADE; DROP ROLE {maker}")


def _disable_event_triggers(owner: psycopg.Connection) -> None:
    """So that thousands of decoys are not thousands of events."""
    for (name,) in owner.execute("SELECT evtname FROM pg_event_trigger").fetchall():
        owner.execute(f"ALTER EVENT TRIGGER {name} DISABLE")
