"""All servers of one home together."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from dev.stack.airflow import Airflow
from dev.stack.airflow_api import AirflowApi
from dev.stack.azurite import Azurite
from dev.stack.certificates import write_certificates
from dev.stack.downloads import LOCAL, ROOT, locked
from dev.stack.environment import load_settings, merged, move_ports, own_servers, user_settings
from dev.stack.mysql import MySql
from dev.stack.ports import LOOPBACK, is_free
from dev.stack.postgres import Postgres
from dev.stack.steps import StackError, say, step
from dev.stack.together import together

DEFAULT_HOME = LOCAL / "stack"
SERVICES = ("mysql", "postgres", "azurite", "airflow")


@dataclass(frozen=True)
class Status:
    """What one service does.

    :param pid: the process, None if it does not run.
    :param address: where it listens, or would.
    :param is_own: whether the user's ``.env`` names another server instead.
    """

    service: str
    pid: int | None
    address: str
    is_own: bool


class Stack:
    """The servers of one home.

    :param home: where data, logs and settings are kept.
    :param dotenv: the user's own settings; a server that they name is not started here. None for a stack that
        they are to leave alone, as tests need it.
    """

    def __init__(self, home: Path | str = DEFAULT_HOME, dotenv: Path | None = ROOT / ".env") -> None:
        self.home = Path(home).resolve()
        self._user_settings = user_settings(dotenv)

    @property
    def env(self) -> dict[str, str]:
        """What Airflow and the tests need to know, by variable name."""
        return merged(load_settings(self.home), self._user_settings)

    @property
    def api(self) -> AirflowApi:
        """The REST API of the running Airflow, signed in as the administrator."""
        return self._services()["airflow"].api()

    @property
    def names_own_servers(self) -> bool:
        """Whether the user's ``.env`` names a server in the place of one of ours."""
        return bool(own_servers(self._user_settings))

    @property
    def source_owner(self) -> str:
        """How the owner of the source databases connects; the caller adds the database's name."""
        return self._services()["postgres"].dsn

    @property
    def exists(self) -> bool:
        return (self.home / "env").exists()

    def up(self, only: Collection[str] = SERVICES, sample_data: bool = True) -> None:
        """Start what does not run yet; independent servers start together.

        :param only: the services to start.
        :param sample_data: fill source databases that are empty.
        :raises StackError: something is missing or did not start.
        """
        if unknown := set(only) - set(SERVICES):
            raise StackError(f"there is no service {sorted(unknown)}; the services are {', '.join(SERVICES)}")
        wanted = set(only) - own_servers(self._user_settings)
        for service in set(only) - wanted:
            say(f"   .env names a server for {service}: none is started here")
        with locked(self.home / "lock"):
            self._clear_away_the_dead(wanted)
            self._leave_taken_ports(wanted)
            write_certificates(self.home / "certificates")
            services = self._services()
            starts = {
                "mysql": services["mysql"].up,
                "postgres": partial(services["postgres"].up, sample_data),
                "azurite": services["azurite"].up,
                "airflow": services["airflow"].start_serving,
            }
            together([start for service, start in starts.items() if service in wanted])
            if "airflow" in wanted:
                services["airflow"].start_scheduling()

    def down(self) -> None:
        """Stop every process of the stack; data and settings stay."""
        if not self.exists:
            return
        with locked(self.home / "lock"):
            services = self._services()
            # Airflow first, so that no task loses its database. Airflow's schedulers wait for
            # running tasks, which are safe to kill; databases get time to close their files.
            for group, seconds in ((("airflow",), 8), (("mysql", "postgres", "azurite"), 30)):
                processes = [process for name in group for process in services[name].processes]
                if running := [process for process in processes if process.is_running]:
                    with step(f"Stopping {', '.join(process.name for process in running)}"):
                        together([partial(process.stop, seconds) for process in running])

    def status(self) -> list[Status]:
        """What each service does."""
        if not self.exists:
            return []
        own = own_servers(self._user_settings)
        return [
            Status(name, service.process.pid, f"{LOOPBACK}:{service.port}", is_own=name in own)
            for name, service in self._services().items()
        ]

    def _services(self) -> dict:
        settings = load_settings(self.home)
        servers = {service.name: service(self.home, settings) for service in (MySql, Postgres, Azurite)}
        return {**servers, "airflow": Airflow(self.home, settings, self.env)}

    def _clear_away_the_dead(self, wanted: Collection[str]) -> None:
        """Stop processes that outlived their server and would hold its port or its files."""
        for name, service in self._services().items():
            for process in service.processes:
                if name in wanted and not process.pid:
                    process.stop()

    def _leave_taken_ports(self, wanted: Collection[str]) -> None:
        """Choose new ports for services whose ports another process has taken."""
        services = self._services()
        stopped = [name for name in SERVICES if name in wanted and not services[name].process.pid]
        if taken := [name for name in stopped if not is_free(services[name].port)]:
            say(f"   the ports of {', '.join(taken)} are in use: new ones are chosen")
            move_ports(self.home, load_settings(self.home), taken)
