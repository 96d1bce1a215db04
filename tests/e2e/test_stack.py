"""The local stack: it can be started, stopped and interrupted at any moment, and touches nothing outside."""

import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from contextlib import closing

import psutil
import psycopg
import pytest

from dev.stack import Stack, StackError, downloads, environment
from dev.stack.mysql_programs import find_mysql
from dev.stack.ports import is_free
from dev.stack.processes import MARK, Process
from dev.stack.steps import wait_until
from genims.core.paths import ROOT
from tests.support.servers import source_owner

SERVERS = ["mysql", "postgres"]


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    """A stack of the two database servers, in a directory that only its owner may enter."""
    stack = Stack(tmp_path_factory.mktemp("stack"), dotenv=None)
    stack.up(only=SERVERS, sample_data=False)
    yield stack
    stack.down()


@pytest.fixture
def sleeper():
    """Somebody else's process."""
    process = subprocess.Popen(["sleep", "600"])
    yield process
    process.kill()
    process.wait()


def pids(stack: Stack) -> dict[str, int | None]:
    return {state.service: state.pid for state in stack.status()}


def processes_of(home) -> list[psutil.Process]:
    """Every process that was started for the home."""

    def belongs(process: psutil.Process) -> bool:
        try:
            return str(home) in process.environ().get(MARK, "") or str(home) in " ".join(process.cmdline())
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            return False

    return [process for process in psutil.process_iter() if belongs(process)]


def test_up_again_changes_nothing(running):
    before = pids(running), running.env
    running.up(only=SERVERS, sample_data=False)
    assert (pids(running), running.env) == before


def test_the_servers_do_not_run_as_root(running):
    for service in SERVERS:
        assert psutil.Process(pids(running)[service]).uids().effective != 0


def test_the_servers_listen_on_this_machine_alone(running):
    for service in SERVERS:
        server = psutil.Process(pids(running)[service])
        addresses = {each.laddr.ip for each in server.net_connections("inet") if each.status == psutil.CONN_LISTEN}
        assert addresses == {"127.0.0.1"}


def test_the_env_file_suits_a_shell_and_its_owner_alone(running):
    file = running.home / "env"
    assert file.stat().st_mode & 0o777 == 0o600
    shell = f"set -a; . {shlex.quote(str(file))}; exec env -0"
    printed = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, check=True).stdout
    assert running.env.items() <= dict(line.split("=", 1) for line in printed.split("\0") if line).items()


def test_the_reader_reads_every_source_and_writes_none(running):
    env = running.env
    host, port, user, password = (env[f"POSTGRES_{name}"] for name in ("HOST", "PORT", "USERNAME", "PASSWORD"))
    for schema in (ROOT / "schema" / "sources").glob("*.sql"):
        with psycopg.connect(host=host, port=port, user=user, password=password, dbname=schema.stem) as connection:
            [(table,)] = connection.execute(
                "SELECT min(tablename) FROM pg_tables WHERE schemaname = 'public'"
            ).fetchall()
            connection.execute(f"SELECT * FROM {table}")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(f"DELETE FROM {table}")


def test_a_killed_server_is_started_again_and_the_others_are_left_alone(running):
    before = pids(running)
    os.kill(before["mysql"], signal.SIGKILL)
    wait_until(lambda: pids(running)["mysql"] is None, 10, "MySQL to die")
    running.up(only=SERVERS, sample_data=False)
    after = pids(running)
    assert after["mysql"] not in (None, before["mysql"])
    assert after["postgres"] == before["postgres"]


def test_a_session_of_a_killed_server_that_is_busy_does_not_keep_the_next_one_from_starting(running):
    with closing(psycopg.connect(source_owner(running.env), dbname="postgres")) as busy:
        backend = psutil.Process(busy.info.backend_pid)
        busy.pgconn.send_query(b"SELECT count(*) FROM generate_series(1, 10000000000)")
        postmaster = pids(running)["postgres"]
        os.kill(postmaster, signal.SIGKILL)
        wait_until(lambda: pids(running)["postgres"] is None, 10, "PostgreSQL to die")
        assert backend.is_running()
        running.up(only=SERVERS, sample_data=False)
    assert pids(running)["postgres"] not in (None, postmaster)
    assert not backend.is_running()


def test_an_up_that_is_killed_anywhere_can_be_repeated(tmp_path):
    command = [
        sys.executable,
        "-m",
        "dev",
        "up",
        f"--home={tmp_path}",
        f"--only={','.join(SERVERS)}",
        "--no-sample-data",
    ]
    for seconds in (1, 2.5, 4):
        starting = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(seconds)
        starting.kill()
        starting.wait()
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 0
    stack = Stack(tmp_path, dotenv=None)
    assert all(pids(stack)[service] for service in SERVERS)
    stack.down()
    assert processes_of(tmp_path) == []


