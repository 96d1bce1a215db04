"""The header of a log of the sources is strict, and its query reads what it says, from declared columns."""

import pytest

from genims.audit.logs.inputs import INPUTS
from genims.audit.logs.source_log import ENTRY_KEY, HAPPENED_AT, REPORTING, source_logs
from genims.core.paths import SQL
from genims.core.query_header import HeaderError
from genims.engine.source_contract import columns_read, expected_type

GOOD = {
    "description": "Who approved leave.",
    "table": "approval_audit_log",
    "reads": "[hr, reporting]",
    "owner": "hr",
}


def written(folder, header: dict, name: str = "approvals"):
    path = folder / f"{name}.sql"
    path.write_text("/* ---\n" + "".join(f"{key}: {value}\n" for key, value in header.items()) + "--- */\nSELECT 1\n")
    return path


def test_a_good_header_becomes_a_log(tmp_path):
    written(tmp_path, GOOD)
    [log] = source_logs(tmp_path)
    assert (log.name, log.table, log.databases) == ("approvals", "approval_audit_log", ("hr",))
    assert [column.name for column in log.columns] == [
        ENTRY_KEY,
        HAPPENED_AT,
        "document_type",
        "document_id",
        "step",
        "decided_by",
        "decided_at",
        "requested_by",
        "detail",
        "source_table",
        "source_key",
    ]


BAD = [
    ("a misspelt key", {"tabel": "x"}, "approvals", "unknown header keys \\['tabel'\\]"),
    ("a missing key", {"owner": None}, "approvals", "missing header keys \\['owner'\\]"),
    ("an unknown table", {"table": "approvals"}, "approvals", "table must be a chained table .* found 'approvals'"),
    ("a table that is not chained", {"table": "audit_etl_sync_log"}, "approvals", "table must be a chained table"),
    ("a table with several rows an event", {"table": "data_change_audit"}, "approvals", "one row for each event"),
    ("the table of all events", {"table": "system_audit_log"}, "approvals", "table must be"),
    ("an unknown database", {"reads": "[hr, finance]"}, "approvals", "reads names unknown \\['finance'\\]"),
    ("nothing to read", {"reads": "[]"}, "approvals", "reads must not be empty"),
    ("changes without columns", {"changes": "{hr.leave_requests: []}"}, "approvals", "changes must name columns"),
    ("changes without tables", {"changes": "[updated_at]"}, "approvals", "changes must name columns"),
    ("changes of another table", {"changes": "{hr.employees: [updated_at]}"}, "approvals", "does not read"),
    ("the name of a source", {}, "hr", "no source database's name"),
    ("the name of the pipeline's ledger", {}, "pipeline", "no source database's name"),
    ("a name that is too long", {}, "a" * 21, "at most 20 characters"),
]


@pytest.mark.parametrize(("change", "name", "message"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_a_bad_header_is_refused(tmp_path, change, name, message):
    header = {key: value for key, value in (GOOD | change).items() if value is not None}
    written(tmp_path, header, name)
    with pytest.raises(HeaderError, match=message) as error:
        source_logs(tmp_path)
    assert f"{name}.sql" in str(error.value)


@pytest.mark.parametrize("log", source_logs(), ids=lambda log: log.name)
def test_a_log_reads_what_it_says_from_declared_columns(log):
    found = columns_read(log.sql) | columns_read(log.sql, databases=(REPORTING,))
    assert {column.database for column in found} == set(log.reads) - set(INPUTS)
    assert [column for column in sorted(found) if expected_type(column) is None] == []
    assert log.path.parent == SQL / "audit" / "logs"
