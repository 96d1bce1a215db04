"""``kill -9`` at every step, and a disk that is full: nothing half published, nothing locked, nothing left behind."""

from __future__ import annotations

import time
from contextlib import closing
from pathlib import Path

import duckdb
import psycopg
import pytest

from genims.core.errors import ConnectionLost
from genims.core.settings import settings
from genims.engine import mysql_target
from genims.engine.staging import Staging
from genims.hooks import sources
from genims.hooks.spill_directory import PREFIX
from tests.support.faults.faults import (
    REBUILD_STEPS,
    TODAY,
    WINDOW_STEPS,
    LoadProcess,
    environment,
    kill_sessions,
    query,
    refused,
    root,
    sessions,
    staged_tables,
    until,
)

pytest_plugins = ["tests.support.faults.fixtures"]

STEPS = [(step, False) for step in WINDOW_STEPS] + [(step, True) for step in REBUILD_STEPS]


@pytest.mark.parametrize(
    ("step", "rebuild"), STEPS, ids=lambda value: {True: "rebuild", False: "window"}.get(value, value)
)
def test_kill_9(scratch, step, rebuild, tmp_path):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    before = scratch.rows()
    scratch.change("as it shall be")

    load = LoadProcess(scratch, step, environment={"GENIMS_TEMP_DIRECTORY": str(temporary)}, rebuild=rebuild)
    load.wait_for_step()
    assert len(sessions()) == 1
    load.kill()

    left = scratch.rows()
    assert len(left) == len(before)
    assert {row[2] for row in left} == {"as it shall be" if step == "dropping the old table" else "as it was"}

    began = time.monotonic()
    assert LoadProcess(scratch, environment={"GENIMS_TEMP_DIRECTORY": str(temporary)}).wait() == "done"
    assert time.monotonic() - began < 10, "the killed process still held the lock"
    assert {row[2] for row in scratch.rows()} == {"as it shall be"}
    assert staged_tables() == []
    assert list(temporary.iterdir()) == []
    until(lambda: sessions() == [])


def test_kill_9_while_two_sessions_stage_many_rows(scratch):
    insert = "INSERT INTO fault_rows SELECT %s, i, 'many' FROM generate_series(1, %s) AS i"
    scratch.owner.execute(insert, (TODAY, mysql_target.MANY_ROWS))
    before = scratch.rows()
    load = LoadProcess(scratch, "writing the rows", rebuild=True)
    load.wait_for_step()
    until(lambda: len(sessions()) == 2)
    load.kill()
    assert scratch.rows() == before

    assert LoadProcess(scratch, rebuild=True).wait() == "done"
    assert len(scratch.rows()) == len(before) + mysql_target.MANY_ROWS
    assert staged_tables() == []
    until(lambda: sessions() == [])


def test_kill_9_while_waiting_for_another_run(scratch):
    with closing(root()) as other, other.cursor() as cursor:
        cursor.execute("SELECT GET_LOCK('genims.fault_rows', 0)")
        load = LoadProcess(scratch)
        until(lambda: [state for _, state in sessions()] == ["User lock"])
        load.kill()
    scratch.load()
    assert scratch.logged().status == "success"


def test_kill_9_while_reading(scratch, source_server):
    scratch.change("as it shall be")
    with psycopg.connect(source_server, dbname="genims_master_db") as other:
        other.execute("LOCK TABLE fault_rows")
        load = LoadProcess(scratch)
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'genims_reader' AND wait_event_type = 'Lock'"
        until(lambda: scratch.owner.execute(waiting).fetchone() == (1,))
        load.kill()
    assert {row[2] for row in scratch.rows()} == {"as it was"}
    scratch.load()
    assert {row[2] for row in scratch.rows()} == {"as it shall be"}


# More rows than fit into the memory of SMALL; only three for a window that begins today.
MANY = (
    "SELECT DATE '{{ window.start }}' AS day, i::VARCHAR AS id, md5(i::VARCHAR) AS note, 1.0 AS amount, 1 AS quantity, "
    "NULL AS seen_at FROM range({{ 3 if window.start == window.today else 1500000 }}) AS r(i)"
)


def small(temporary: Path) -> dict[str, str]:
    """The environment of a process with little memory, which writes its rows below ``temporary``."""
    return {"GENIMS_TEMP_DIRECTORY": str(temporary), "GENIMS_DUCKDB_MEMORY": "40MB"}


