"""Servers in the background: started in a session of their own, stopped with everything they started."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import psutil

from dev.stack.interrupts import is_interrupted
from dev.stack.steps import StackError, wait_until

LOOK_SECONDS = 0.05
UNPRIVILEGED_USER = "nobody"
MARK = "GENIMS_STACK_PROCESS"
"""An environment variable with the pid file of the server. Its descendants inherit it, in any session,
and a server whose start was cut short before the pid file was written is known by it."""


class Process:
    """A server's process, known by its pid file.

    The pid file holds the pid, the process's start time and the boot's id: a pid that now belongs
    to somebody else's process is not mistaken for ours.
    """

    def __init__(self, home: Path, name: str, stop_signal: signal.Signals = signal.SIGTERM) -> None:
        self.name = name
        self.log = home / "log" / f"{name}.log"
        self._pid_file = home / "run" / f"{name}.pid"
        self._stop_signal = stop_signal

    @property
    def pid(self) -> int | None:
        """The pid of the running server, or None."""
        pid = self._noted_pid()
        return pid if pid and psutil.pid_exists(pid) and not _is_zombie(pid) else None

    @property
    def is_running(self) -> bool:
        """Whether the server, or anything that it started, still runs."""
        return not all(_is_zombie(process.pid) for process in self._family())

    def start(self, command: Sequence[str | Path], cwd: Path, env: Mapping[str, str] | None = None) -> None:
        """Start the server, its output appended to the log; return before it is ready."""
        self.log.parent.mkdir(exist_ok=True)
        self._pid_file.parent.mkdir(exist_ok=True)
        with self.log.open("ab") as log:
            started = subprocess.Popen(
                command,
                cwd=cwd,
                env=self._marked(env),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        unfinished = self._pid_file.with_suffix(".unfinished")
        unfinished.write_text(f"{started.pid} {_start_time(started.pid)} {_boot_id()}")
        unfinished.rename(self._pid_file)

    def run(self, command: Sequence[str | Path], cwd: Path, env: Mapping[str, str] | None = None) -> None:
        """Run a command that prepares the server, to its end, its output appended to the log.

        :raises StackError: it failed; with the end of the log.
        """
        self.log.parent.mkdir(exist_ok=True)
        with self.log.open("ab") as log:
            code = exit_code(command, cwd=cwd, env=self._marked(env), stdout=log, stderr=log)
        if code:
            raise StackError(f"{self.name}: {command[0]} ended with {code}; the end of {self.log}:\n{self.log_tail()}")

    def wait_until(self, ready, seconds: float) -> None:
        """Wait until the started server is ready.

        :raises StackError: it ended or did not get ready in time; with the end of its log.
        """

        def ready_or_dead() -> bool:
            return self.pid is None or ready()

        try:
            wait_until(ready_or_dead, seconds, f"{self.name} to get ready")
        except StackError as error:
            raise StackError(f"{error}; the end of {self.log}:\n{self.log_tail()}") from None
        if self.pid is None:
            raise StackError(f"{self.name} ended while starting; the end of {self.log}:\n{self.log_tail()}")

    def log_tail(self, lines: int = 20) -> str:
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def stop(self, seconds: float = 30) -> None:
        """Stop the server and all that it started; kill what still runs after the given seconds."""
        family = self._family()
        if leader := self.pid:
            _signal(psutil.Process(leader), self._stop_signal)
            psutil.wait_procs([p for p in family if p.pid == leader], timeout=seconds)
        kill(family | self._family())
        self._pid_file.unlink(missing_ok=True)

    def _marked(self, env: Mapping[str, str] | None) -> dict[str, str]:
        return {**(os.environ if env is None else env), MARK: str(self._pid_file)}

    def _noted_pid(self) -> int | None:
        """The pid in the pid file, unless that number now belongs to another process."""
        if not self._pid_file.exists():
            return None
        pid, started, boot = self._pid_file.read_text().split()
        return int(pid) if boot == _boot_id() and _start_time(int(pid)) in (None, started) else None

    def _family(self) -> set[psutil.Process]:
        """The server and every process it started, including those that outlived it."""
        session = self._noted_pid()
        return {
            process
            for process in psutil.process_iter()
            if (session and _session(process.pid) == session) or _mark(process) == str(self._pid_file)
        }


def kill(processes: Collection[psutil.Process]) -> None:
    """End processes at once, and wait until they have ended."""
    for process in processes:
        _signal(process, signal.SIGKILL)
    psutil.wait_procs(processes, timeout=10)


def run(command: Sequence[str | Path], what: str, **options) -> None:
    """Run a command to its end, with its output visible.

    :param what: what it does, as it reads before "failed".
    :param options: those of :class:`subprocess.Popen`.
    :raises StackError: it failed.
    """
    if code := exit_code(command, **options):
        raise StackError(f"{what} failed: {command[0]} ended with {code}; the reason is above")


def exit_code(command: Sequence[str | Path], **options) -> int:
    """Run a command to its end, or until a person ends ours; returns its exit code.

    In a process group of its own, Ctrl-C does not reach it, so it is ended here and prints no traceback.

    :param options: those of :class:`subprocess.Popen`.
    """
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, process_group=0, **options) as started:
        try:
            while (code := started.poll()) is None:
                if is_interrupted():
                    started.terminate()
                time.sleep(LOOK_SECONDS)
        except BaseException:
            started.terminate()
            raise
    return code


def unprivileged(command: Sequence[str | Path]) -> list[str | Path]:
    """The command that runs the server as another user than root, which PostgreSQL refuses.

    It may still bypass file permissions, for a checkout below a directory such as ``/root``.
    """
    if os.geteuid() != 0:
        return list(command)
    group = str(pwd.getpwnam(UNPRIVILEGED_USER).pw_gid)
    return [
        "setpriv", f"--reuid={UNPRIVILEGED_USER}", f"--regid={group}", "--clear-groups",
        "--inh-caps=+dac_override", "--ambient-caps=+dac_override", *command,
    ]  # fmt: skip


def give_to_unprivileged(path: Path) -> None:
    """Make a file or directory belong to the user that servers run as."""
    if os.geteuid() == 0:
        user = pwd.getpwnam(UNPRIVILEGED_USER)
        os.chown(path, user.pw_uid, user.pw_gid)


def _boot_id() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _start_time(pid: int) -> str | None:
    """When the process started, in clock ticks since boot; None if there is no such process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return stat.rpartition(")")[2].split()[19]


def _is_zombie(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _session(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return None


def _mark(process: psutil.Process) -> str | None:
    try:
        return process.environ().get(MARK)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return None


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return
