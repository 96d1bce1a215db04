"""Brings the audit tables up to date with a log of the sources: each new or changed entry becomes one event."""

from __future__ import annotations

import logging
from contextlib import closing
from datetime import datetime

import duckdb
from MySQLdb.connections import Connection

from genims.audit.format.event import LOG, AuditEvent
from genims.audit.ledger.draft import BLOCK_EVENTS
from genims.audit.ledger.ledger import Ledger
from genims.audit.ledger.position import Position
from genims.audit.logs import changes, on_record
from genims.audit.logs.inputs import INPUTS
from genims.audit.logs.source_log import ENTRY_KEY, HAPPENED_AT, REPORTING, SourceLog
from genims.core import connections, ddl
from genims.core.clock import utc_now
from genims.core.settings import settings
from genims.engine import reading
from genims.engine.load import refuse_or_log_checks
from genims.engine.mysql_inputs import copy_reporting_tables, copy_rows
from genims.engine.reading import phase
from genims.engine.source_query import SourceQuery
from genims.engine.staging import Staging, duckdb_type
from genims.hooks.mysql import GenimsMySqlHook
from genims.hooks.sources import SourcesHook

log = logging.getLogger(__name__)

# Shared by all queries: the present moment, and when an entry happened: now, where its time is missing or ahead of now.
MACROS = """
CREATE OR REPLACE TEMP MACRO this_moment() AS TIMESTAMP '{now}';
CREATE OR REPLACE TEMP MACRO happened(moment) AS least(coalesce(moment, TIMESTAMP '{now}'), TIMESTAMP '{now}');
"""

# Joins and max() go through files where the memory ends; arg_max() of a text stays in memory for all keys.
NEW_ENTRIES = """
WITH recorded AS (
    SELECT key_digest, value_digest
    FROM on_record
    SEMI JOIN (SELECT max(audit_sequence) AS audit_sequence FROM on_record GROUP BY key_digest) USING (audit_sequence)
),
found AS (
    SELECT {columns}, sha256({key}) AS key_digest, sha256(concat_ws(chr(0), {values})) AS value_digest FROM staged
)
SELECT {names}
FROM found
ANTI JOIN recorded USING (key_digest, value_digest)
ORDER BY {happened_at}, {key}
"""


def sync_log(source_log: SourceLog, sql: str, user: str, *, full: bool = False) -> int:
    """Record the entries of ``source_log`` that are new or have changed since they were recorded.

    A full run compares all entries. Any other run compares those that the sources show as changed since the last run;
    the first run of a query is a full one.

    The run holds the log's ledger from before it reads the sources until the last entry is written. A second run
    therefore finds all that the first one wrote, and never reads an older state of the sources. A run that breaks off
    leaves its committed entries on record, and the next one records the rest.

    :param source_log: the log.
    :param sql: its query, rendered.
    :param user: name of the recording task, recorded as the user of each event.
    :param full: whether to compare all entries.
    :returns: the number of entries recorded.
    :raises SourceBusy: another run of the same log has not ended.
    :raises SourceContractError: a source lacks what the query reads.
    :raises QueryError: DuckDB cannot run the query.
    :raises RejectedRows: the table cannot hold some entries, or two have the same key; nothing was recorded.
    :raises LoadError: MySQL refused an entry.
    """
    with closing(GenimsMySqlHook(connections.AUDIT, loads=True).get_conn()) as connection:
        ledger = Ledger.open(connection, source_log.name)
        began = utc_now()
        since = None if full else changes.looked_for_since(ledger.position, sql)
        read = sql if since is None else changes.changed_since(since, source_log, sql)
        with SourcesHook().open(source_log.databases) as duck:
            query = SourceQuery(read)
            duck.execute(MACROS.format(now=began))
            _copy_inputs(source_log, query, connection, duck)
            staging = Staging(duck, source_log, source_log.columns)
            with phase(f"Read what has changed since {since}" if since else "Read everything"):
                entries, results = reading.read(staging, query, checks_sql="")
            refuse_or_log_checks(source_log, results)
            with phase(f"Compared {entries} entries with what is on record"):
                if since is None:
                    on_record.copy_all(source_log, connection, duck)
                else:
                    on_record.copy_of_staged(source_log, ledger.last_sequence, connection, duck)
                new = duck.execute(_new_entries_query(source_log))
            with phase("Recorded the new and changed entries"):
                return _record(source_log, user, new, ledger, changes.compared(began, sql))


def _record(
    source_log: SourceLog, user: str, new: duckdb.DuckDBPyConnection, ledger: Ledger, compared: Position
) -> int:
    recorded = 0
    while rows := new.fetchmany(BLOCK_EVENTS):
        ledger.append([_event(source_log, user, *row) for row in rows])
        recorded += len(rows)
    # Seals also the open block that a killed run has left. Only now the next run need not look here again.
    ledger.append([], compared, seal=True)
    return recorded


def _event(source_log: SourceLog, user: str, key: str, happened_at: datetime, *values: object) -> AuditEvent:
    return AuditEvent(
        at=happened_at,
        operation=LOG,
        table_name=source_log.table,
        session_user_name=user,
        row_key=key,
        rows=[(source_log.table, dict(zip(source_log.value_names, values, strict=True)))],
    )


def _copy_inputs(source_log: SourceLog, query: SourceQuery, audit: Connection, duck: duckdb.DuckDBPyConnection) -> None:
    """Copy into DuckDB what the query reads beside the source databases."""
    if REPORTING in source_log.reads:
        with closing(GenimsMySqlHook(connections.REPORTING).get_conn()) as reporting:
            copy_reporting_tables(query, reporting, duck)
    own_users = (settings().mysql_reporting_user, settings().mysql_audit_user, settings().mysql_backup_user or "")
    for name in INPUTS.keys() & set(source_log.reads):
        copy_rows(INPUTS[name].rows, audit, duck, name, INPUTS[name].columns, {"own_users": own_users})


def _new_entries_query(source_log: SourceLog) -> str:
    columns = source_log.columns
    return NEW_ENTRIES.format(
        columns=", ".join(f"CAST({each.name} AS {duckdb_type(each)}) AS {each.name}" for each in columns),
        names=", ".join(each.name for each in columns),
        key=ENTRY_KEY,
        happened_at=HAPPENED_AT,
        values=", ".join(_digested_text(each) for each in source_log.value_columns),
    )


def _digested_text(column: ddl.Column) -> str:
    """SQL for the text of a column as MySQL writes it, which is what both servers digest."""
    kind = duckdb_type(column)
    value = f"CAST({column.name} AS {kind})"
    text = f"strftime({value}, '%Y-%m-%d %H:%M:%S.%f')" if kind == "TIMESTAMP" else f"CAST({value} AS VARCHAR)"
    return f"coalesce('=' || {text}, '')"
