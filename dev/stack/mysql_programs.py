"""Finds MySQL's programs, the real MySQL: on PATH, or from Debian's archive into ``.local/mysql``.

Debian's stable releases ship MariaDB under MySQL's names. Its suite ``sid`` has MySQL, which runs
from a directory of its own with the libraries it was built for; nothing is installed on the machine.
"""

from __future__ import annotations

import os
import platform
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Collection
from hashlib import sha256
from pathlib import Path
from urllib.parse import unquote

from dev.stack.downloads import LOCAL, installed
from dev.stack.interrupts import is_interrupted
from dev.stack.processes import exit_code, run
from dev.stack.steps import StackError, say, step

OLDEST = (8, 0, 28)
OLDEST_TEXT = ".".join(map(str, OLDEST))
PACKAGES = ("mysql-server-core", "mysql-client-core")
SCRIPTS = ("perl", "libperl")
"""Packages that only scripts around the server need; they are left out."""
LOCKS = Path(__file__).with_name("mysql_packages")
"""A file for each kind of machine: SHA-256, name and version of each package."""
SNAPSHOT = "http://snapshot.debian.org/archive/debian/20261130T000000Z"
"""Debian as it was when the packages were pinned; the signature is checked here too."""
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
    """Unpack MySQL and every library it needs into the directory, signatures checked by apt as always.

    The versions are the pinned ones, from the machine's mirror, else from Debian's archive of all versions. If neither
    has them, or none are pinned for this kind of machine, the present ones are taken, and that is said.
    """
    lock = locked_packages(LOCKS / f"{platform.machine()}.sha256")
    with step("Downloading MySQL (65 MB from Debian's suite sid)"):
        attempts = [(_debian_mirror(), lock), (SNAPSHOT, lock)] if lock else []
        for archive, packages in [*attempts, (_debian_mirror(), {})]:
            if _fetch(target, archive, packages):
                break
            say(f"   {archive} does not have the versions of MySQL's packages that are pinned")
        else:
            raise StackError("downloading MySQL failed; the reason is above")
        if not packages:
            say(f"   MySQL's packages are the present ones, signed by Debian; pinned are those of {LOCKS}")
    with step("Unpacking MySQL"):
        for package in sorted((target / "apt/cache/archives").glob("*.deb")):
            if not package.name.startswith(SCRIPTS):
                check_package(package, packages)
                run(["dpkg-deb", "--extract", package, target], "unpacking MySQL")
        shutil.rmtree(target / "apt")


def locked_packages(lock: Path) -> dict[str, str]:
    """The pinned packages: checksum (SHA-256) by ``name=version``; none if there is no such file."""
    lines = lock.read_text().splitlines() if lock.exists() else []
    return {package: checksum for checksum, package in (line.split() for line in lines)}


def pin() -> None:
    """Pin the present packages of Debian's suite ``sid`` for this kind of machine; then set SNAPSHOT to today."""
    with tempfile.TemporaryDirectory(dir=LOCAL) as directory:
        if not _fetch(Path(directory), _debian_mirror(), ()):
            raise StackError("downloading MySQL failed; the reason is above")
        lines = []
        for package in (Path(directory) / "apt/cache/archives").glob("*.deb"):
            name, version, _ = unquote(package.name).split("_")
            if not name.startswith(SCRIPTS):
                lines.append(f"{sha256(package.read_bytes()).hexdigest()}  {name}={version}\n")
    (LOCKS / f"{platform.machine()}.sha256").write_text("".join(sorted(lines, key=lambda line: line.split()[1])))


def check_package(package: Path, lock: dict[str, str]) -> None:
    """Make sure that a downloaded package is the pinned one.

    :param package: a file named as apt names it.
    :param lock: as from ``locked_packages``; without any, nothing is pinned.
    :raises StackError: it is another one.
    """
    name, version, _ = unquote(package.name).split("_")
    expected = lock.get(f"{name}={version}")
    found = sha256(package.read_bytes()).hexdigest()
    if lock and found != expected:
        raise StackError(f"{package.name}: expected the checksum {expected}, found {found}; nothing was unpacked of it")


def _fetch(target: Path, archive: str, packages: Collection[str]) -> bool:
    """Download MySQL from an archive; returns whether it has it.

    :param packages: names with versions; those of PACKAGES if there are none.
    """
    shutil.rmtree(target / "apt", ignore_errors=True)
    apt = _private_apt(target, archive)
    for command in (["update"], ["install", "--yes", "--download-only", *(packages or PACKAGES)]):
        code = exit_code([*apt, *command], stdout=subprocess.DEVNULL)
        if is_interrupted():
            raise StackError("downloading MySQL was interrupted")
        if code:
            return False
    return True


def _private_apt(target: Path, archive: str) -> list[str]:
    """An apt-get with sources, lists and cache of its own; it does not touch the machine's.

    :param archive: the address of Debian's packages.
    """
    apt = target / "apt"
    for directory in ("lists/partial", "cache/archives/partial"):
        (apt / directory).mkdir(parents=True)
    (apt / "sources.list").write_text(f"deb [signed-by={KEYRING}] {archive} sid main\n")
    options = {
        "Dir::Etc::sourcelist": apt / "sources.list",
        "Dir::Etc::sourceparts": "-",
        "Dir::State::lists": apt / "lists",
        "Dir::State::status": "/dev/null",  # nothing counts as installed: the libraries come along
        "Dir::Cache": apt / "cache",
        "Acquire::Languages": "none",
        "Acquire::Check-Valid-Until": str(archive != SNAPSHOT).lower(),  # an old list is meant to be old
        "Acquire::Retries": "0",
        "Acquire::http::Timeout": "20",
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
