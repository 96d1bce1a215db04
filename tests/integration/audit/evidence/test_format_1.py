"""What old code wrote, in its first format, is verified as it was then."""

from __future__ import annotations

import json
import secrets
from datetime import date

import pytest

from genims.audit.evidence.findings import Finding
from genims.audit.evidence.report import Report
from genims.audit.evidence.verify import verify
from genims.audit.ledger.columns import add_missing_columns
from genims.core import connections
from genims.core.paths import ROOT, SCHEMA
from genims.core.settings import settings
from genims.operators.mysql_script import MySqlScriptOperator
from tests.support.containers import azure_client, new_container
from tests.support.faults.faults import environment
from tests.support.servers import administrator

FIXTURE = ROOT / "tests" / "fixtures" / "audit_format_1"
EXPECTED = json.loads((FIXTURE / "expected.json").read_text())


@pytest.fixture(scope="module")
def old_database(platform):
    """The fixture, in a database and a container of its own, from here on those of the audit."""
    platform.up(only=["azurite"], sample_data=False)
    name, container = f"genims_audit_{secrets.token_hex(4)}", new_container()
    with environment(MYSQL_AUDIT_DB=name, GENIMS_ANCHOR_CONTAINER=container):
        with administrator("") as connection, connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci")
            cursor.execute(f"GRANT SELECT ON {name}.* TO %s", (settings().mysql_audit_user,))
        create_tables()
        with administrator(name) as connection, connection.cursor() as cursor:
            for statement in filter(None, (FIXTURE / "audit_rows.sql").read_bytes().split(b"\n")):
                cursor.execute(statement)
        upload_anchors(container)
        yield name
        with administrator("") as connection, connection.cursor() as cursor:
            cursor.execute(f"REVOKE SELECT ON {name}.* FROM %s", (settings().mysql_audit_user,))
            cursor.execute(f"DROP DATABASE {name}")


@pytest.fixture
def altering(old_database):
    """A cursor of the administrator; each statement is committed."""
    with administrator(old_database) as connection, connection.cursor() as cursor:
        yield cursor


def create_tables() -> None:
    schema = (SCHEMA / "mysql_audit_schema.sql").read_text()
    MySqlScriptOperator(task_id="tables", sql=schema, conn_id=connections.ADMIN, database="mysql_audit_db").execute({})


def upload_anchors(container: str) -> None:
    client = azure_client(container)
    client.create_container()
    for path in (FIXTURE / "anchors").rglob("*.jsonl"):
        client.upload_blob(path.relative_to(FIXTURE).as_posix(), path.read_bytes(), blob_type="AppendBlob")


def verified() -> Report:
    return verify(date(2025, 12, 31), date(2026, 1, 1))


def without_seconds(report: Report) -> dict:
    """What it says; a report of the time of the fixture said less."""
    values = json.loads(report.as_json())
    return {name: values[name] for name in EXPECTED}


def test_it_is_intact_and_the_report_is_the_same(old_database):
    assert without_seconds(verified()) == EXPECTED


@pytest.mark.parametrize(
    ("change", "undo", "named"),
    [
        (
            "UPDATE price_cost_changes SET new_price = new_price + 0.0000000001 "
            "WHERE source_database = 'erp' AND audit_sequence = 2 AND part = 1",
            "UPDATE price_cost_changes SET new_price = new_price - 0.0000000001 "
            "WHERE source_database = 'erp' AND audit_sequence = 2 AND part = 1",
            ("altered", "price_cost_changes", "erp", 2),
        ),
        (
            "UPDATE audit_trail_completeness SET format_version = 2 WHERE source_database = 'hr' AND block_number = 3",
            "UPDATE audit_trail_completeness SET format_version = 1 WHERE source_database = 'hr' AND block_number = 3",
            ("altered", "audit_trail_completeness", "hr", 3),
        ),
    ],
)
def test_an_alteration_is_named(altering, change, undo, named):
    assert altering.execute(change) == 1
    report = verified()
    altering.execute(undo)
    assert list(map(name_of, report.outcome.findings)) == [named]
    assert report.outcome.events == EXPECTED["events"]
    assert without_seconds(verified()) == EXPECTED


def name_of(found: Finding) -> tuple[str, str, str, int]:
    return found.kind, found.table, found.source, found.first


def test_a_block_of_an_unknown_version_is_named_and_no_more(altering):
    """Its hash is none that this release can make: altered, or written by a later one."""
    block = "WHERE source_database = 'hr' AND block_number = 6"
    altering.execute(f"SELECT block_hash FROM audit_trail_completeness {block}")
    [(block_hash,)] = altering.fetchall()
    change = f"UPDATE audit_trail_completeness SET format_version = %s, block_hash = %s {block}"
    altering.execute(change, (9, bytes(32)))
    report = verified()
    altering.execute(change, (1, block_hash))
    assert [name_of(each) for each in report.outcome.findings] == [("unknown", "audit_trail_completeness", "hr", 6)]
    assert report.outcome.events < EXPECTED["events"]


def test_a_database_from_before_versions_is_verified_and_gets_the_column(altering):
    altering.execute("ALTER TABLE audit_trail_completeness DROP COLUMN format_version")
    assert without_seconds(verified()) == EXPECTED
    assert add_missing_columns(altering) == ["audit_trail_completeness.format_version"]
    altering.execute("SELECT DISTINCT format_version FROM audit_trail_completeness")
    assert altering.fetchall() == ((1,),)
    assert add_missing_columns(altering) == []
    assert without_seconds(verified()) == EXPECTED
