"""The MySQL users: each can do its work, and every other act is refused."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager

import MySQLdb
import pytest
from jinja2 import Environment
from MySQLdb.connections import Connection

from dev.stack.downloads import LOCAL
from genims.core import ddl
from genims.core.errors import PlatformError
from genims.core.paths import SCHEMA
from genims.core.settings import settings
from genims.core.sql_text import statements_of
from genims.setup.rights import declared_rights, present_rights, revoke_others
from genims.setup.users import create_users
from genims.setup.verify import verify
from tests.support.faults.faults import query
from tests.support.servers import administrator

pytestmark = pytest.mark.usefixtures("platform")

AUDIT, REPORTING = "genims_audit_db", "genims_reporting_db"
FORBIDDEN_TO_ALL = [
    f"UPDATE {AUDIT}.system_audit_log SET reason = ''",
    f"DELETE FROM {AUDIT}.system_audit_log",
    f"DELETE FROM {AUDIT}.audit_sequence_manager",
    f"TRUNCATE TABLE {AUDIT}.login_audit",
    f"DROP TABLE {AUDIT}.login_audit",
    f"ALTER TABLE {AUDIT}.system_audit_log DROP PARTITION p_later",
    f"CREATE TRIGGER {AUDIT}.t BEFORE INSERT ON {AUDIT}.login_audit FOR EACH ROW SET @x = 1",
    f"CREATE EVENT {AUDIT}.e ON SCHEDULE EVERY 1 SECOND DO DELETE FROM {AUDIT}.login_audit",
    f"CREATE EVENT {REPORTING}.e ON SCHEDULE EVERY 1 SECOND DO SELECT 1",
    f"LOCK TABLES {AUDIT}.audit_sequence_manager WRITE",
    f"LOCK TABLES {AUDIT}.audit_sequence_manager READ",
    f"LOCK TABLES {REPORTING}.trial_balance_daily WRITE",
    "FLUSH TABLES WITH READ LOCK",
    "LOCK INSTANCE FOR BACKUP",
    "CREATE DATABASE `genims-reporting-db`",
    "CREATE DATABASE `genimsXauditXdb`",
    "CREATE USER nobody",
    "GRANT SELECT ON genims_audit_db.* TO genims_backup",
    "SET GLOBAL local_infile = OFF",
    "SELECT query_sample_text FROM performance_schema.events_statements_summary_by_digest LIMIT 1",
    "SELECT sql_text FROM performance_schema.events_statements_history LIMIT 1",
    "SELECT authentication_string FROM mysql.user LIMIT 1",
    "SELECT 1 INTO OUTFILE '/tmp/rows'",
]
FORBIDDEN = {
    "REPORTING": [
        f"SELECT * FROM {AUDIT}.system_audit_log",
        f"INSERT INTO {AUDIT}.login_audit (user_name) VALUES ('')",
    ],
    "AUDIT": [f"SELECT * FROM {REPORTING}.trial_balance_daily", f"DELETE FROM {REPORTING}.trial_balance_daily"],
    "BACKUP": [
        f"INSERT INTO {AUDIT}.login_audit (user_name) VALUES ('')",
        f"DELETE FROM {REPORTING}.trial_balance_daily",
        f"DROP TABLE {REPORTING}.trial_balance_daily",
    ],
    "DRILL": [
        f"SELECT * FROM {AUDIT}.system_audit_log",
        f"SELECT * FROM {REPORTING}.trial_balance_daily",
        f"DROP DATABASE {REPORTING}",
        "CREATE DATABASE genims_drill",
        "CREATE DATABASE genimsXdrillX1",
        "CREATE DATABASE drill_1",
    ],
    "AUDITOR": [
        f"INSERT INTO {AUDIT}.login_audit (user_name) VALUES ('')",
        f"SELECT * FROM {REPORTING}.trial_balance_daily",
    ],
}
DENIED = {1044, 1045, 1142, 1143, 1227, 1290, 1370, 1410, 1419}


@contextmanager
def signed_in(user: str, password: str) -> Iterator[Connection]:
    """A session of a MySQL user."""
    env = os.environ
    server = {"host": env["MYSQL_REPORTING_HOST"], "port": int(env["MYSQL_REPORTING_PORT"])}
    tls = {"ssl_mode": "VERIFY_IDENTITY", "ssl": {"ca": env["MYSQL_SSL_CA"]}}
    with closing(MySQLdb.connect(user=user, password=password, **server, **tls)) as session:
        yield session


@contextmanager
def settings_with(monkeypatch, **values: str) -> Iterator[None]:
    """Other settings while inside."""
    with monkeypatch.context() as patch:
        for name, value in values.items():
            patch.setenv(name, value)
        settings.cache_clear()
        yield
    settings.cache_clear()


@pytest.mark.parametrize("role", FORBIDDEN)
def test_every_other_act_is_refused(role):
    with signed_in(os.environ[f"MYSQL_{role}_USER"], os.environ[f"MYSQL_{role}_PASSWORD"]) as session:
        for act in FORBIDDEN_TO_ALL + FORBIDDEN[role]:
            with session.cursor() as cursor, pytest.raises(MySQLdb.Error) as refusal:
                cursor.execute(act)
            assert refusal.value.args[0] in DENIED, (act, refusal.value)


def test_the_backup_user_dumps_both_databases(tmp_path):
    env = os.environ
    command = [
        LOCAL / "bin" / "mysqldump", f"-h{env['MYSQL_REPORTING_HOST']}", f"-P{env['MYSQL_REPORTING_PORT']}",
        f"-u{env['MYSQL_BACKUP_USER']}", "--single-transaction", "--no-tablespaces", "--set-gtid-purged=OFF",
        "--databases", AUDIT, REPORTING,
    ]  # fmt: skip
    with (tmp_path / "dump.sql").open("w+", errors="replace") as dump:
        subprocess.run(command, check=True, env={"MYSQL_PWD": env["MYSQL_BACKUP_PASSWORD"]}, stdout=dump)
        dump.seek(0)
        text = dump.read()
    tables = sum(len(ddl.tables(SCHEMA / f"mysql_{name}_schema.sql")) for name in ("audit", "reporting"))
    assert len(re.findall("^CREATE TABLE `", text, re.MULTILINE)) == tables
    assert "INSERT INTO `database_changes`" in text


def test_maintenance_finds_slow_statements_without_their_values():
    statement = (SCHEMA.parent / "include/sql/maintenance/slow_statements.sql").read_text()
    statement = Environment(autoescape=False).from_string(statement).render(settings=settings())
    with signed_in(os.environ["MYSQL_REPORTING_USER"], os.environ["MYSQL_REPORTING_PASSWORD"]) as session:
        session.cursor().execute(statement)


def test_verify_compares_both_ways():
    etl = os.environ["MYSQL_REPORTING_USER"]
    with administrator("") as connection, connection.cursor() as cursor:
        assert present_rights(cursor) == declared_rights()
        cursor.execute("GRANT EVENT ON `genims_reporting_db`.* TO %s@'%%'", (etl,))
        cursor.execute("REVOKE DROP ON `genims\\_staging\\_db`.* FROM %s@'%%'", (etl,))
        cursor.execute("CREATE USER %s@'10.%%' IDENTIFIED BY 'x'", (etl,))
        cursor.execute("ALTER USER %s@'%%' REQUIRE NONE", (etl,))
        try:
            with pytest.raises(PlatformError) as found:
                verify()
            for difference in (
                f"{etl}: EVENT ON `genims_reporting_db`.*: expected no such right, found it",
                f"{etl}: DROP ON `genims\\_staging\\_db`.*: expected this right, found none",
                f"account {etl}@10.%: expected none but for host %",
                f"account {etl}@%: expected REQUIRE SSL, found REQUIRE NONE",
            ):
                assert difference in str(found.value)
        finally:
            cursor.execute("DROP USER %s@'10.%%'", (etl,))
            cursor.execute("ALTER USER %s@'%%' REQUIRE SSL", (etl,))
            cursor.execute("GRANT DROP ON `genims\\_staging\\_db`.* TO %s@'%%'", (etl,))
            revoke_others()
    verify()


def test_a_name_with_quotes_is_a_name(monkeypatch):
    name = 'o\'brien`s "auditor"'
    with settings_with(monkeypatch, MYSQL_AUDITOR_USER=name, MYSQL_USER_HOST="127.%"):
        try:
            create_users()
            script = Environment(autoescape=False).from_string((SCHEMA / "mysql_roles.sql").read_text())
            for statement in statements_of(script.render(settings=settings())):
                query(statement)
            with signed_in(name, os.environ["MYSQL_AUDITOR_PASSWORD"]) as session:
                session.cursor().execute(f"SELECT * FROM {AUDIT}.login_audit LIMIT 1")
        finally:
            for (user,) in query("SELECT user FROM mysql.user WHERE host = '127.%%'", ()):
                query("DROP USER %s@'127.%%'", (user,))


def test_a_new_password_works_beside_the_old_one_until_the_next_run(monkeypatch):
    user, old, new = os.environ["MYSQL_AUDITOR_USER"], os.environ["MYSQL_AUDITOR_PASSWORD"], "a new one"
    try:
        with settings_with(monkeypatch, MYSQL_AUDITOR_PASSWORD=new):
            create_users()
            for password in (old, new):
                with signed_in(user, password):
                    pass
            create_users()
        with pytest.raises(MySQLdb.OperationalError, match="Access denied"), signed_in(user, old):
            pass
    finally:
        create_users()
        create_users()
