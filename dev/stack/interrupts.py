"""Ends a command at once and cleanly on Ctrl-C or SIGTERM, whatever its threads are waiting for."""

from __future__ import annotations

import signal


class Interrupted(BaseException):
    """A person or the system ends the command.

    :param number: the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_code = 128 + number


class _Seen:
    """Whether the command is to end; no lock, which the interrupted code might hold."""

    yet = False


def end_on_signals() -> None:
    """From now on, SIGINT and SIGTERM raise Interrupted in the main thread; the others look at ``is_interrupted``."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)


def is_interrupted() -> bool:
    """Whether the command is to end: threads must not wait for anything any more."""
    return _Seen.yet


def _interrupt(number: int, _) -> None:
    _Seen.yet = True
    raise Interrupted(number)
