"""Settings, definitions and rights: every difference from what was recorded last is one row, and nothing twice."""

from __future__ import annotations

import json
from contextlib import closing

import psycopg
import pytest

from genims.audit.drift import definitions, source_rights
from genims.audit.drift.definitions import record_mysql_changes
from genims.audit.drift.settings import HIDDEN, present_settings, record_settings
from genims.audit.drift.source_rights import record_rights
from genims.core.settings import settings
from genims.core.sources import SOURCES
from genims.setup.schema import create_missing_indexes
from tests.support.audit.streaming import last_sequence, rows_after
from tests.support.audit.tampering import findings
from tests.support.servers import administrator, use

ROLE = "audit_test_auditor"
GROUP = "audit_test_group"


@pytest.fixture(scope="module", autouse=True)
def recorded_and_intact(platform):
    """Everything is on record before the tests, and the chain is intact after them."""
    record_settings("test")
    record_rights("test")
    record_mysql_changes()
    yield
    assert findings("pipeline") == []


def added(table: str, columns: str, record, *arguments) -> list[tuple]:
    """The rows that a comparison adds; a second comparison adds none."""
    before = last_sequence("pipeline")
    record(*arguments)
    rows = rows_after(table, columns, "pipeline", before)
    record(*arguments)
    assert rows_after(table, columns, "pipeline", before) == rows
    return rows


def rights_added(record, *arguments) -> list[tuple]:
    """The rows of rights that a comparison adds: command, catalog, object, grantee, old and new rights."""
    columns = "command, object_type, object_name, grantee, detail"
    return [
        (command, catalog, name.split("/")[1], grantee, *json.loads(detail).values())
        for command, catalog, name, grantee, detail in added("permission_changes", columns, record, *arguments)
    ]


# Settings ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def configure(monkeypatch, stack):
    def change(**variables: str) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        use({})

    yield change
    monkeypatch.undo()
    use(stack.env)


def test_a_changed_setting_is_a_row(configure):
    columns = "operation, row_key, old_values, new_values"
    assert added("configuration_changes", columns, record_settings, "test") == []
    configure(GENIMS_SLOW_STATEMENT_MS="250", POSTGRES_TMS_PORT="6432")
    assert added("configuration_changes", columns, record_settings, "test") == [
        ("UPDATE", "GENIMS_SLOW_STATEMENT_MS", '{"value": 1000}', '{"value": 250}'),
        ("INSERT", "POSTGRES_TMS_PORT", None, '{"value": 6432}'),
    ]


def test_no_secret_is_recorded(configure):
    configure(**dict.fromkeys(("MYSQL_BACKUP_PASSWORD", "AZURE_STORAGE_CONNECTION_STRING"), "top secret"))
    found = present_settings()
    assert "top secret" not in "".join(found.values())
    assert json.loads(found["MYSQL_BACKUP_PASSWORD"]) == {"value": HIDDEN}
    assert found["GENIMS_CURRENCY"] == '{"value": "INR"}'


# The MySQL server -------------------------------------------------------------------------------------------------

COLUMNS = "command, object_name, statement, changed_by"


def test_every_table_and_grant_is_on_record_with_its_statement():
    rows = rows_after("database_changes", COLUMNS, "pipeline", 0)
    audit = f"{settings().mysql_audit_db}.legal_hold_tracking"
    [statement] = [row[2] for row in rows if row[:2] == ("CREATE TABLE", audit)]
    assert statement.startswith("CREATE TABLE `legal_hold_tracking`")
    # In a grant, an underscore that is not escaped stands for any character.
    database = settings().mysql_audit_db.replace("_", r"\_")
    writer, scope = f"'{settings().mysql_audit_user}'@'%'", f"mysql/{database}.*"
    rights = rows_after("permission_changes", "command, object_name, grantee, detail", "pipeline", 0)
    assert ("INSERT", scope, writer, '{"old": null, "new": ["INSERT", "SELECT"]}') in rights


def test_what_others_changed_is_not_taken_for_our_own():
    table = f"{settings().mysql_audit_db}.sox_compliance_log"
    index = "ix_configuration_changes_time"
    changed = f"{settings().mysql_audit_db}.configuration_changes"
    with administrator(settings().mysql_audit_db) as connection, connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX {index} ON configuration_changes")
        cursor.execute("ALTER TABLE sox_compliance_log ADD COLUMN stray INT")
        found = added("database_changes", "command, object_name, changed_by", record_mysql_changes)
        assert found == [("ALTER TABLE", changed, "unknown"), ("ALTER TABLE", table, "unknown")]
        create_missing_indexes()
        cursor.execute("ALTER TABLE sox_compliance_log DROP COLUMN stray")
        [ours, _] = added("database_changes", COLUMNS, record_mysql_changes, "dora")
    assert ours[:2] == ("ALTER TABLE", changed)
    assert (index in ours[2], ours[3]) == (True, "dora")


def test_a_table_that_comes_and_goes_is_two_rows():
    with administrator(settings().mysql_reporting_db) as connection, connection.cursor() as cursor:
        name = f"{settings().mysql_reporting_db}.passing by"
        cursor.execute("CREATE TABLE `passing by` (id INT AUTO_INCREMENT PRIMARY KEY) AUTO_INCREMENT = 7")
        [row] = added("database_changes", COLUMNS, record_mysql_changes)
        assert row[:2] == ("CREATE TABLE", name)
        cursor.execute("INSERT INTO `passing by` VALUES (NULL), (NULL)")
        assert added("database_changes", COLUMNS, record_mysql_changes) == []
        cursor.execute("DROP TABLE `passing by`")
        assert added("database_changes", COLUMNS, record_mysql_changes) == [("DROP TABLE", name, None, "unknown")]


