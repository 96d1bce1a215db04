"""The list of what is captured: strict, and true to the sources."""

import pytest
from pydantic import ValidationError

from genims.audit.capture import routing
from genims.core import ddl
from genims.core.paths import SOURCE_SCHEMAS
from genims.core.sources import SOURCES
from tests.support.audit import renames as audit_renames
from tests.support.audit.traffic import TABLES


def test_every_listed_table_and_column_is_there():
    for database, tables in routing.routing().tables.items():
        declared = ddl.tables(SOURCE_SCHEMAS / f"{SOURCES[database]}.sql")
        for name, table in tables.items():
            assert name in declared, f"{database}.{name}"
            assert table.mask | table.prices | table.permissions <= set(declared[name].columns), f"{database}.{name}"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tables: {erp: {materials: {domains: [financial_changes]}}}", "tables.erp.materials.domains.0"),
        ("tables: {erp: {materials: {domains: [security_events]}}}", "changes of rows .* found security_events"),
        ("tables: {erp: {materials: {domains: [], masks: [tax_id]}}}", "masks"),
        ("tables: {erp: {materials: {}}}", "tables.erp.materials.domains"),
        ("tables: {erp: {materials: {domains: [], only: [select]}}}", "only"),
        ("tables: {sap: {materials: {domains: []}}}", "sap"),
        ("operations: {bulk: [bulk_operation_audit]}", "operations.schema_change"),
        ("operations: {bulk: [audit_sequence_manager]}", "an audit table .* found audit_sequence_manager"),
    ],
)
def test_what_is_written_wrongly_is_named(monkeypatch, tmp_path, text, message):
    path = tmp_path / "audit_capture.yaml"
    path.write_text(text)
    monkeypatch.setattr(routing, "LIST", path)
    with pytest.raises(ValidationError, match=message):
        routing.routing.__wrapped__()


def test_personal_secrets_never_leave_their_sources():
    hr = routing.routing().tables["hr"]["employees"]
    assert {"national_id", "passport_number", "tax_id", "annual_salary", "date_of_birth"} <= hr.mask
    for database, tables in routing.routing().tables.items():
        declared = ddl.tables(SOURCE_SCHEMAS / f"{SOURCES[database]}.sql")
        for name, table in tables.items():
            secrets = {column for column in declared[name].columns if "password" in column or "token" in column}
            assert secrets - {"password_reset_required"} <= table.mask, name


def test_the_writers_of_the_tests_write_in_every_database():
    captured = routing.routing().tables
    assert {source for source, (table, _, _) in TABLES.items() if table in captured[source]} == set(captured)
    assert set(audit_renames.DATABASES) == set(SOURCES) - set(captured)
