"""Connections to the two target databases."""

from __future__ import annotations

from airflow.providers.mysql.hooks.mysql import MySqlHook
from airflow.sdk import Connection

from genims import connections


class GenimsMySqlHook(MySqlHook):
    """Airflow's MySqlHook with our connection ids, strict SQL mode, UTC, and LOAD DATA LOCAL allowed.

    :param mysql_conn_id: one of ``genims.connections.CONNECTION_IDS``.
    """

    def __init__(self, mysql_conn_id: str):
        super().__init__(
            mysql_conn_id=mysql_conn_id,
            local_infile=True,
            init_command=(
                "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,"
                "ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION', time_zone = '+00:00', "
                "transaction_isolation = 'READ-COMMITTED'"
            ),
        )

    @classmethod
    def get_connection(cls, conn_id: str) -> Connection:
        return connections.connection(conn_id)
