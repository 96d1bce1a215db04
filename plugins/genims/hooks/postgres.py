"""Sessions of our own in the source databases; those of queries are DuckDB's (``hooks.sources``)."""

from __future__ import annotations

import psycopg
from airflow.sdk import Connection

from genims.hooks.tls import postgres_options


def connect(source: Connection, application_name: str) -> psycopg.Connection:
    """A session in a source database; every statement commits by itself.

    :param source: host, port, user, password, database (``schema``) and TLS of the source.
    :param application_name: the name under which administrators of the server see the session.
    :raises psycopg.OperationalError: the server cannot be reached or refuses the sign-in.
    """
    return psycopg.connect(
        host=source.host,
        port=source.port or 5432,
        user=source.login,
        password=source.password,
        dbname=source.schema,
        **postgres_options(source),
        application_name=application_name,
        connect_timeout=10,
        client_encoding="UTF8",
        autocommit=True,
    )
