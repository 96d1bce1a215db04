"""Free ports."""

from __future__ import annotations

import socket

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    """A TCP port on which no server listens."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return probe.getsockname()[1]


def first_free_port(preferred: int, tried: int = 100) -> int:
    """The preferred port, or the next one on which no server listens.

    :param preferred: the port that a person expects.
    :param tried: how many ports to look at before any free one will do.
    """
    return next(filter(is_free, range(preferred, preferred + tried)), None) or free_port()


def is_free(port: int) -> bool:
    """Whether a server could listen on the port now."""
    with socket.socket() as probe:
        # As servers do: a connection that lingers from the last run does not block the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True