def test_a_new_account_and_what_it_may_do_are_rows():
    with administrator("") as connection, connection.cursor() as cursor:
        account = ("user_privileges", "*.*", "'passer_by'@'%'")
        cursor.execute("CREATE USER passer_by")
        assert rights_added(record_mysql_changes) == [("INSERT", *account, None, ["USAGE"])]
        cursor.execute("GRANT DELETE ON *.* TO passer_by WITH GRANT OPTION")
        assert rights_added(record_mysql_changes) == [("UPDATE", *account, ["USAGE"], ["DELETE WITH GRANT OPTION"])]
        cursor.execute("DROP USER passer_by")
        assert rights_added(record_mysql_changes) == [("DELETE", *account, ["DELETE WITH GRANT OPTION"], None)]


def test_before_there_are_audit_tables_nothing_is_recorded(monkeypatch):
    before = last_sequence("pipeline")
    monkeypatch.setattr(definitions, "LAST_TABLE", "not_there_yet")
    record_mysql_changes()
    assert last_sequence("pipeline") == before


def test_a_database_of_an_earlier_release_gets_its_new_columns_before_anything_is_recorded():
    upgraded = f"{settings().mysql_audit_db}.audit_sequence_manager"
    before = last_sequence("pipeline")
    with administrator(settings().mysql_audit_db) as connection, connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_sequence_manager DROP COLUMN open_format, DROP COLUMN lost_since")
        record_mysql_changes()
        record_mysql_changes("dora")
    found = rows_after("database_changes", "object_name, changed_by", "pipeline", before)
    assert found == [(upgraded, "unknown"), (upgraded, "dora")]


# Rights in the sources --------------------------------------------------------------------------------------------


@pytest.fixture
def erp(source_server, monkeypatch):
    """A session of the sources' owner, and no test role afterwards. Two of the sources are enough."""
    monkeypatch.setattr(source_rights, "SOURCES", ("erp", "hr"))
    with closing(psycopg.connect(source_server, dbname=SOURCES["erp"], autocommit=True)) as session:
        yield session
        for role in (ROLE, GROUP):
            if session.execute("SELECT to_regrole(%s)", [role]).fetchone()[0]:
                session.execute(f"DROP OWNED BY {role}")
                session.execute(f"DROP ROLE {role}")
    record_rights("test")


def test_who_became_a_superuser_or_a_member_is_a_row(erp):
    erp.execute(f"CREATE ROLE {ROLE} LOGIN")
    assert rights_added(record_rights, "test") == [("INSERT", "pg_roles", ROLE, ROLE, None, ["LOGIN"])]
    erp.execute(f"ALTER ROLE {ROLE} SUPERUSER")
    assert rights_added(record_rights, "test") == [
        ("UPDATE", "pg_roles", ROLE, ROLE, ["LOGIN"], ["SUPERUSER", "LOGIN"])
    ]
    erp.execute(f"CREATE ROLE {GROUP}")
    erp.execute(f"GRANT {GROUP} TO {ROLE}")
    member, group = rights_added(record_rights, "test")
    assert member[:5] == ("INSERT", "pg_auth_members", GROUP, ROLE, None)
    assert member[5][0]["admin_option"] is False
    assert group == ("INSERT", "pg_roles", GROUP, GROUP, None, [])
    erp.execute(f"REVOKE {GROUP} FROM {ROLE}")
    assert [row[:4] for row in rights_added(record_rights, "test")] == [("DELETE", "pg_auth_members", GROUP, ROLE)]


def test_who_was_given_what_is_a_row(erp):
    erp.execute(f"CREATE ROLE {ROLE}")
    erp.execute(f"GRANT SELECT, UPDATE ON suppliers TO {ROLE}")
    erp.execute(f"GRANT SELECT (material_id) ON materials TO {ROLE} WITH GRANT OPTION")
    erp.execute(f"GRANT USAGE ON SCHEMA public TO {ROLE}")
    erp.execute(f"GRANT CREATE ON DATABASE {SOURCES['erp']} TO {ROLE}")
    granted = {row[:4]: row[5] for row in rights_added(record_rights, "test")}
    assert granted == {
        ("INSERT", "pg_roles", ROLE, ROLE): [],
        ("INSERT", "pg_class", "public.suppliers", ROLE): ["SELECT", "UPDATE"],
        ("INSERT", "pg_attribute", "public.materials.material_id", ROLE): ["SELECT WITH GRANT OPTION"],
        ("INSERT", "pg_namespace", "public", ROLE): ["USAGE"],
        ("INSERT", "pg_database", SOURCES["erp"], ROLE): ["CREATE"],
    }
    erp.execute(f"REVOKE UPDATE ON suppliers FROM {ROLE}")
    assert rights_added(record_rights, "test") == [
        ("UPDATE", "pg_class", "public.suppliers", ROLE, ["SELECT", "UPDATE"], ["SELECT"])
    ]


def test_a_source_that_does_not_answer_keeps_its_rights_on_record(erp, monkeypatch):
    erp.execute(f"CREATE ROLE {ROLE}")
    before = last_sequence("pipeline")
    with monkeypatch.context() as patch:
        patch.setenv("POSTGRES_HR_PORT", "1")
        with pytest.raises(psycopg.OperationalError, match="port 1"):
            record_rights("test")
    assert rows_after("permission_changes", "command, grantee", "pipeline", before) == [("INSERT", ROLE)]
