"""Where the files of the package are, wherever it is deployed."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SQL = ROOT / "include" / "sql"
ACCEPTED_WARNINGS = ROOT / "include" / "accepted_warnings.yaml"
REPORTING_SQL = SQL / "reporting"
SOURCE_LOGS_SQL = SQL / "audit" / "logs"
SCHEMA = ROOT / "schema"
REPORTING_SCHEMA = SCHEMA / "mysql_reporting_schema.sql"
SOURCE_SCHEMAS = SCHEMA / "sources"


def sql(name: str) -> str:
    """The text of a file below ``include/sql``.

    :param name: its path from there, such as ``audit/drift/mysql_rights``.
    :raises FileNotFoundError: no file has this name.
    """
    return (SQL / f"{name}.sql").read_text()
