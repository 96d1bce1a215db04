"""What a log's query may read of MySQL: tables filled from the server of the audit database."""

from __future__ import annotations

from dataclasses import dataclass

from genims.core.paths import sql


@dataclass(frozen=True)
class Input:
    """A table that a query may read, filled by ``include/sql/audit/log_inputs/<name>.sql``.

    :param name: table and file name.
    :param columns: DuckDB type by column, in the order of the statement.
    """

    name: str
    columns: dict[str, str]

    @property
    def rows(self) -> str:
        """The statement that returns its rows; ``%(own_users)s`` are the users that the pipeline itself signs in as."""
        return sql(f"audit/log_inputs/{self.name}")


INPUTS = {
    each.name: each
    for each in (
        Input("loads", {"table_name": "VARCHAR", "started_at": "TIMESTAMP", "ended_at": "TIMESTAMP"}),
        Input("mysql_accounts", {"user_name": "VARCHAR", "client_address": "VARCHAR", "login_count": "UBIGINT"}),
    )
}
