"""What the commands print: whole lines, what a long wait is for, and the lines to copy after `make up`."""

from __future__ import annotations

import fcntl
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from dev.next_steps import next_steps
from dev.stack import steps
from dev.stack.airflow import MAY, USERS
from dev.stack.downloads import locked
from dev.stack.environment import UI_PORT, load_settings
from dev.stack.ports import first_free_port
from dev.stack.steps import say, step


def test_a_line_is_written_at_once_so_that_none_runs_into_another(monkeypatch):
    written = []
    monkeypatch.setattr("sys.stdout", SimpleNamespace(write=written.append, flush=lambda: written.append("flushed")))
    say("a line")
    assert written == ["a line\n", "flushed"]


def test_a_long_step_says_what_it_waits_for(monkeypatch, capsys):
    monkeypatch.setattr(steps, "STILL_WORKING_AFTER", 0.05)
    with step("Starting a server") as progress:
        progress.text = "3 of 5 ready"
        threading.Event().wait(0.12)
    assert "   Starting a server: 3 of 5 ready, 0 s" in capsys.readouterr().out


def test_nobody_waits_more_than_5_seconds_without_a_word():
    assert steps.STILL_WORKING_AFTER <= 5


def test_waiting_for_another_command_is_said(tmp_path, capsys):
    lock = tmp_path / "lock"
    with lock.open("w") as held, ThreadPoolExecutor(1) as pool:
        fcntl.flock(held, fcntl.LOCK_EX)

        def work():
            with locked(lock):
                say("working")

        waiting = pool.submit(work)
        for _ in range(100):
            if "waiting" in (said := capsys.readouterr().out):
                break
            threading.Event().wait(0.05)
        fcntl.flock(held, fcntl.LOCK_UN)
        waiting.result(5)
    assert said == f"   waiting for another command, which holds {lock}\n"


def test_the_ui_has_its_port_or_the_next_free_one(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert port < first_free_port(port) <= port + 100
    assert first_free_port(port) == port


@pytest.fixture
def env(tmp_path) -> dict[str, str]:
    return load_settings(tmp_path)


def test_a_moved_port_is_said(env):
    usual = {"STACK_UI_PORT": str(UI_PORT), "STACK_UI_URL": f"http://127.0.0.1:{UI_PORT}"}
    moved = {"STACK_UI_PORT": "8099", "STACK_UI_URL": "http://127.0.0.1:8099"}
    assert next(next_steps(env | usual, {True: [], False: []})) == "Airflow        http://127.0.0.1:8080"
    assert "another program has port 8080" in next(next_steps(env | moved, {True: [], False: []}))


def test_the_lines_to_copy_name_users_commands_and_what_is_paused(env):
    lines = "\n".join(next_steps(env, {True: ["reporting_sync", "mysql_backup"], False: ["audit_sync"]}))
    assert set(MAY) == set(USERS)
    for user in USERS:
        assert f"{user:<12} password {env[f'STACK_{user.upper()}_PASSWORD']}   {MAY[user]}" in lines
    for part in ("make mysql", "make mysql DB=audit", "make psql DB=erp", "make traffic", "make down"):
        assert part in lines
    assert "Paused         reporting_sync, mysql_backup" in lines
    assert f"the switch at {env['STACK_UI_URL']}/dags/reporting_sync" in lines
    assert "Streaming      audit_sync" in lines
