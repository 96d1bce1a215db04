"""The cluster of docker-compose.yaml: every service is present, watched, and started in an order that loses no task."""

import json
import os
import re
import subprocess
import sys
from hashlib import sha256

import pytest
import yaml

from dev.stack import StackError, mysql_programs
from genims.core.paths import ROOT

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yaml").read_text())
SERVICES = COMPOSE["services"]
WORKERS = ["airflow-worker", "airflow-setup-worker"]
AIRFLOW = ["airflow-apiserver", "airflow-scheduler", "airflow-dag-processor", *WORKERS, "airflow-triggerer"]


@pytest.mark.parametrize("name", AIRFLOW)
def test_each_airflow_service_waits_for_the_migration_and_is_watched(name):
    service = SERVICES[name]
    assert service["depends_on"]["airflow-init"] == {"condition": "service_completed_successfully"}
    assert service["healthcheck"]["test"]


@pytest.mark.parametrize("name", ["airflow-scheduler", *WORKERS, "airflow-triggerer"])
def test_no_task_starts_before_the_api_server_answers(name):
    assert SERVICES[name]["depends_on"]["airflow-apiserver"] == {"condition": "service_healthy"}


def test_servers_for_a_try_out_start_on_request_only():
    local = {name for name, service in SERVICES.items() if service.get("profiles") == ["local"]}
    assert local == {"sources", "mysql", "azurite"}


def test_named_volumes_are_declared():
    used = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    assert {name for name in used if not name.startswith(".")} == set(COMPOSE["volumes"])


def test_secrets_come_from_the_environment():
    names = r"[A-Z_]*(?:PASSWORD|SECRET|FERNET_KEY): (.*)"
    values = re.findall(names, (ROOT / "docker-compose.yaml").read_text())
    assert values
    assert [value for value in values if not value.startswith("${")] == []


def test_the_image_has_what_the_package_is_tested_with():
    tested = (ROOT / "requirements.txt").read_text()
    for pin in re.findall(r"^\S+==\S+", (ROOT / "requirements-image.txt").read_text(), re.MULTILINE):
        assert re.search(f"^{re.escape(pin)} ", tested, re.MULTILINE), f"{pin} is not in requirements.txt"


def test_the_queue_has_a_password_and_is_not_published():
    redis = SERVICES["redis"]
    assert "ports" not in redis
    assert "requirepass" in redis["command"][-1]
    assert "AIRFLOW_REDIS_PASSWORD" in COMPOSE["x-airflow"]["environment"]["AIRFLOW__CELERY__BROKER_URL"]


def test_what_is_downloaded_is_checked_by_hash():
    packages = json.loads((ROOT / "dev/stack/azurite_packages/package-lock.json").read_text())["packages"]
    assert [name for name, package in packages.items() if name and "integrity" not in package] == []
    assert "--require-hashes --requirement requirements-uv.txt" in (ROOT / "Makefile").read_text()


def files_of(name: str) -> list[str]:
    return [file["path"] for file in SERVICES[name].get("env_file", [])]


def test_passwords_of_servers_are_where_tasks_need_them_alone():
    """Those of setup are in one worker, whose queue takes each task that signs in as an administrator or owner."""
    assert {name for name in SERVICES if ".env" in files_of(name)} == {*WORKERS, "sources"}
    assert {name for name in SERVICES if ".env.setup" in files_of(name)} == {"airflow-setup-worker", "sources", "mysql"}
    environment = COMPOSE["x-airflow"]["environment"]
    assert [name for name in environment if name.startswith(("POSTGRES_", "MYSQL_", "AZURE_"))] == []
    queue = environment["GENIMS_SETUP_QUEUE"]
    assert f"--queues {queue}" in SERVICES["airflow-setup-worker"]["command"]


def test_tasks_that_sign_in_as_an_administrator_or_owner_are_in_the_queue_of_setup():
    code = (
        "from airflow.dag_processing.dagbag import DagBag\n"
        "for dag in DagBag('dags').dags.values():\n"
        "    for task in dag.tasks:\n"
        "        if task.queue == 'genims_setup': print(dag.dag_id, task.task_id)"
    )
    asked = os.environ | {"GENIMS_SETUP_QUEUE": "genims_setup", "PYTHONPATH": str(ROOT / "plugins")}
    printed = subprocess.run(
        [sys.executable, "-c", code], env=asked, cwd=ROOT, capture_output=True, text=True, check=True
    )
    found = {tuple(line.split()) for line in printed.stdout.splitlines() if len(line.split()) == 2}
    assert {dag for dag, _ in found} == {"platform_setup", "capture_change", "source_moved", "audit_verify"}
    assert [task for dag, task in found if dag == "audit_verify"] == ["partitions"]


def test_every_image_can_be_pinned_by_digest():
    images = [service["image"] for service in SERVICES.values() if service["image"] != "genims-airflow:3.3.2"]
    images.append(COMPOSE["x-airflow"]["build"]["args"]["AIRFLOW_IMAGE"])
    example = (ROOT / ".env.example").read_text()
    for image in images:
        variable, default = re.fullmatch(r"\$\{([A-Z_]+_IMAGE):-(.+)\}", image).groups()
        assert f"\n{variable}={default}\n" in example
    default = COMPOSE["x-airflow"]["build"]["args"]["AIRFLOW_IMAGE"].partition(":-")[2].rstrip("}")
    assert f"ARG AIRFLOW_IMAGE={default}\nFROM ${{AIRFLOW_IMAGE}}\n" in (ROOT / "Dockerfile").read_text()


def test_the_packages_of_mysql_are_pinned_by_checksum_and_no_other_is_unpacked(tmp_path):
    lock = mysql_programs.locked_packages(mysql_programs.LOCKS / "x86_64.sha256")
    assert {name.partition("=")[0] for name in lock} >= {*mysql_programs.PACKAGES, "libc6"}
    package = tmp_path / "libx_1%3a2.0-1_amd64.deb"
    package.write_bytes(b"as pinned")
    pinned = {"libx=1:2.0-1": sha256(b"as pinned").hexdigest()}
    mysql_programs.check_package(package, pinned)
    package.write_bytes(b"altered")
    with pytest.raises(StackError, match="expected the checksum"):
        mysql_programs.check_package(package, pinned)
    with pytest.raises(StackError, match="expected the checksum None"):
        mysql_programs.check_package(package, {"liby=1": "0"})
    assert mysql_programs.locked_packages(tmp_path / "another.sha256") == {}
