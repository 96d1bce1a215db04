"""A MySQL server that does not answer."""

import socket
import time

import MySQLdb
import pytest

from genims.core import connections
from genims.core.settings import settings
from genims.hooks import mysql


@pytest.fixture
def silent_server(monkeypatch):
    """A server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("MYSQL_REPORTING_HOST", "127.0.0.1")
        monkeypatch.setenv("MYSQL_REPORTING_PORT", str(server.getsockname()[1]))
        settings.cache_clear()
        yield
    monkeypatch.undo()
    settings.cache_clear()


def test_a_server_that_does_not_answer_fails_soon(silent_server, monkeypatch):
    assert mysql.CONNECT_SECONDS <= 10
    monkeypatch.setattr(mysql, "CONNECT_SECONDS", 1)
    began = time.monotonic()
    with pytest.raises(MySQLdb.OperationalError, match="Lost connection to server at 'handshake"):
        mysql.GenimsMySqlHook(connections.REPORTING).get_conn()
    assert time.monotonic() - began < 5