def test_rows_on_disk_belong_to_one_process_and_go_with_it(scratch, tmp_path):
    """Processes that share DuckDB's directory crash each other, and a killed one cannot remove its files."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    scratch.create(select=MANY)
    load = LoadProcess(scratch, "examining", environment=small(temporary))
    load.wait_for_step()
    [directory] = temporary.iterdir()
    assert directory.name.startswith(PREFIX)
    assert list(directory.iterdir())

    with environment(**small(temporary)):
        own = sources._engine().execute("SELECT current_setting('temp_directory')").fetchone()[0]
        assert own != str(directory)
        assert list(directory.iterdir()), "the files of a living process are gone"
    load.kill()
    assert list(directory.iterdir())

    next_load = LoadProcess(scratch, environment=small(temporary), from_=str(TODAY))
    assert next_load.wait() == "done"
    assert [str(path) for path in temporary.iterdir()] == [own]
    assert len(scratch.rows()) == 3


def failed(scratch) -> str:
    """The error of the last failed attempt in the run log."""
    log = "genims_audit_db.audit_etl_sync_log WHERE table_name = 'fault_rows' AND status = 'failed'"
    return query(f"SELECT error FROM {log} ORDER BY sync_id DESC LIMIT 1")[0][0]


def test_a_disk_that_is_full_while_rows_are_read(scratch, tmp_path):
    scratch.create(select=MANY)
    said = LoadProcess(scratch, file_limit=64 * 1024, environment=small(tmp_path)).wait()
    assert said.startswith(f'IOException: IO Error: Could not write file "{tmp_path}')
    assert scratch.rows() == []
    assert failed(scratch) == said
    scratch.load(from_=str(TODAY))
    assert len(scratch.rows()) == 3


def test_rows_on_their_way_to_mysql_need_no_disk(scratch, tmp_path):
    scratch.owner.execute("INSERT INTO fault_rows SELECT %s, i, 'many' FROM generate_series(1, 20000) AS i", (TODAY,))
    before = scratch.rows()
    load = LoadProcess(scratch, file_limit=64 * 1024, environment={"GENIMS_TEMP_DIRECTORY": str(tmp_path)})
    assert load.wait() == "done"
    assert len(scratch.rows()) == len(before) + 20000


@pytest.fixture(params=[False, True], ids=["few rows", "many rows"])
def many(request, monkeypatch):
    """Few rows by one session of MySQL, and many by two."""
    if request.param:
        monkeypatch.setattr(mysql_target, "MANY_ROWS", 1)


@pytest.mark.usefixtures("many")
def test_rows_that_break_off_on_their_way_to_mysql(scratch, monkeypatch):
    """Such as for a disk that is full while they are sorted: MySQL takes the early end for the end."""

    write = Staging.write_csv

    def break_off(staging: Staging, path: str) -> None:
        Path(path).write_text(f'{TODAY},"K{id(staging)}","broken off"')
        raise duckdb.IOException("no space left")

    monkeypatch.setattr(Staging, "write_csv", break_off)
    for rebuild in (False, True):
        with refused(scratch, duckdb.IOException, "no space left", retried=True):
            scratch.load(rebuild=rebuild)
    monkeypatch.setattr(Staging, "write_csv", write)
    scratch.load()
    assert staged_tables() == []


@pytest.mark.usefixtures("many")
def test_a_connection_lost_while_rows_are_on_their_way(scratch, monkeypatch):
    """The writing thread learns that the reader has ended."""
    scratch.owner.execute("INSERT INTO fault_rows SELECT %s, i, 'many' FROM generate_series(1, 20000) AS i", (TODAY,))
    write = Staging.write_csv

    def write_after_loss(staging: Staging, path: str) -> None:
        until(lambda: "LOAD DATA" in str(query("SHOW FULL PROCESSLIST")))
        kill_sessions()
        until(lambda: sessions() == [])
        write(staging, path)

    monkeypatch.setattr(Staging, "write_csv", write_after_loss)
    with refused(scratch, ConnectionLost, "fault_rows", "was lost", retried=True):
        scratch.load()
    monkeypatch.setattr(Staging, "write_csv", write)
    scratch.load()


def test_indexes_are_the_same_after_a_rebuild_of_many_rows(scratch, monkeypatch):
    place = f"{settings().mysql_reporting_db}.fault_rows"
    query(f"CREATE INDEX by_note ON {place} (note DESC, amount) COMMENT 'it''s for a dashboard'")
    query(f"CREATE UNIQUE INDEX by_id ON {place} (id, day) INVISIBLE")
    [(_, before)] = query(f"SHOW CREATE TABLE {place}")
    rows = scratch.rows()
    monkeypatch.setattr(mysql_target, "MANY_ROWS", 1)
    scratch.load(rebuild=True)
    assert query(f"SHOW CREATE TABLE {place}") == [("fault_rows", before)]
    assert scratch.rows() == rows
    scratch.load()
