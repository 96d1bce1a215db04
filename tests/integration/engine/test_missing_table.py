"""A table that MySQL lacks: a new one waits for platform_setup without a red task; one that was there does not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from airflow.sdk.exceptions import AirflowSkipException

from genims.core.errors import PlatformError
from tests.support.faults.faults import query, root
from tests.support.tasks import load_context, run

TABLE = "machine_performance_daily"


def execute(*statements: str) -> None:
    with closing(root()) as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        connection.commit()


def attempts() -> list[tuple]:
    return query(f"SELECT status, error FROM genims_audit_db.audit_etl_sync_log WHERE table_name = '{TABLE}'")


@pytest.fixture(autouse=True)
def _missing(platform) -> Iterator[None]:
    """The table is not there, and no run has ever loaded it."""
    execute(
        f"DELETE FROM genims_audit_db.audit_etl_sync_log WHERE table_name = '{TABLE}'",
        f"RENAME TABLE genims_reporting_db.{TABLE} TO genims_reporting_db.kept_aside",
    )
    yield
    execute(f"RENAME TABLE genims_reporting_db.kept_aside TO genims_reporting_db.{TABLE}")


@pytest.mark.parametrize("params", [{}, {"rebuild": True}, {"from_": "2026-01-01", "to": "2026-01-02"}])
def test_a_new_table_is_skipped_with_a_word(params):
    with pytest.raises(AirflowSkipException, match=rf"{TABLE} is new and not created yet: run platform_setup"):
        run("reporting_sync", TABLE, **load_context(**params))
    assert attempts() == []


def test_a_table_that_was_there_fails_and_is_on_record():
    execute(
        "INSERT INTO genims_audit_db.audit_etl_sync_log (audit_timestamp, dag_id, run_id, table_name, action, "
        "try_number, window_start, window_end, started_at, rows_read, rows_loaded, rows_rejected, seconds, status, "
        f"checks) VALUES ('2026-03-02 04:05', 'reporting_sync', 'r', '{TABLE}', 'load', 1, '2026-03-01', '2026-03-02', "
        "'2026-03-02 04:05', 1, 1, 0, 1, 'success', '[]')"
    )
    with pytest.raises(PlatformError, match=rf"{TABLE}: expected the table, which was last loaded at 2026-03-02 04:05"):
        run("reporting_sync", TABLE, **load_context())
    assert [status for status, _ in attempts()] == ["success", "failed"]


def test_maintenance_leaves_it_out_and_says_so(caplog):
    for task in ("purge", "analyze"):
        caplog.clear()
        run("mysql_maintenance", task)
        assert f"{TABLE}' doesn't exist" in caplog.text
        assert "says whether it is new or was dropped" in caplog.text
