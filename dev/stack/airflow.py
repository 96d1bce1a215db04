"""Airflow: its four processes on SQLite, started so that no task runs before it can."""

from __future__ import annotations

import json
import os
import sys
from importlib.metadata import version
from pathlib import Path

import httpx

from dev.stack.airflow_api import AirflowApi
from dev.stack.downloads import ROOT
from dev.stack.mysql_programs import WRAPPERS
from dev.stack.ports import LOOPBACK
from dev.stack.processes import Process
from dev.stack.steps import step

AIRFLOW = Path(sys.executable).with_name("airflow")
USERS = {"admin": "admin", "operator": "op", "viewer": "viewer"}
"""The users and their roles; their passwords are in the stack's settings."""
MAY = {
    "admin": "may do everything",
    "operator": "starts, clears and pauses runs, fills in forms, changes pools and connections",
    "viewer": "sees runs, logs and runbooks, and changes nothing",
}
"""What each user may do, in words."""
SOURCES_POOL = ("genims_sources", 4, "Tasks that read the source databases at the same time")


class Airflow:
    """The Airflow of one home.

    :param settings: the stack's settings; ``STACK_UI_PORT`` is the port of the UI and the API.
    :param environment: what the DAGs find in their environment.
    """

    name = "airflow"

    def __init__(self, home: Path, settings: dict[str, str], environment: dict[str, str]) -> None:
        self._directory = home / "airflow"
        self._settings = settings
        self._environment = {**os.environ, **self._options(), **environment}
        self.port = int(settings["STACK_UI_PORT"])
        self.process = Process(home, "airflow-api-server")
        self._dag_processor = Process(home, "airflow-dag-processor")
        self._scheduler = Process(home, "airflow-scheduler")
        self._triggerer = Process(home, "airflow-triggerer")
        self.processes = (self._scheduler, self._triggerer, self._dag_processor, self.process)

    def start_serving(self) -> None:
        """Start what runs no task: the UI with its API, and the reader of the DAG files."""
        if self.process.pid and self._dag_processor.pid:
            return
        self._directory.mkdir(exist_ok=True)
        self._write_passwords()
        self._migrate()
        with step("Starting Airflow's API server and DAG processor"):
            self._start(self.process, "api-server")
            self._start(self._dag_processor, "dag-processor")
            self.process.wait_until(self._answers, seconds=180)

    def start_scheduling(self) -> None:
        """Start what runs tasks: they need the API server and the databases."""
        self.api().add_pool(*SOURCES_POOL)
        if self._scheduler.pid and self._triggerer.pid:
            return
        with step("Starting Airflow's scheduler and triggerer"):
            # Without their own log servers, which would listen on every address of the machine.
            self._start(self._scheduler, "scheduler", "--skip-serve-logs")
            self._start(self._triggerer, "triggerer", "--skip-serve-logs")
            for process, job in ((self._scheduler, "scheduler"), (self._dag_processor, "dag_processor")):
                process.wait_until(lambda job=job: self._is_healthy(job), seconds=180)

    def api(self) -> AirflowApi:
        """The REST API, signed in as the administrator."""
        return AirflowApi(self._settings["STACK_UI_URL"], "admin", self._settings["STACK_ADMIN_PASSWORD"])

    def _start(self, process: Process, *command: str) -> None:
        if not process.pid:
            process.start([AIRFLOW, *command], cwd=self._directory, env=self._environment)

    def _migrate(self) -> None:
        """Bring the metadata database to this version of Airflow; an unfinished one is created again."""
        database, finished = self._directory / "airflow.db", self._directory / "migrated"
        if database.exists() and finished.exists() and finished.read_text() == version("apache-airflow"):
            return
        if not finished.exists():
            database.unlink(missing_ok=True)
        with step("Migrating Airflow's metadata database"):
            self.process.run([AIRFLOW, "db", "migrate"], cwd=self._directory, env=self._environment)
        finished.write_text(version("apache-airflow"))

    def _write_passwords(self) -> None:
        passwords = {user: self._settings[f"STACK_{user.upper()}_PASSWORD"] for user in USERS}
        file = self._directory / "passwords.json"
        file.touch(mode=0o600)
        file.write_text(json.dumps(passwords))

    def _answers(self) -> bool:
        return self._health() is not None

    def _is_healthy(self, job: str) -> bool:
        health = self._health()
        return health is not None and health[job]["status"] == "healthy"

    def _health(self) -> dict | None:
        try:
            answer = httpx.get(f"{self._settings['STACK_UI_URL']}/api/v2/monitor/health", timeout=10)
        except httpx.TransportError:
            return None
        return answer.json() if answer.is_success else None

    def _options(self) -> dict[str, str]:
        """Airflow's own settings."""
        url = self._settings["STACK_UI_URL"]
        options = {
            "API__BASE_URL": url,
            "API__HOST": LOOPBACK,
            "API__PORT": self._settings["STACK_UI_PORT"],
            "API_AUTH__JWT_SECRET": self._settings["STACK_JWT_SECRET"],
            "CORE__DAGS_FOLDER": ROOT / "dags",
            "CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
            "CORE__EXECUTOR": "LocalExecutor",
            "CORE__LOAD_EXAMPLES": False,
            "CORE__MAX_TEMPLATED_FIELD_LENGTH": 1_000_000,  # the rendered SQL is shown whole
            "CORE__PARALLELISM": 8,  # each is a process: a small machine is slower with more
            "CORE__PLUGINS_FOLDER": ROOT / "plugins",
            "CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": self._directory / "passwords.json",
            "CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(f"{user}:{role}" for user, role in USERS.items()),
            "DAG_PROCESSOR__REFRESH_INTERVAL": 15,
            "SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": 0.5,  # seconds before a task that is ready is started
            "USAGE_DATA_COLLECTION__ENABLED": False,
            "WORKERS__MIN_HEARTBEAT_INTERVAL": 1,  # seconds; a running task sees within two of them that it was cleared
        }
        path = os.pathsep.join([str(WRAPPERS), str(AIRFLOW.parent), os.environ.get("PATH", os.defpath)])
        return {
            "AIRFLOW_HOME": str(self._directory),
            "PATH": path,  # mysqldump and mysql are those of the stack
            **{f"AIRFLOW__{name}": str(value) for name, value in options.items()},
        }
