"""The cluster of docker-compose.yaml: every service is present, watched, and started in an order that loses no task."""

import json
import re

import pytest
import yaml

from genims.core.paths import ROOT

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yaml").read_text())
SERVICES = COMPOSE["services"]
AIRFLOW = ["airflow-apiserver", "airflow-scheduler", "airflow-dag-processor", "airflow-worker", "airflow-triggerer"]


@pytest.mark.parametrize("name", AIRFLOW)
def test_each_airflow_service_waits_for_the_migration_and_is_watched(name):
    service = SERVICES[name]
    assert service["depends_on"]["airflow-init"] == {"condition": "service_completed_successfully"}
    assert service["healthcheck"]["test"]


@pytest.mark.parametrize("name", ["airflow-scheduler", "airflow-worker", "airflow-triggerer"])
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
