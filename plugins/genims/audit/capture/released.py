"""What this release puts into a source database: the functions of its schema file, and the list of captured tables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from genims.audit.capture.routing import routing
from genims.core import ddl
from genims.core.paths import SCHEMA, SOURCE_SCHEMAS
from genims.core.sources import SOURCES

SCHEMA_FILE = SCHEMA / "postgres_audit_capture.sql"
FUNCTION = re.compile(
    r"^CREATE OR REPLACE FUNCTION genims_audit\.(\w+)\(.*?\bAS \$\$(.*?)\$\$;", re.DOTALL | re.MULTILINE
)
TABLE = re.compile(r"^CREATE TABLE IF NOT EXISTS .*?;\n|^DO \$\$.*?^\$\$;\n", re.DOTALL | re.MULTILINE)
SCHEMA_NAME = "genims_audit"


def schema(name: str = SCHEMA_NAME) -> str:
    """The schema file.

    :param name: of the schema that it is to make.
    """
    return SCHEMA_FILE.read_text().replace(SCHEMA_NAME, name)


def tables() -> str:
    """The part of the schema file that makes the tables; it leaves alone those that there are."""
    return "".join(TABLE.findall(SCHEMA_FILE.read_text()))


def function_statements() -> str:
    """The part of the schema file that makes the functions, or replaces them."""
    text = SCHEMA_FILE.read_text()
    return text[text.index("CREATE OR REPLACE FUNCTION") :]


def functions() -> dict[str, str]:
    """The body of each function that the schema file declares, by name."""
    return dict(FUNCTION.findall(SCHEMA_FILE.read_text()))


def listed_tables(database: str) -> list[dict[str, object]]:
    """The rows of ``genims_audit.captured_table``, by column.

    :param database: short name of the source database.
    """
    declared = declared_columns(database)
    return [
        {
            "table_name": name,
            "operations": sorted(table.only),
            "masked_columns": sorted(table.mask),
            "clear_columns": sorted(table.clear),
            "declared_columns": sorted(set(declared.get(name, ())) - table.mask),
        }
        for name, table in routing().tables.get(database, {}).items()
    ]


def list_entries(rows: Iterable[Mapping[str, object]]) -> dict[str, dict[str, list[str]]]:
    """What a list of captured tables says of each: the operations that are captured, which columns are masked, and
    which may be shown. Without masks, every column may be.

    :param rows: such as those of ``listed_tables``.
    """
    entries = {}
    for row in rows:
        shown = {"clear": sorted(row["clear_columns"]), "declared": sorted(row["declared_columns"])}
        masks = {"masked": sorted(row["masked_columns"])} | shown if row["masked_columns"] else {}
        entries[row["table_name"]] = {"operations": sorted(row["operations"])} | masks
    return entries


def declared_columns(database: str) -> dict[str, list[str]]:
    """The columns of each table that ``schema/sources`` declares: those that are not masked may be shown.

    :param database: short name of the source database.
    """
    declared = ddl.tables(SOURCE_SCHEMAS / f"{SOURCES[database]}.sql")
    return {name: list(table.columns) for name, table in declared.items()}
