"""Begins a log of a source: writes its query with all columns of its audit table, and a first case."""

from __future__ import annotations

from dev.recipes.names import check_log_name
from dev.recipes.vocabulary import words_of
from dev.stack.steps import StackError, say
from genims.audit.format.chained_tables import AUDIT_SCHEMA, chained_tables
from genims.core import ddl
from genims.core.paths import ROOT, SOURCE_LOGS_SQL

QUERY = """\
/* ---
description: What one entry of {name} says.
table: {table}
reads: [service]
owner: data-platform
--- */

SELECT
    concat_ws('/', 'service.portal_users', u.portal_user_id) AS entry_key,
    happened(u.created_at) AS audit_timestamp,
    {columns}
FROM service.portal_users AS u
"""

CASE = """\
- case: a user of the portal is an entry, once
  given:
    service.portal_users:
      - {portal_user_id: U1, account_id: A1, username: ann, created_at: 2026-03-02 08:00:00}
  expect:
    - {source_table: service.portal_users, source_key: U1}
"""


def log_tables() -> list[str]:
    """The audit tables that a log may fill: their rows name the row of the source that they come from."""
    return sorted(name for name, table in chained_tables().items() if "source_key" in table.own_columns)


def new_log(name: str, table: str) -> None:
    """Write the files of a new log, and say what they are for.

    :raises StackError: the name or the table is not allowed, or a log of that name is there.
    """
    check_log_name(name)
    if table not in log_tables():
        raise StackError(f"TABLE={table!r}: expected an audit table that logs fill, one of {', '.join(log_tables())}")
    query, case = SOURCE_LOGS_SQL / f"{name}.sql", ROOT / "tests" / "cases" / "audit" / "logs" / f"{name}.yaml"
    if there := [str(path.relative_to(ROOT)) for path in (query, case) if path.exists()]:
        raise StackError(f"NAME={name}: {', '.join(there)} is there already; expected a new name")

    case.write_text(CASE)
    # Last and at once: a running Airflow takes the log over as soon as it sees the query.
    unfinished = query.with_suffix(".unfinished")
    unfinished.write_text(QUERY.format(name=name, table=table, columns=",\n    ".join(_columns(table))))
    unfinished.rename(query)

    say(f"{query.relative_to(ROOT)!s:<55} its header and its query over the sources")
    say(f"{case.relative_to(ROOT)!s:<55} rows given, entries expected; changes, and entries expected then")
    say(
        f"\nIt begins as a working example, with every column of {table}. Fill it in; after each change: "
        f"make try TABLE={name}\n"
        "Keep audit_logs paused meanwhile: what a log has recorded stays on record.\n"
        "For source tables that keep growing, add `changes` to the header. When it is right: make test. The next run "
        "of audit_logs takes all of it over."
    )


def _columns(table: str) -> list[str]:
    declared, words = ddl.tables(AUDIT_SCHEMA)[table].columns, words_of(table)
    return [f"{_value(declared[name], words)} AS {name}" for name in chained_tables()[table].own_columns]


def _value(column: ddl.Column, words: dict[str, list[str]]) -> str:
    """An expression that the column takes, until the developer writes a better one."""
    if column.name == "source_table":
        return "'service.portal_users'"
    if column.name == "source_key":
        return "u.portal_user_id"
    if not column.required:
        return "NULL"
    if column.name in words:
        return f"'{words[column.name][0]}'"
    if column.type.startswith("DATE"):
        return "u.created_at"
    return "'to do'" if "CHAR" in column.type or "TEXT" in column.type else "0"
