"""Downloads shared by all homes, complete or absent."""

from __future__ import annotations

import fcntl
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from dev.stack.steps import say, wait_until

ROOT = Path(__file__).resolve().parents[2]
LOCAL = ROOT / ".local"


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file; other processes wait for it, and the death of its holder releases it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        if not _is_taken(lock):
            say(f"   waiting for another command, which holds {path}")
            wait_until(lambda: _is_taken(lock), float("inf"), f"another command, which holds {path}")
        yield


def _is_taken(lock: TextIO) -> bool:
    """Take the lock, unless another process holds it; returns whether it is ours."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def installed(name: str, install: Callable[[Path], None]) -> Path:
    """The directory ``.local/<name>``, filled by ``install`` if it does not exist.

    Filled under another name first: an interrupted installation is thrown away, never taken as complete.
    """
    target = LOCAL / name
    with locked(LOCAL / f"{name}.lock"):
        if not target.exists():
            for unfinished in LOCAL.glob(f"{name}.unfinished.*"):
                shutil.rmtree(unfinished, ignore_errors=True)
            # A new name each time: a downloader that outlived an interrupted start may still write to the last one.
            unfinished = Path(tempfile.mkdtemp(prefix=f"{name}.unfinished.", dir=LOCAL))
            unfinished.chmod(0o755)
            install(unfinished)
            unfinished.rename(target)
    return target
