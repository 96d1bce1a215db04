"""What logs of the sources read in MySQL: each a table of their query, filled from the server of the audit database."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Input:
    """A table of the query.

    :param rows: the statement that returns its rows; ``own_users`` are the users that the pipeline itself signs in as.
    :param columns: its columns with their DuckDB types.
    """

    rows: str
    columns: dict[str, str]


INPUTS = {
    # Successful loads of reporting tables, a little longer ago than anybody asks for.
    "loads": Input(
        """
        SELECT table_name, started_at, audit_timestamp
        FROM audit_etl_sync_log
        WHERE action = 'load' AND status = 'success' AND audit_timestamp >= UTC_TIMESTAMP() - INTERVAL 9 DAY
        """,
        {"table_name": "VARCHAR", "started_at": "TIMESTAMP", "ended_at": "TIMESTAMP"},
    ),
    # How often every user has signed in since the server was started; every run of the pipeline would add its own.
    "mysql_accounts": Input(
        """
        SELECT user, host, total_connections
        FROM performance_schema.accounts
        WHERE user NOT IN %(own_users)s AND user NOT LIKE 'mysql.%%' AND user <> 'event_scheduler'
        """,
        {"user_name": "VARCHAR", "client_address": "VARCHAR", "login_count": "UBIGINT"},
    ),
}
