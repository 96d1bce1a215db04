"""Where the package's files are, wherever it is deployed."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SQL = ROOT / "include" / "sql"
REPORTING_SQL = SQL / "reporting"
SOURCE_LOGS_SQL = SQL / "audit" / "logs"
SCHEMA = ROOT / "schema"
SOURCE_SCHEMAS = SCHEMA / "sources"


def sql(name: str) -> str:
    """The text of ``include/sql/<name>.sql``."""
    return (SQL / f"{name}.sql").read_text()
