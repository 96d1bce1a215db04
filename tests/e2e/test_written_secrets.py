"""No password is anywhere but in the files that hold them, whatever was set up, loaded, refused, failed or killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from base64 import b64encode
from pathlib import Path
from urllib.parse import quote, quote_plus

import psutil
import pytest

from dev.stack.steps import wait_until

# The stack's settings, and the passwords that Airflow's simple auth manager reads.
HOLD_THEM = {"env", "airflow/passwords.json"}


def forms_of(secret: str) -> set[bytes]:
    """A secret as it may be written: raw, in a URL, in JSON, in SQL, quoted for a shell, in base64 at any place."""
    in_sql = secret.replace("\\", "\\\\").replace("'", "\\'")
    texts = {
        secret,
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
        in_sql,
        in_sql.replace('"', '\\"'),
        secret.replace("'", "''"),
        secret.replace("\\", "\\\\").replace("'", "''"),
    }
    forms = {text.encode() for text in texts} | {secret.encode("utf-16-le")}
    for before in range(3):
        # Three bytes become four characters: those at the ends depend on what is beside the secret.
        encoded = b64encode(b"\0" * before + secret.encode())
        forms.add(encoded[4 if before else 0 : -4])
    return forms


@pytest.mark.usefixtures("filled")
def test_no_password_is_written_anywhere(stack, run_dag, tmp_path):
    api = stack.api
    # Refused forms, a load that is killed.
    for dag_id, params in (
        ("source_moved", {"source": "erp", "decision": "request", "reason": "nothing has moved"}),
        ("reporting_load", {"from": "2026-03-02", "to": "2026-03-01"}),
    ):
        run = run_dag(dag_id, **params)
        assert api.run_state(dag_id, run) == "success"
    # No retry.
    assert max(task["try_number"] for task in api.task_instances("reporting_load", run)) == 1
    run = api.trigger("reporting_load", {"rebuild": True, "tables": ["product_sales_performance"]})
    wait_until(lambda: running(api, run), 60, "a load to begin", every=0.05)
    os.kill(running(api, run)["pid"], signal.SIGKILL)
    wait_until(lambda: not running(api, run), 60, "the kill to be seen", every=0.2)
    api.call("PATCH", f"/dags/reporting_load/dagRuns/{run}", json={"state": "failed"})

    secrets = {name: value for name, value in stack.env.items() if name.endswith(("PASSWORD", "SECRET", "SIGNING_KEY"))}
    assert len(secrets) > 10
    patterns = tmp_path / "patterns"
    patterns.write_bytes(b"\n".join(sorted({form for secret in secrets.values() for form in forms_of(secret)})))
    planted = tmp_path / "planted"
    planted.mkdir()
    for name, secret in secrets.items():
        for number, form in enumerate(forms_of(secret)):
            (planted / f"{name}.{number}").write_bytes(b"\x00before" + form + b"behind\xff")
    assert len(places_of(patterns, planted)) == len(list(planted.iterdir()))
    places = places_of(patterns, stack.home)
    assert "env" in places
    assert places <= HOLD_THEM
    assert command_lines_with(secrets) == []


def places_of(patterns: Path, directory: Path) -> set[str]:
    """The files below a directory that hold one of the patterns."""
    search = ["grep", "--recursive", "--files-with-matches", "--text", "--fixed-strings", "--file", patterns, "."]
    bytewise = os.environ | {"LC_ALL": "C"}
    found = subprocess.run(search, cwd=directory, env=bytewise, capture_output=True, text=True, check=False)
    return {line.removeprefix("./") for line in found.stdout.splitlines()}


def running(api, run: str) -> dict | None:
    """The load that runs, if one does."""
    loads = [task for task in api.task_instances("reporting_load", run) if task["task_id"] == "step_1.load"]
    return next((task for task in loads if task["state"] == "running" and task["pid"]), None)


def command_lines_with(secrets: dict[str, str]) -> list[str]:
    lines = [" ".join(process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"])]
    return [name for name, secret in secrets.items() if any(secret in line for line in lines)]
