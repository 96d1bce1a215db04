"""Restores a backup into an empty database: Blob Storage, gunzip and MySQL's client in one stream, without a file."""

from __future__ import annotations

import os
import re
import subprocess

from airflow.sdk import Connection

from genims.backup.client import Client, option_file, start
from genims.backup.digests import Digests, Structure
from genims.backup.fetch import plain_text
from genims.backup.keys import encryption_keys
from genims.backup.manifest import Manifest, Part
from genims.backup.sql_stream import SqlStream
from genims.backup.store import Store
from genims.core.errors import BackupBroken, ConnectionLost

SHOWN = 2000
# The client's own errors have these numbers; the server's, which are about what is restored, others.
OF_THE_CONNECTION = re.compile(r"^ERROR 2\d{3} |^ERROR (1053|3169) ", re.MULTILINE)


class Restored:
    """What was restored.

    :param digests: of its tables, made from the dump's own text.
    :param structure: as the dump creates it.
    """

    def __init__(self):
        self.digests = Digests()
        self.structure = Structure()


def restore(
    store: Store,
    manifest: Manifest,
    client: Client,
    server: Connection,
    database: str,
    table: str | None = None,
    months: tuple[str, str] | None = None,
) -> Restored:
    """Restore a backup into a database that is there and empty.

    :param store: where backups are.
    :param manifest: of the backup.
    :param client: MySQL's programs.
    :param server: signs in as a user with all rights in that database.
    :param database: its name.
    :param table: this table alone; None for all.
    :param months: of the closed months only those from the first to the last, as YYYY-MM; None for all.
    :raises ConnectionLost: MySQL went away.
    :raises BackupBroken: a blob is missing, cut off or altered, or MySQL refuses what is in it. What is in the database
        then is worth nothing.
    """
    _, keys = encryption_keys()
    done = Restored()
    for part in manifest.parts:
        if part.is_month and months and not overlaps(part, *months):
            continue
        _restore_part(store, part, keys, client, server, database, table, done)
    return done


def overlaps(part: Part, first: str, last: str) -> bool:
    """Whether a part has rows of these months, or may have: the first part holds all that is older.

    :param part: with closed months.
    :param first: the first month, as YYYY-MM.
    :param last: the last one, included.
    """
    return (part.first or "")[:7] <= last and part.end[:7] > first


def _restore_part(
    store: Store,
    part: Part,
    keys: dict[str, bytes],
    client: Client,
    server: Connection,
    database: str,
    table: str | None,
    done: Restored,
) -> None:
    stream = SqlStream(done.digests.on_rows, None if part.is_month else done.structure.on_structure, only=table)
    said = os.memfd_create("genims_stderr", 0)
    with option_file(server) as options:
        arguments = ["--binary-mode", "--batch", "--max-allowed-packet=1G", "--default-character-set=utf8mb4", database]
        process = start(client.mysql, arguments, options, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=said)
    try:
        try:
            for piece in plain_text(store.container, part, keys):
                _write(process.stdin.fileno(), stream.feed(piece))
            process.stdin.close()
        except BrokenPipeError:
            pass  # the client has ended, and says why
        status = process.wait()
        if status != 0:
            messages = os.pread(said, SHOWN, 0).decode(errors="replace").strip()
            if OF_THE_CONNECTION.search(messages):
                raise ConnectionLost(f"{part.blob}: MySQL went away during the restore: {messages}")
            raise BackupBroken(f"{part.blob}: expected that MySQL takes it, found: {messages}")
    finally:
        process.kill()
        process.wait()
        os.close(said)
    if stream.rows != part.rows:
        differing = {name for name in stream.rows | part.rows if stream.rows.get(name) != part.rows.get(name)}
        raise BackupBroken(f"{part.blob}: expected as many rows as its manifest says, found others in {differing}")


def _write(pipe: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(pipe, rest) :]
