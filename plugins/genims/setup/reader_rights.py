"""What the reader of the sources may do there: SELECT from the tables that ``schema/sources`` lists.

``python -m genims.setup.reader_rights`` prints the grants as a script for psql, run by the owner of the tables.
"""

from __future__ import annotations

import re

from genims.core.paths import SCHEMA
from genims.core.sources import SOURCES

TABLE = re.compile(r"^CREATE TABLE IF NOT EXISTS (\w+) \(", re.MULTILINE)


def grants(reader: str, database: str) -> list[str]:
    """The statements that let a role read a source database, run by the owner of its tables.

    :param reader: name of the role.
    :param database: name of the database on its server.
    """
    role = '"' + reader.replace('"', '""') + '"'
    return [
        f"GRANT USAGE ON SCHEMA public TO {role}",
        f"GRANT SELECT ON {', '.join(f'public.{table}' for table in listed(database))} TO {role}",
    ]


def listed(database: str) -> list[str]:
    """The names of the tables that the reader may read in a source database, which are in its schema ``public``.

    :param database: name of the database on its server, as ``schema/sources`` has it.
    """
    return TABLE.findall((SCHEMA / "sources" / f"{database}.sql").read_text())


def script() -> str:
    """The grants in all source databases, each to the user of its connection."""
    # Imported here, because the local stack needs the grants alone, and Airflow takes seconds to import.
    from genims.core import connections

    lines = []
    for name, database in SOURCES.items():
        reader = connections.connection(connections.source_id(name)).login
        lines += [f"\\connect {database}", *(f"{grant};" for grant in grants(reader, database))]
    return "\n".join(lines)


if __name__ == "__main__":
    print(script())
