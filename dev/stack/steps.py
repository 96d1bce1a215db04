"""Prints what is being done, and how long it took."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dev.stack.interrupts import is_interrupted

STILL_WORKING_AFTER = 5
"""Seconds after which a step that has not ended says how far it is, again and again."""


class StackError(Exception):
    """A problem that a person has to solve; its text says what and how."""


def made_with_other_passwords(directory: Path) -> StackError:
    """The error of a server whose data are older than the settings beside them."""
    settings = directory.parent / "env"
    return StackError(
        f"{directory} was made with other passwords than those in {settings}; bring that file back, or remove "
        f"{directory} to begin with an empty server"
    )


def say(text: str) -> None:
    """Print a line immediately, even into a pipe, and as a whole, even if steps that run side by side print too."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


class Progress:
    """How far a step is, for its lines of progress."""

    text = "still working"


@contextmanager
def step(title: str) -> Iterator[Progress]:
    """Print a step's beginning, a line of progress while it lasts, and its end with the seconds that it took.

    Steps run side by side, so every line names its step.
    """
    started = time.monotonic()
    ended = threading.Event()
    progress = Progress()

    def report_progress() -> None:
        while not ended.wait(STILL_WORKING_AFTER):
            say(f"   {title}: {progress.text}, {time.monotonic() - started:.0f} s")

    say(f"-> {title}")
    threading.Thread(target=report_progress, daemon=True).start()
    try:
        yield progress
    except BaseException:
        ended_how = "interrupted" if is_interrupted() else "failed"
        say(f"!! {title}: {ended_how} after {time.monotonic() - started:.1f} s")
        raise
    else:
        say(f"ok {title}: {time.monotonic() - started:.1f} s")
    finally:
        ended.set()


def wait_until(ready, seconds: float, what: str, every: float = 0.1) -> None:
    """Call ``ready`` until it returns something true.

    :param what: what is waited for, as it reads after "gave up waiting for".
    :raises StackError: it did not happen within the given seconds, or a person ends the command.
    """
    deadline = time.monotonic() + seconds
    while not ready():
        if is_interrupted():
            raise StackError(f"interrupted while waiting for {what}")
        if time.monotonic() > deadline:
            raise StackError(f"gave up waiting for {what} after {seconds:.0f} s")
        time.sleep(every)
