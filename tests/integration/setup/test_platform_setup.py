"""platform_setup: what it creates, that it can be repeated, and that the specification's commands work."""

import re
import subprocess

import pytest

from dev.stack.downloads import LOCAL
from genims.audit.ledger.partitions import create_missing_partitions
from genims.core import connections
from genims.core.errors import PlatformError
from genims.core.paths import SCHEMA
from genims.core.settings import settings
from genims.hooks.mysql import GenimsMySqlHook
from genims.reporting.tables import reporting_tables
from genims.setup.schema import create_missing_indexes
from genims.setup.verify import verify
from tests.support.audit.streaming import last_sequence
from tests.support.servers import administrator, set_up_platform

CREATE_DATABASE = "CREATE DATABASE {} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;"


def test_it_may_run_again_and_then_changes_nothing(platform):
    # What other tests have left behind, such as a table without its months, is put right first.
    set_up_platform()
    before = last_sequence("pipeline")
    set_up_platform()
    assert last_sequence("pipeline") == before


def test_the_databases_hold_their_tables_and_nothing_else(reporting):
    assert settings().mysql_reporting_db == "genims_reporting_db"
    with reporting.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE()")
        assert {name for (name,) in cursor.fetchall()} == {
            "closed_days",
            *(table.name for table in reporting_tables()),
        }
        cursor.execute("SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = 'genims_staging_db'")
        assert cursor.fetchone() == (0,)


@pytest.mark.parametrize(
    ("change", "repair", "message"),
    [
        (
            "ALTER TABLE spare_parts_inventory DROP COLUMN updated_at",
            "ALTER TABLE spare_parts_inventory ADD COLUMN updated_at DATETIME(6) NOT NULL "
            "DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6)",
            r"spare_parts_inventory: columns differ .*updated_at",
        ),
        ("CREATE TABLE stray (id INT PRIMARY KEY)", "DROP TABLE stray", "stray: expected no such table"),
    ],
)
def test_verify_names_what_differs(reporting, change, repair, message):
    with reporting.cursor() as cursor:
        cursor.execute(change)
        try:
            with pytest.raises(PlatformError, match=message):
                verify()
        finally:
            cursor.execute(repair)
    verify()


def test_a_missing_index_is_found_and_created_again(reporting):
    name, table = re.search(
        r"^CREATE INDEX (\w+) ON (\w+)", (SCHEMA / "mysql_reporting_indexes.sql").read_text(), re.MULTILINE
    ).groups()
    with reporting.cursor() as cursor:
        cursor.execute(f"DROP INDEX {name} ON {table}")
    with pytest.raises(PlatformError, match=name):
        verify()
    create_missing_indexes()
    verify()


@pytest.mark.usefixtures("platform")
def test_verify_names_a_right_too_many():
    user = connections.connection(connections.AUDIT).login
    with administrator("") as connection, connection.cursor() as cursor:
        cursor.execute(f"GRANT DELETE ON {settings().mysql_audit_db}.login_audit TO '{user}'@'%'")
        try:
            with pytest.raises(
                PlatformError, match=f"{user}: DELETE ON `genims_audit_db`.`login_audit`: expected no such"
            ):
                verify()
        finally:
            cursor.execute(f"REVOKE DELETE ON {settings().mysql_audit_db}.login_audit FROM '{user}'@'%'")
    verify()


@pytest.mark.usefixtures("platform")
def test_verify_names_a_month_without_partition():
    with administrator(settings().mysql_audit_db) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT partition_name FROM information_schema.partitions WHERE table_schema = DATABASE() "
            "AND table_name = 'login_audit' ORDER BY partition_ordinal_position DESC LIMIT 1, 1"
        )
        (month,) = cursor.fetchone()
        cursor.execute(f"ALTER TABLE login_audit DROP PARTITION {month}")
    try:
        with pytest.raises(PlatformError, match=f"login_audit: no partition for {month[1:].replace('_', '-')}"):
            verify()
    finally:
        create_missing_partitions()
    verify()


def test_connections_are_encrypted(platform):
    with GenimsMySqlHook(connections.REPORTING).get_conn().cursor() as cursor:
        cursor.execute("SHOW SESSION STATUS LIKE 'Ssl_cipher'")
        assert cursor.fetchone()[1]


@pytest.mark.parametrize(("name", "tables"), [("reporting", 36), ("audit", 30)])
def test_the_load_commands_of_the_specification_work(platform, name, tables):
    """As an operator types them: mysql DATABASE < schema/mysql_..._schema.sql, then the indexes."""
    database = f"genims_{name}_db_by_hand"
    with administrator("") as connection, connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {database}")
        try:
            mysql("-e", CREATE_DATABASE.format(database))
            for part in ("schema", "indexes"):
                with (SCHEMA / f"mysql_{name}_{part}.sql").open() as file:
                    mysql(database, stdin=file)
            cursor.execute("SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = %s", (database,))
            assert cursor.fetchone() == (tables,)
        finally:
            cursor.execute(f"DROP DATABASE IF EXISTS {database}")


@pytest.mark.parametrize(
    ("statement", "answer"),
    [
        ("SHOW DATABASES LIKE 'genims_%';", "genims_audit_db"),
        ("SELECT COUNT(*) FROM information_schema.tables WHERE table_schema='genims_audit_db';", "30"),
        ("SELECT COUNT(*) FROM system_audit_log WHERE audit_timestamp > DATE_SUB(NOW(), INTERVAL 1 DAY);", r"\d+"),
    ],
)
def test_the_verification_commands_of_the_specification_work(platform, statement, answer):
    assert re.search(rf"^{answer}$", mysql("genims_audit_db", "-e", statement), re.MULTILINE)


def mysql(*arguments: str, stdin=None) -> str:
    admin = connections.connection(connections.ADMIN)
    command = [LOCAL / "bin" / "mysql", f"-h{admin.host}", f"-P{admin.port}", f"-u{admin.login}", *arguments]
    return subprocess.run(
        command, stdin=stdin, check=True, env={"MYSQL_PWD": admin.password}, stdout=subprocess.PIPE, text=True
    ).stdout
