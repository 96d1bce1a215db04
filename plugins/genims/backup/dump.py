"""Dumps a database straight into Blob Storage: mysqldump, gzip and, with a key, encryption, without a file.

The blob appears at the very end, after mysqldump's exit status, its last line and all counts are known.
"""

from __future__ import annotations

import logging
import os
import select
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from pathlib import Path
from queue import Queue
from threading import Thread

from airflow.sdk import Connection
from isal import isal_zlib

from genims.backup.client import Client, option_file, start
from genims.backup.frames import Encryption, key_id
from genims.backup.manifest import Part
from genims.backup.sql_stream import SqlStream
from genims.core.errors import DumpFailed
from genims.hooks.blob import BlobContainer, NewBlob

log = logging.getLogger(__name__)

PIECE_BYTES = 1024 * 1024
# 50,000 blocks of this size are 400 GB; four of them are in memory at most.
BLOCK_BYTES = 8 * 1024 * 1024
PIECES_WAITING = 4
F_SETPIPE_SZ, F_GETPIPE_SZ = 1031, 1032
# mysqldump writes 4 KB at a time. Taken one by one, they cost both sides a turn each, half as much again as the dump
# itself; so the pipe gets the time to fill in which a dump of this many bytes a second would fill it.
FASTEST_DUMP = 256 * 1024 * 1024
GZIP = 31
# isal's levels are 0 to 3; 1 is as fast as mysqldump writes.
LEVEL = 1
# A dump that says nothing for so long hangs: MySQL or the network is gone.
SILENCE_SECONDS = 900
SHOWN = 2000
# What ends the packing of a dump that failed.
GIVEN_UP = b"given up"


def dumped(client: Client, server: Connection, arguments: list[str]) -> Iterator[bytes]:
    """The text of one mysqldump.

    :param server: a connection.
    :param arguments: what to dump, behind the client's flags.
    :raises DumpFailed: it did not end well, or was silent for SILENCE_SECONDS.
    """
    said = os.memfd_create("genims_stderr", 0)
    with option_file(server) as options:
        process = start(client.mysqldump, [*client.flags, *arguments], options, stdout=subprocess.PIPE, stderr=said)
    try:
        pipe = process.stdout.fileno()
        capacity = _widened(pipe)
        while True:
            if not select.select([pipe], [], [], SILENCE_SECONDS)[0]:
                raise DumpFailed(f"mysqldump: expected rows, found none for {SILENCE_SECONDS} s. Nothing was stored")
            piece = os.read(pipe, PIECE_BYTES)
            if not piece:
                break
            yield piece
            if len(piece) < capacity // 2:
                time.sleep(capacity / FASTEST_DUMP)
        status = process.wait()
        messages = os.pread(said, SHOWN, 0).decode(errors="replace").strip()
        if status != 0:
            raise DumpFailed(
                f"mysqldump: expected exit status 0, found {status}: {messages.rstrip('.')}. Nothing was stored"
            )
        if messages:
            log.warning("mysqldump: %s", messages)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        os.close(said)


def store(
    container: BlobContainer,
    name: str,
    client: Client,
    server: Connection,
    runs: list[list[str]],
    key: bytes | None,
    stream: SqlStream,
    before_commit: Callable[[Part], None] = lambda part: None,
    local: Path | None = None,
) -> Part:
    """Store one or more dumps, one after the other, as a blob.

    :param container: that gets the blob.
    :param name: of the blob, which must not exist.
    :param client: MySQL's programs.
    :param server: a connection of the backup user.
    :param runs: the arguments of each mysqldump.
    :param key: encrypts it; None for clear text.
    :param stream: follows the text.
    :param before_commit: is told what was sent, while nobody sees it yet; what it raises keeps it unseen.
    :param local: a file for a copy of the stored bytes; None for none.
    :returns: what was stored.
    :raises DumpFailed: a dump did not come to its end.
    :raises BlobExists: there is a blob of this name.
    """
    plain = _Counted()
    with container.new_blob(name) as blob, _local_copy(local) as copy:
        packed = _Packing(blob, key, copy)
        with packed:
            for number, arguments in enumerate(runs, start=1):
                for piece in dumped(client, server, arguments):
                    passed = stream.feed(piece)
                    plain.add(passed)
                    packed.put(passed)
                if stream.completed != number:
                    raise DumpFailed(
                        f"{name}: expected '-- Dump completed' as mysqldump's last line, found another end: the dump "
                        "is cut off. Nothing was stored"
                    )
        part = Part(
            blob=name,
            plain_bytes=plain.bytes,
            plain_sha256=plain.digest.hexdigest(),
            stored_bytes=packed.stored.bytes,
            stored_sha256=packed.stored.digest.hexdigest(),
            rows=dict(stream.rows),
            key=key_id(key) if key else None,
        )
        before_commit(part)
        blob.commit({"stored_sha256": part.stored_sha256, "plain_sha256": part.plain_sha256})
    return part


