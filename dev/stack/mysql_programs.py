"""Finds MySQL's programs, the real MySQL: on PATH, or from Debian's archive into ``.local/mysql``.

Debian's stable releases ship MariaDB under MySQL's names. Its suite ``sid`` has MySQL, which runs
from a directory of its own with the libraries it was built for; nothing is installed on the machine.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

from dev.stack.downloads import LOCAL, installed
from dev.stack.processes import run
from dev.stack.steps import StackError, say, step

OLDEST = (8, 0, 28)
OLDEST_TEXT = ".".join(map(str, OLDEST))
PACKAGES = ("mysql-server-core", "mysql-client-core")
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
WRAPPERS = LOCAL / "bin"
"""Where ``mysql`` and ``mysqldump`` can be called, wherever they are installed."""
SYSTEM_DIRECTORIES = ("/usr/sbin", "/usr/local/sbin", "/usr/local/mysql/bin")


class MySqlPrograms:
    """The commands of one MySQL installation.

    :param prefix: where the packages were unpacked, or None for the programs on PATH.
    """

    def __init__(self, prefix: Path | None) -> None:
        self._prefix = prefix

    def command(self, program: str) -> list[str]:
        """How ``mysqld``, ``mysql`` or ``mysqldump`` is called."""
        if self._prefix is None:
            return [_on_path(program)]
        libraries = next(self._prefix.glob("usr/lib/*/libc.so.6")).parent
        loader = next(libraries.glob("ld-linux-*.so.*"))
        directory = "sbin" if program == "mysqld" else "bin"
        return [str(loader), "--library-path", str(libraries), str(self._prefix / "usr" / directory / program)]

    def server_options(self) -> list[str]:
        """The options that tell an unpacked server where its own files are."""
        if self._prefix is None:
            return []
        usr = self._prefix / "usr"
        return [
            f"--basedir={usr}",
            f"--lc-messages-dir={usr}/share/mysql",
            f"--plugin-dir={usr}/lib/mysql/plugin",
        ]

    def write_wrappers(self) -> None:
        """Make ``mysql`` and ``mysqldump`` callable as scripts."""
        WRAPPERS.mkdir(exist_ok=True)
        for program in ("mysql", "mysqldump"):
            script = WRAPPERS / program
            unfinished = script.with_suffix(f".{os.getpid()}")
            unfinished.write_text(f'#!/bin/sh\nexec {shlex.join(self.command(program))} "$@"\n')
            unfinished.chmod(0o755)
            unfinished.rename(script)


def find_mysql() -> MySqlPrograms:
    """A MySQL of 8.0.28 or later: the one on PATH, else the one in ``.local/mysql``, downloaded if necessary.

    :raises StackError: there is none, and none can be downloaded.
    """
    mysqld = _on_path("mysqld")
    if mysqld and _is_usable(mysqld) and _on_path("mysql") and _on_path("mysqldump"):
        return MySqlPrograms(None)
    return MySqlPrograms(installed("mysql", _download))


def _on_path(program: str) -> str | None:
    """Where the program is installed, apart from our own wrappers."""
    directories = [*os.environ.get("PATH", os.defpath).split(os.pathsep), *SYSTEM_DIRECTORIES]
    return shutil.which(program, path=os.pathsep.join(each for each in directories if Path(each) != WRAPPERS))


def _is_usable(mysqld: str) -> bool:
    """Whether the server is a MySQL that is new enough; if not, say what it is."""
    found = subprocess.run([mysqld, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if "mariadb" in found.lower():
        say(f"   {mysqld} is MariaDB, not MySQL, and is not used: {found}")
        return False
    version = re.search(r"Ver (\d+)\.(\d+)\.(\d+)", found)
    if version is None or tuple(map(int, version.groups())) < OLDEST:
        say(f"   {mysqld} is not used: MySQL {OLDEST_TEXT} or later is needed, found {found}")
        return False
    return True


def _download(target: Path) -> None:
    """Unpack MySQL and every library it needs into the directory, signatures checked by apt as always."""
    with step("Downloading MySQL (65 MB from Debian's suite sid)"):
        apt = _private_apt(target)
        run([*apt, "update"], "reading Debian's list of packages")
        download = [*apt, "install", "--yes", "--download-only", *PACKAGES]
        run(download, "downloading MySQL", stdout=subprocess.DEVNULL)
    with step("Unpacking MySQL"):
        for package in sorted((target / "apt/cache/archives").glob("*.deb")):
            if not package.name.startswith(("perl", "libperl")):  # only scripts around the server need it
                run(["dpkg-deb", "--extract", package, target], "unpacking MySQL")
        shutil.rmtree(target / "apt")


def _private_apt(target: Path) -> list[str]:
    """An apt-get with sources, lists and cache of its own; it does not touch the machine's."""
    apt = target / "apt"
    for directory in ("lists/partial", "cache/archives/partial"):
        (apt / directory).mkdir(parents=True)
    (apt / "sources.list").write_text(f"deb [signed-by={KEYRING}] {_debian_mirror()} sid main\n")
    options = {
        "Dir::Etc::sourcelist": apt / "sources.list",
        "Dir::Etc::sourceparts": "-",
        "Dir::State::lists": apt / "lists",
        "Dir::State::status": "/dev/null",  # nothing counts as installed: the libraries come along
        "Dir::Cache": apt / "cache",
        "Acquire::Languages": "none",
        "APT::Install-Recommends": "false",
        "APT::Sandbox::User": "root",  # the checkout may not be open to apt's own user
    }
    return ["apt-get", "-qq", *(f"-o{name}={value}" for name, value in options.items())]


def _debian_mirror() -> str:
    """The Debian mirror that this machine's apt uses."""
    help_yourself = f"Install MySQL {OLDEST_TEXT} or later (not MariaDB) and put mysqld, mysql and mysqldump on PATH."
    if shutil.which("apt-get") is None or not KEYRING.exists():
        raise StackError(f"No usable MySQL on PATH, and only Debian's can be downloaded. {help_yourself}")
    listing = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]
    mirrors = subprocess.run(listing, capture_output=True, text=True, check=True).stdout.split()
    if debian := [mirror for mirror in mirrors if mirror.rstrip("/").endswith("/debian")]:
        return debian[0]
    raise StackError(f"No usable MySQL on PATH, and apt knows no Debian mirror (found: {mirrors}). {help_yourself}")
