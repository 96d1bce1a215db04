"""What a person does beside a running stack: opens the clients, and watches a change arrive."""

from __future__ import annotations

import re
import subprocess
import sys

import psutil
import pytest

from dev.first_setup import STREAM, set_up_once, start_stream
from dev.live_change import show_a_change
from dev.next_steps import scheduled_by_pause
from dev.stack.steps import wait_until
from genims.core.paths import ROOT
from tests.e2e.test_audit_sync import writer


def client(stack, program: str, database: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-m", "dev", program, f"--home={stack.home}", "--", database],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def command_line(process: subprocess.Popen) -> str:
    return " ".join(psutil.Process(process.pid).cmdline())


SIGNED_IN = {"mysql": "--defaults-file=", "psql": "user=genims_reader"}
CLIENTS = [
    ("mysql", "reporting", "SELECT DATABASE(), CURRENT_USER();", "genims_reporting_db | genims_etl"),
    ("mysql", "audit", "SELECT DATABASE(), CURRENT_USER();", "genims_audit_db | genims_auditor"),
    ("mysql", "genims_audit_db", "DELETE FROM system_audit_log;", "ERROR 1142"),
    ("psql", "erp", "SELECT current_database(), current_user;", "genims_erp_db | genims_reader"),
    ("psql", "genims_crm_db", "DELETE FROM leads;", "permission denied"),
]


@pytest.mark.parametrize(("program", "database", "statement", "answer"), CLIENTS)
def test_a_client_is_signed_in_and_shows_no_password(stack, filled, program, database, statement, answer):
    process = client(stack, program, database)
    # The command becomes the client, whose command line everybody on the machine can read.
    wait_until(lambda: SIGNED_IN[program] in command_line(process), 30, f"{program} to start")
    shown = command_line(process)
    said, _ = process.communicate(statement, timeout=30)
    assert answer in re.sub(" +", " ", said)
    passwords = [value for name, value in stack.env.items() if name.endswith("PASSWORD")]
    assert [password for password in passwords if password in shown] == []


@pytest.mark.parametrize(("program", "database"), [("mysql", "erp"), ("psql", "reporting"), ("psql", "")])
def test_an_unknown_database_is_answered_with_those_there_are(stack, filled, program, database):
    process = client(stack, program, database)
    said, _ = process.communicate(timeout=30)
    assert process.returncode == 1
    assert said.startswith(f"error: DB={database}: expected ")
    assert said.count("\n") == 1


def test_a_stack_that_is_set_up_stays_as_a_person_left_it(stack, filled):
    runs = stack.api.call("GET", "/dags/platform_setup/dagRuns")["total_entries"]
    paused = scheduled_by_pause(stack.api)
    set_up_once(stack.api)
    assert stack.api.call("GET", "/dags/platform_setup/dagRuns")["total_entries"] == runs
    assert scheduled_by_pause(stack.api) == paused


def test_a_change_arrives_and_is_proven(stack, filled, capsys):
    start_stream(stack.api)
    try:
        show_a_change(stack.source_owner)
    finally:
        stack.api.call("PATCH", f"/dags/{STREAM}", json={"is_paused": True})
        for run in stack.api.call("GET", f"/dags/{STREAM}/dagRuns", params={"state": "running"})["dag_runs"]:
            stack.api.call("PATCH", f"/dags/{STREAM}/dagRuns/{run['dag_run_id']}", json={"state": "failed"})
        wait_until(lambda: not writer(), 60, "the stream to end")
    said = capsys.readouterr().out
    arrived = re.search(r"system_audit_log (\d+) ms after its commit: event \d+ of erp, UPDATE of materials", said)
    assert arrived and int(arrived[1]) < 5000
    assert re.search(r"Proof of erp, \d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d: intact\. [\d,]+ rows of [\d,]+ events", said)
