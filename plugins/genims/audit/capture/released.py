"""What this release puts into a source database: the functions of its schema file, and the list of captured tables."""

from __future__ import annotations

import re

from genims.audit.capture.routing import routing
from genims.core.paths import SCHEMA

SCHEMA_FILE = SCHEMA / "postgres_audit_capture.sql"
FUNCTION = re.compile(
    r"^CREATE OR REPLACE FUNCTION genims_audit\.(\w+)\(.*?\bAS \$\$(.*?)\$\$;", re.DOTALL | re.MULTILINE
)


def functions() -> dict[str, str]:
    """The body of each function that the schema file declares, by name."""
    return dict(FUNCTION.findall(SCHEMA_FILE.read_text()))


def listed_tables(database: str) -> list[dict[str, object]]:
    """The rows of ``genims_audit.captured_table``, by column.

    :param database: short name of the source database.
    """
    return [
        {"table_name": name, "operations": sorted(table.only), "masked_columns": sorted(table.mask)}
        for name, table in routing().tables.get(database, {}).items()
    ]
