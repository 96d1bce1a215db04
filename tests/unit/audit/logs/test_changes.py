"""The query of an hourly run reads changed rows of the tables that keep growing, and everything else as a whole."""

from datetime import datetime

import pytest

from genims.audit.ledger.position import Position
from genims.audit.logs.changes import LOOKBACK, changed_since, compared, looked_for_since
from genims.audit.logs.source_log import source_logs
from genims.engine.source_contract import SourceColumn, columns_read, expected_type, meaning

LOGS = {log.name: log for log in source_logs()}
NOON = datetime(2026, 11, 30, 12)


def by_server(sql: str) -> dict[tuple[str, str], set[bool]]:
    """Of each table that a query reads, whether PostgreSQL selects its rows, DuckDB, or each of them somewhere."""
    found: dict[tuple[str, str], set[bool]] = {}
    for column in columns_read(sql):
        found.setdefault((column.database, column.table), set()).add(column.by_server)
    return found


@pytest.mark.parametrize("log", LOGS.values(), ids=LOGS)
def test_postgres_selects_the_changed_rows_of_all_tables_that_keep_growing(log):
    growing = {tuple(table.split(".")) for table in log.changes}
    read = by_server(changed_since(NOON, log, log.sql))
    assert {table for table, servers in read.items() if servers == {True}} == growing
    assert {table for table, servers in read.items() if servers == {False}} == read.keys() - growing


@pytest.mark.parametrize("log", LOGS.values(), ids=LOGS)
def test_changes_are_told_by_declared_times(log):
    for table, times in log.changes.items():
        for time in times:
            declared = expected_type(SourceColumn(*table.split("."), time))
            assert declared and meaning(declared) in ("date", "timestamp"), f"{table}.{time}: {declared}"


def test_the_rows_are_those_with_a_late_time_or_without_any():
    log = LOGS["employment_changes"]
    assert (
        "WHERE created_at >= '2026-11-30 12:00:00' OR approved_date >= '2026-11-30 12:00:00' "
        "OR (created_at IS NULL AND approved_date IS NULL)"
    ) in changed_since(NOON, log, log.sql)


def test_a_run_looks_back_before_the_last_one_and_a_new_query_at_everything():
    assert looked_for_since(Position(), "SELECT 1") is None
    assert looked_for_since(compared(NOON, "SELECT 1"), "SELECT 1") == NOON - LOOKBACK
    assert looked_for_since(compared(NOON, "SELECT 1"), "SELECT 2") is None
