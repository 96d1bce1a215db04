"""Servers that claim to be ours get neither a password nor a file."""

from __future__ import annotations

import json
import os
import ssl
from pathlib import Path

import duckdb
import MySQLdb
import psycopg
import pytest
from airflow.sdk import Connection

from dev.stack.certificates import AUTHORITY, CERTIFICATE, KEY, write_certificates
from genims.core import connections
from genims.core.settings import settings
from genims.hooks import sources
from genims.hooks.mysql import GenimsMySqlHook
from genims.hooks.postgres import connect
from tests.support.rogue_mysql import RogueMySql
from tests.support.rogue_postgres import RoguePostgres

PASSWORD = "tell-no-one"  # noqa: S105 - of servers that the tests make up
LOADING = "LOAD DATA LOCAL INFILE '/dev/null' INTO TABLE t"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory) -> Path:
    """Certificates of our server, of a stranger, and of our authority for another name."""
    folder = tmp_path_factory.mktemp("certificates")
    write_certificates(folder / "ours")
    write_certificates(folder / "stranger")
    write_certificates(folder / "elsewhere", "elsewhere.example.com")
    return folder


@pytest.fixture
def tls(certificates):
    """The TLS of a server with a certificate of that name."""

    def context(name: str | None) -> ssl.SSLContext | None:
        if name is None:
            return None
        found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        found.load_cert_chain(certificates / name / CERTIFICATE, certificates / name / KEY)
        return found

    return context


@pytest.fixture(autouse=True)
def no_servers(monkeypatch):
    """The environment names no server, whatever tests with servers have left there."""
    for name in [name for name in os.environ if name.startswith(("MYSQL_", "POSTGRES_"))]:
        monkeypatch.delenv(name)
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
def set_environment(monkeypatch):
    """Sets what the package reads from its environment."""

    def set_all(**values: object) -> None:
        for name, value in values.items():
            monkeypatch.setenv(name, str(value))
        settings.cache_clear()

    return set_all


@pytest.fixture
def sign_in(set_environment):
    """Sign in to a rogue MySQL as the reporting sync, and return the session."""

    def session(rogue: RogueMySql, loads: bool = False, **environment: object):
        host = {"MYSQL_REPORTING_HOST": "127.0.0.1", "MYSQL_REPORTING_PORT": rogue.port}
        set_environment(**host, MYSQL_REPORTING_PASSWORD=PASSWORD, **environment)
        return GenimsMySqlHook(connections.REPORTING, loads=loads).get_conn()

    return session


@pytest.mark.parametrize("mode", [None, "REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY"])
@pytest.mark.parametrize(
    ("shown", "trusted"),
    [(None, None), (None, "ours"), ("stranger", None), ("stranger", "ours"), ("elsewhere", "elsewhere")],
    ids=["no TLS", "no TLS, with a CA", "self-signed", "self-signed, with a CA", "another name"],
)
def test_a_rogue_mysql_gets_nothing(tls, certificates, sign_in, mode, shown, trusted):
    environment = {"MYSQL_SSL_MODE": mode} if mode else {}
    if trusted:
        environment["MYSQL_SSL_CA"] = certificates / trusted / AUTHORITY
    with RogueMySql(tls(shown)) as rogue:
        with pytest.raises(MySQLdb.OperationalError, match="No password was sent"):
            sign_in(rogue, loads=True, **environment)
        assert (rogue.passwords, rogue.files) == ([], [])


def test_a_connection_of_airflow_verifies_too(tls, monkeypatch):
    with RogueMySql(tls("stranger")) as rogue:
        address = {"conn_type": "mysql", "host": "127.0.0.1", "port": rogue.port, "login": "u", "password": PASSWORD}
        monkeypatch.setenv("AIRFLOW_CONN_GENIMS_REPORTING", json.dumps(address))
        with pytest.raises(MySQLdb.OperationalError, match="No password was sent"):
            GenimsMySqlHook(connections.REPORTING).get_conn()
        assert rogue.passwords == []


def test_a_verified_mysql_gets_the_password(tls, certificates, sign_in):
    with RogueMySql(tls("ours"), only_in_answer_to="never") as server:
        sign_in(server, MYSQL_SSL_CA=certificates / "ours" / AUTHORITY).close()
        assert server.passwords == [PASSWORD.encode()]


