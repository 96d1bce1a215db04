"""Connections to the two target databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from airflow.providers.mysql.hooks.mysql import MySqlHook
from airflow.sdk import Connection

from genims.core import connections
from genims.hooks.tls import NEVER, mysql_options

if TYPE_CHECKING:
    from MySQLdb.cursors import Cursor

LOCK_WAIT_SECONDS = 30
CONNECT_SECONDS = 10
# After this time without an answer, the server or the network counts as gone. It exceeds the 10 minutes that a task may
# wait for the lock of its table. No signal interrupts the driver, not even the one of a task's timeout.
ANSWER_SECONDS = 900
# A session waits while the sources are read, however short a time the server otherwise leaves it.
IDLE_SECONDS = 24 * 60 * 60


class GenimsMySqlHook(MySqlHook):
    """Airflow's MySqlHook with our connection ids, strict SQL mode and UTC, which knows its server before it signs in.

    :param mysql_conn_id: one of ``genims.core.connections.CONNECTION_IDS``.
    :param loads: whether the session sends rows by LOAD DATA LOCAL. The server of any other session gets no file.
    """

    def __init__(self, mysql_conn_id: str, loads: bool = False):
        super().__init__(
            mysql_conn_id=mysql_conn_id,
            init_command=(
                "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ZERO_IN_DATE,"
                "ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION', time_zone = '+00:00', "
                "transaction_isolation = 'READ-COMMITTED', "
                # A reader that leaves a transaction open must not hold up a swap, and with it all readers behind it.
                f"lock_wait_timeout = {LOCK_WAIT_SECONDS}, "
                f"wait_timeout = {IDLE_SECONDS}, net_read_timeout = {ANSWER_SECONDS}, "
                f"net_write_timeout = {ANSWER_SECONDS}, max_execution_time = 0, "
                # A limit that the server sets for careless users would cut off our own SELECTs and DELETEs.
                "sql_select_limit = DEFAULT, sql_safe_updates = OFF"
            ),
        )
        self._loads = loads

    def _get_conn_config_mysql_client(self, conn: Connection) -> dict:
        timeouts = {"connect_timeout": CONNECT_SECONDS, "read_timeout": ANSWER_SECONDS, "write_timeout": ANSWER_SECONDS}
        return super()._get_conn_config_mysql_client(conn) | timeouts | mysql_options(conn, self._loads)

    def get_conn(self):
        """A new session, encrypted and with a verified server unless the connection says DISABLED.

        :raises MySQLdb.OperationalError: the server cannot be reached, offers no TLS, is not the one that its
            certificate names, or refuses the sign-in.
        """
        # Imported here, because the driver would slow down every parse of a DAG file.
        import MySQLdb
        from MySQLdb.constants import CR

        server = self.get_connection(self.get_conn_id())
        options = self._get_conn_config_mysql_client(server)
        try:
            session = MySQLdb.connect(**options)
        except MySQLdb.OperationalError as error:
            if error.args[0] != CR.SSL_CONNECTION_ERROR:
                raise
            raise MySQLdb.OperationalError(
                CR.SSL_CONNECTION_ERROR,
                f"{server.host}: expected a MySQL server with a certificate for this name, found: {error.args[1]}. No "
                "password was sent. Name the file of its authority in MYSQL_SSL_CA; or, in a network where nobody can "
                "listen or answer in its place, set MYSQL_SSL_MODE=DISABLED.",
            ) from error
        session.loads = options["local_infile"] != NEVER
        return session

    @classmethod
    def get_connection(cls, conn_id: str) -> Connection:
        """The connection from our settings, else from Airflow."""
        return connections.connection(conn_id)


@contextmanager
def admin(database: str = "") -> Iterator[Cursor]:
    """A cursor of the administrator.

    :param database: the database to work in; without it, none.
    :raises MySQLdb.OperationalError: the server cannot be reached, refuses the sign-in or offers no TLS.
    """
    hook = GenimsMySqlHook(connections.ADMIN)
    hook.schema = database
    with closing(hook.get_conn()) as connection, connection.cursor() as cursor:
        yield cursor


def takes_load_data(session) -> bool:
    """Whether LOAD DATA LOCAL works in a session of ours: it was opened for that, and the server agrees."""
    with session.cursor() as cursor:
        cursor.execute("SELECT @@GLOBAL.local_infile")
        return session.loads and bool(cursor.fetchone()[0])