@pytest.mark.parametrize("seconds", [0.7, 2, 4])
def test_ctrl_c_ends_an_up_at_once_and_says_what_is_left(tmp_path, seconds):
    command = [sys.executable, "-m", "dev", "up", f"--home={tmp_path}", f"--only={','.join(SERVERS)}"]
    starting = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    starting.stdout.readline()
    time.sleep(seconds)
    began = time.monotonic()
    os.killpg(starting.pid, signal.SIGINT)
    said, _ = starting.communicate(timeout=60)
    assert starting.returncode == 128 + signal.SIGINT
    assert time.monotonic() - began < 5
    assert "Traceback" not in said and "error:" not in said
    stack = Stack(tmp_path, dotenv=None)
    left = [f"{service} (pid {pid})" for service, pid in pids(stack).items() if pid]
    ending = f"{', '.join(left)} still run: make down stops them." if left else "No server is left running."
    assert said.endswith(f"\nInterrupted. {ending}\n")
    stack.down()
    assert processes_of(tmp_path) == []


def test_a_port_that_somebody_took_is_left_to_them(tmp_path):
    taken = socket.create_server(("127.0.0.1", 0))
    port = str(taken.getsockname()[1])
    settings = environment.load_settings(tmp_path) | {"POSTGRES_PORT": port}
    environment.move_ports(tmp_path, settings, services=[])
    stack = Stack(tmp_path, dotenv=None)
    stack.up(only=["postgres"], sample_data=False)
    assert stack.env["POSTGRES_PORT"] != port
    stack.down()
    assert is_free(int(stack.env["POSTGRES_PORT"]))
    assert processes_of(tmp_path) == []


def test_a_server_named_in_dotenv_is_not_started_and_keeps_nothing_of_ours(tmp_path):
    dotenv = tmp_path / ".env"
    dotenv.write_text("POSTGRES_HOST=db.example.com\nMYSQL_REPORTING_HOST=\nMYSQL_REPORTING_PORT=3306\n")
    stack = Stack(tmp_path / "home", dotenv)
    stack.up(only=["postgres"])
    assert [state.service for state in stack.status() if state.is_own] == ["postgres"]
    assert not any(pids(stack).values())
    assert stack.env["POSTGRES_HOST"] == "db.example.com"
    assert "POSTGRES_PORT" not in stack.env
    assert stack.env["MYSQL_REPORTING_HOST"] == "127.0.0.1"
    assert stack.env["MYSQL_REPORTING_PORT"] != "3306"


def test_a_reused_pid_is_not_ours(tmp_path, sleeper):
    time.sleep(0.05)  # start times are told apart by hundredths of a second
    process = Process(tmp_path, "server")
    process.start(["sleep", "600"], cwd=tmp_path)
    pid_file = tmp_path / "run" / "server.pid"
    ours = process.pid
    _, started, boot = pid_file.read_text().split()
    pid_file.write_text(f"{sleeper.pid} {started} {boot}")
    assert process.pid is None
    process.stop()
    assert sleeper.poll() is None
    assert not psutil.pid_exists(ours) or psutil.Process(ours).status() == psutil.STATUS_ZOMBIE


def test_stop_reaches_children_in_sessions_of_their_own(tmp_path):
    process = Process(tmp_path, "server")
    process.start(
        ["bash", "-c", "trap '' TERM; sleep 601 & setsid sleep 602 & (setsid sleep 603 &); wait"], cwd=tmp_path
    )
    time.sleep(0.5)
    os.kill(process.pid, signal.SIGKILL)
    wait_until(lambda: process.pid is None, 5, "the server to die")
    assert process.is_running
    process.stop()
    assert not process.is_running
    assert processes_of(tmp_path) == []


def test_a_server_that_does_not_start_is_said_with_its_log(tmp_path):
    process = Process(tmp_path, "server")
    process.start(["sh", "-c", "echo no space left on device; exit 1"], cwd=tmp_path)
    with pytest.raises(StackError, match=r"server ended while starting.*\n.*no space left on device"):
        process.wait_until(lambda: False, seconds=5)


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        ("mysqld  Ver 10.11.6-MariaDB-0+deb12u1 for debian-linux-gnu", "is MariaDB, not MySQL"),
        ("mysqld  Ver 8.0.27 for Linux on x86_64", "MySQL 8.0.28 or later is needed, found"),
    ],
)
def test_what_is_not_mysql_or_too_old_is_refused_and_named(tmp_path, monkeypatch, capsys, version, reason):
    fake = tmp_path / "mysqld"
    fake.write_text(f"#!/bin/sh\necho '{version}'\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert str(fake) not in find_mysql().command("mysqld")
    said = capsys.readouterr().out
    assert str(fake) in said
    assert reason in said


def test_an_interrupted_download_is_never_taken_as_complete(tmp_path, monkeypatch):
    monkeypatch.setattr(downloads, "LOCAL", tmp_path)

    def cut_short(target):
        (target / "half").touch()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        downloads.installed("thing", cut_short)
    assert not (tmp_path / "thing").exists()
    thing = downloads.installed("thing", lambda target: (target / "whole").touch())
    assert [path.name for path in thing.iterdir()] == ["whole"]


def test_lost_settings_are_said_to_be_lost(tmp_path):
    stack = Stack(tmp_path, dotenv=None)
    stack.up(only=["postgres"], sample_data=False)
    stack.down()
    (tmp_path / "env").unlink()
    with pytest.raises(StackError, match="was made with other passwords"):
        stack.up(only=["postgres"], sample_data=False)
    stack.down()