def test_an_authority_of_the_system_will_do(tls, certificates, sign_in, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates / "ours" / AUTHORITY))
    with RogueMySql(tls("ours"), only_in_answer_to="never") as server:
        sign_in(server).close()
        assert server.passwords == [PASSWORD.encode()]


@pytest.mark.parametrize("loads", [False, True])
def test_no_server_gets_a_file_that_no_statement_sends(tls, certificates, sign_in, loads):
    with RogueMySql(tls("ours"), only_in_answer_to="SELECT") as rogue:
        session = sign_in(rogue, loads=loads, MYSQL_SSL_CA=certificates / "ours" / AUTHORITY)
        with pytest.raises(MySQLdb.Error, match="local infile forbidden"):
            session.query("SELECT 1")
        assert rogue.files == []


@pytest.mark.parametrize(("loads", "sent"), [(False, 0), (True, 1)])
def test_only_a_session_for_loads_sends_files(tls, certificates, sign_in, loads, sent):
    with RogueMySql(tls("ours"), only_in_answer_to="LOAD DATA") as server:
        session = sign_in(server, loads=loads, MYSQL_SSL_CA=certificates / "ours" / AUTHORITY)
        if loads:
            session.query(LOADING)
        else:
            with pytest.raises(MySQLdb.Error, match="local infile forbidden"):
                session.query(LOADING)
        assert len(server.files) == sent


def test_in_clear_text_no_session_sends_files(sign_in):
    with RogueMySql(only_in_answer_to="LOAD DATA") as rogue:
        session = sign_in(rogue, loads=True, MYSQL_SSL_MODE="DISABLED")
        with pytest.raises(MySQLdb.Error, match="local infile forbidden"):
            session.query(LOADING)
        assert rogue.files == []


def by_psycopg(source: Connection) -> None:
    connect(source, "test").close()


def by_duckdb(source: Connection) -> None:
    try:
        sources._attach("rogue", source)
    finally:
        sources._detach("rogue")


@pytest.fixture(params=[by_psycopg, by_duckdb])
def client(request):
    """Both ways in which the package signs in to PostgreSQL."""
    return request.param


def source(port: int, **extra: object) -> Connection:
    return Connection(
        conn_id="genims_erp",
        conn_type="postgres",
        host="127.0.0.1",
        port=port,
        login="genims_reader",
        password=PASSWORD,
        schema="genims_erp_db",
        extra=json.dumps({name: str(value) for name, value in extra.items()}),
    )


@pytest.mark.parametrize("asks", ["trust", "cleartext", "md5"])
@pytest.mark.parametrize("mode", ["disable", "require"])
def test_a_rogue_postgresql_gets_no_password(tls, client, asks, mode):
    with RoguePostgres(asks, tls("stranger")) as rogue:
        with pytest.raises((psycopg.OperationalError, duckdb.IOException), match="authentication method requirement"):
            client(source(rogue.port, sslmode=mode))
        assert (rogue.passwords, rogue.let_in) == ([], 0)


@pytest.mark.parametrize(
    ("shown", "trusted", "refusal"),
    [
        (None, None, "server does not support SSL"),
        (None, "ours", "server does not support SSL"),
        ("stranger", None, "certificate verify failed"),
        ("stranger", "ours", "signature failure"),
        ("elsewhere", "elsewhere", "does not match host name"),
    ],
)
def test_by_default_the_certificate_and_the_name_of_postgresql_are_verified(
    tls, certificates, client, shown, trusted, refusal
):
    extra = {"sslrootcert": certificates / trusted / AUTHORITY} if trusted else {}
    with RoguePostgres("cleartext", tls(shown)) as rogue:
        with pytest.raises((psycopg.OperationalError, duckdb.IOException), match=refusal):
            client(source(rogue.port, **extra))
        assert rogue.passwords == []


def test_the_environment_verifies_by_default(tls, set_environment, client):
    with RoguePostgres("cleartext", tls("stranger")) as rogue:
        set_environment(POSTGRES_HOST="127.0.0.1", POSTGRES_PORT=rogue.port, POSTGRES_PASSWORD=PASSWORD)
        with pytest.raises((psycopg.OperationalError, duckdb.IOException), match="certificate verify failed"):
            client(connections.connection("genims_erp"))
        assert rogue.passwords == []