class _Counted:
    """Counts and hashes what passes."""

    def __init__(self):
        self.bytes = 0
        self.digest = sha256()

    def add(self, data: bytes) -> None:
        self.bytes += len(data)
        self.digest.update(data)


class _Packing:
    """Compresses, encrypts and sends what is put into it, in a thread of its own: a dump need not wait."""

    def __init__(self, blob: NewBlob, key: bytes | None, copy: _LocalFile | None):
        self.stored = _Counted()
        self._blob = blob
        self._copy = copy
        self._gzip = isal_zlib.compressobj(LEVEL, isal_zlib.DEFLATED, GZIP)
        self._encryption = Encryption(key) if key else None
        self._block = bytearray()
        self._queue: Queue[bytes | None] = Queue(PIECES_WAITING)
        self._error: BaseException | None = None
        self._thread = Thread(target=self._work, name="genims_packing", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, kind, *_) -> None:
        self._queue.put(None if kind is None else GIVEN_UP)
        self._thread.join()
        if kind is None and self._error:
            raise self._error

    def put(self, data: bytes) -> None:
        if self._error:
            raise self._error
        self._queue.put(data)

    def _work(self) -> None:
        """Take every piece up to the end, also after an error: the thread that dumps must not wait for room."""
        while (piece := self._queue.get()) is not None:
            if piece is GIVEN_UP:
                return
            self._try(lambda piece=piece: self._send(self._gzip.compress(piece)))
        self._try(lambda: self._send(self._gzip.flush(), last=True))

    def _try(self, act: Callable[[], None]) -> None:
        if self._error:
            return
        try:
            act()
        except BaseException as error:  # handed to the thread that dumps
            self._error = error

    def _send(self, data: bytes, last: bool = False) -> None:
        if self._encryption:
            data = self._encryption.update(data) + (self._encryption.finish() if last else b"")
        self._block += data
        while len(self._block) >= BLOCK_BYTES or (last and self._block):
            block = bytes(self._block[:BLOCK_BYTES])
            del self._block[:BLOCK_BYTES]
            self.stored.add(block)
            if self._copy:
                self._copy.write(block)
            self._blob.stage(block)


class _LocalFile:
    """A local copy; a disk that is full ends the copy, not the backup."""

    def __init__(self, path: Path):
        self._path = path
        self._unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._unfinished.open("wb")
        self._is_whole = True

    def write(self, data: bytes) -> None:
        if not self._is_whole:
            return
        try:
            self._file.write(data)
        except OSError as error:
            self._is_whole = False
            log.warning("%s: no local copy of this backup: %s. The one in Blob Storage goes on.", self._path, error)

    def end(self, keep: bool) -> None:
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            self._is_whole = False
            log.warning("%s: no local copy of this backup: %s.", self._path, error)
        with ExitStack() as closing:
            closing.callback(self._unfinished.unlink, missing_ok=True)
            self._file.close()
            if keep and self._is_whole:
                self._unfinished.rename(self._path)


@contextmanager
def _local_copy(path: Path | None) -> Iterator[_LocalFile | None]:
    """The file of a local copy, which gets its name once the backup is stored."""
    if path is None:
        yield None
        return
    copy = _LocalFile(path)
    try:
        yield copy
    except BaseException:
        copy.end(keep=False)
        raise
    copy.end(keep=True)


def _widened(pipe: int) -> int:
    """Let a pipe hold a megabyte where this user may; returns how many bytes it holds."""
    import fcntl

    try:
        return fcntl.fcntl(pipe, F_SETPIPE_SZ, PIECE_BYTES)
    except PermissionError:
        log.debug("The pipe keeps its size: this user's share of pipe buffers is used up.")
        return fcntl.fcntl(pipe, F_GETPIPE_SZ)
