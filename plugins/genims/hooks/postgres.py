"""Sessions in the source databases, beside DuckDB's."""

from __future__ import annotations

import psycopg
from airflow.sdk import Connection


def connect(source: Connection, application_name: str) -> psycopg.Connection:
    """A session in a source database; every statement commits by itself.

    :param application_name: what the server's administrators see of us.
    :raises psycopg.OperationalError: the server cannot be reached or refuses the sign-in.
    """
    return psycopg.connect(
        host=source.host,
        port=source.port or 5432,
        user=source.login,
        password=source.password,
        dbname=source.schema,
        sslmode=source.extra_dejson.get("sslmode", "prefer"),
        sslrootcert=source.extra_dejson.get("sslrootcert"),
        application_name=application_name,
        connect_timeout=10,
        client_encoding="UTF8",
        autocommit=True,
    )
