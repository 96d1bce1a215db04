"""A directory of its own for each process, where DuckDB writes what does not fit into memory.

DuckDB processes that share a directory overwrite each other's files and crash.
"""

from __future__ import annotations

import atexit
import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

PREFIX = "genims-duckdb-"


def own_directory(parent: str | None) -> Path:
    """A new directory below ``parent``, removed when this process ends, whose files only its user may read.

    Directories that killed processes left are removed now.

    A file lock shows that the process of a directory still lives: the system lifts it however the process ends.

    :param parent: an existing directory; None for the system's directory for temporary files.
    """
    remove_abandoned(parent)
    os.umask(0o077)  # DuckDB makes its files as everybody may read them
    while True:
        directory = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
        with suppress(OSError):
            # The open descriptor keeps the lock for the life of the process.
            _lock(directory)
            if directory.exists():  # no other process removed it before the lock
                atexit.register(shutil.rmtree, directory, ignore_errors=True)
                return directory


def remove_abandoned(parent: str | None) -> None:
    """Remove the directories that killed processes left, with the rows that are in them.

    :param parent: as for ``own_directory``.
    """
    for abandoned in Path(parent or tempfile.gettempdir()).glob(f"{PREFIX}*"):
        _remove_if_abandoned(abandoned)


def _remove_if_abandoned(directory: Path) -> None:
    with suppress(OSError):  # locked by a living process, another user's, or just removed
        lock = _lock(directory)
        shutil.rmtree(directory, ignore_errors=True)
        os.close(lock)


def _lock(directory: Path) -> int:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor
