"""A stream in a process of its own, as a worker of Airflow runs it, and the memory that it takes."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from genims.audit.stream.stream import AuditStream
from genims.operators.audit_stream import make_ready
from tests.support.faults.faults import PROCESSES
from tests.support.servers import use

PEAK = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)


class StreamProcess:
    """Streams some sources until it is killed.

    :param sources: their short names.
    """

    def __init__(self, sources: Sequence[str]):
        self._process = PROCESSES.Process(target=_stream, args=(list(sources), dict(os.environ)), daemon=True)
        self._process.start()

    @property
    def peak_memory(self) -> int:
        """The most bytes of memory that it has had so far."""
        return int(PEAK.search(Path(f"/proc/{self._process.pid}/status").read_text())[1]) * 1024

    def kill(self) -> None:
        """``kill -9``."""
        self._process.kill()
        self._process.join(10)


@contextmanager
def stream_process(*sources: str) -> Iterator[StreamProcess]:
    """Stream the given sources inside."""
    process = StreamProcess(sources)
    try:
        yield process
    finally:
        process.kill()


def _stream(sources: list[str], environment: dict[str, str]) -> None:
    logging.disable(logging.CRITICAL)
    os.environ.clear()
    use(environment)
    make_ready()
    streaming = AuditStream(sources)
    streaming.start()
    streaming.join()
