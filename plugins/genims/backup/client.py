"""MySQL's own client programs: which they are, with which flags they dump, and how they learn the password."""

from __future__ import annotations

import os
import re
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from airflow.sdk import Connection

from genims.core.errors import BackupRefused

OLDEST = (8, 0, 28)
VERSION = re.compile(r"(?:Ver|Distrib) (\d+)\.(\d+)\.(\d+)")
# One consistent snapshot, without a lock and without a right that only a superuser has.
FLAGS = (
    "--single-transaction",
    "--quick",
    "--hex-blob",
    "--routines",
    "--events",
    "--triggers",
    "--set-gtid-purged=OFF",
    "--no-tablespaces",
    "--skip-lock-tables",
    "--tz-utc",
    "--default-character-set=utf8mb4",
    "--max-allowed-packet=1G",
    "--skip-dump-date",
)
# What some clients do unless they are told not to, though it needs rights or a server that are not there.
SWITCHED_OFF = ("column-statistics", "masking-policies")


@dataclass(frozen=True)
class Client:
    """The programs ``mysqldump`` and ``mysql`` of one installation.

    :param version: as numbers, such as (8, 4, 7).
    :param text: how mysqldump names itself.
    :param flags: with which it dumps.
    """

    mysqldump: str
    mysql: str
    version: tuple[int, ...]
    text: str
    flags: tuple[str, ...]

    def check_server(self, version: str) -> None:
        """Refuse a server that is newer than the client: its dump could lack what the client does not know.

        :param version: the server's ``@@version``.
        :raises BackupRefused: it is newer, or it is MariaDB.
        """
        if "mariadb" in version.lower():
            raise BackupRefused(f"Expected a MySQL server, found {version}: name a MySQL server in MYSQL_..._HOST")
        numbers = tuple(map(int, re.findall(r"\d+", version)[:2]))
        if numbers > self.version[:2]:
            raise BackupRefused(
                f"Expected mysqldump of {'.'.join(map(str, numbers))} or later for a server of {version}, found "
                f"{self.text}: install MySQL's client of the server's version, or a later one"
            )


def find_client() -> Client:
    """The client on PATH.

    :raises BackupRefused: there is none, it is MariaDB's, or it is too old.
    """
    programs = [shutil.which(name) for name in ("mysqldump", "mysql")]
    if None in programs:
        raise BackupRefused(
            f"Expected mysqldump and mysql on PATH, found {programs}: install MySQL's own client, as the "
            "Dockerfile does"
        )
    text = _answer(programs[0], "--version")
    if "mariadb" in text.lower():
        raise BackupRefused(
            f"Expected MySQL's mysqldump, found MariaDB's at {programs[0]} ({text}): its dumps of MySQL do not restore "
            "generated columns and collations as they were. Install MySQL's own client, as the Dockerfile does"
        )
    found = VERSION.search(text)
    version = tuple(map(int, found.groups())) if found else ()
    if version < OLDEST:
        raise BackupRefused(f"Expected mysqldump {'.'.join(map(str, OLDEST))} or later, found {text}")
    offered = _answer(programs[0], "--no-defaults", "--help")
    off = tuple(f"--skip-{name}" for name in SWITCHED_OFF if f"--{name}" in offered)
    return Client(*programs, version, text, FLAGS + off)


@contextmanager
def option_file(server: Connection) -> Iterator[int]:
    """The connection as an option file that is nowhere on a disk: it lives in memory, and ends with the last process.

    :param server: a MySQL connection.
    :returns: its descriptor, of mode 0600, to be inherited by the client.
    """
    descriptor = os.memfd_create("genims_client", 0)
    try:
        os.fchmod(descriptor, 0o600)
        os.write(descriptor, _options(server).encode())
        yield descriptor
    finally:
        os.close(descriptor)


def start(program: str, arguments: list[str], options: int, **pipes) -> subprocess.Popen:
    """Start a client program that signs in by an option file.

    :param program: its path.
    :param arguments: its further arguments; none of them is secret.
    :param options: the descriptor of the option file.
    :param pipes: as for ``subprocess.Popen``.
    """
    # A bare environment: nothing there overrides the option file, and nothing there is secret.
    environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": "/nonexistent", "LC_ALL": "C.UTF-8"}
    command = [program, f"--defaults-file=/proc/self/fd/{options}", *arguments]
    # Every process reads the file through a place of its own, so that one does not begin where another has ended.
    return subprocess.Popen(command, pass_fds=[options], env=environment, bufsize=0, **pipes)


def _answer(program: str, *arguments: str) -> str:
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=False).stdout.strip()


def _options(server: Connection) -> str:
    lines = {"host": server.host, "port": str(server.port or 3306), "user": server.login, "protocol": "TCP"}
    if server.password:
        lines["password"] = server.password
    # As in genims.hooks.tls: in clear text only where that was asked for.
    if server.extra_dejson.get("ssl_mode") == "DISABLED":
        lines |= {"ssl-mode": "DISABLED", "get-server-public-key": "1"}
    else:
        lines |= {"ssl-mode": "VERIFY_IDENTITY"} | _authority(server)
    return "[client]\n" + "".join(f"{name}={_quoted(value)}\n" for name, value in lines.items())


def _authority(server: Connection) -> dict[str, str]:
    if authority := server.extra_dejson.get("ssl", {}).get("ca"):
        return {"ssl-ca": authority}
    paths = ssl.get_default_verify_paths()
    return {name: path for name, path in (("ssl-ca", paths.cafile), ("ssl-capath", paths.capath)) if path}


def _quoted(value: str) -> str:
    if "\n" in value or "\r" in value:
        raise BackupRefused("A MySQL connection: expected values of one line, found a line feed in one of them")
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
