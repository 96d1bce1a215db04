"""The container with the backups: how blobs are named, what is a backup and which are proven.

    backup_audit_20261130.sql.gz                                  a backup; _2, _3 ... for further ones of the same day
    backup_audit_20261130.sql.gz.manifest.json                    what it says of itself
    backup_audit_20261130.sql.gz.drill_20261201T020000.000000Z.json   what a restore drill found
    months/audit_2026_09_1f0c5a6e.sql.gz                          closed months, which many backups refer to

A backup is there once its manifest is. Nothing is overwritten.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from typing import Any

from genims.audit.format.signatures import Keys
from genims.audit.ledger.signing import signing_keys
from genims.backup.databases import DATABASES, Database
from genims.backup.manifest import Manifest, read_document, write_document
from genims.core.errors import BackupBroken, BlobMissing
from genims.core.settings import settings
from genims.hooks.blob import BlobContainer, BlobFacts

log = logging.getLogger(__name__)

MANIFEST = ".manifest.json"
MONTHS = "months/"
DRILL = re.compile(r"(?P<backup>.+)\.drill_(?P<time>\d{8}T\d{6}\.\d{6}Z)\.json")
OWN = re.compile(r"(?P<backup>backup_(?:reporting|audit)_\d{8}(?:_full)?(?:_\d+)?\.sql\.gz(?:\.enc)?)(?P<rest>.*)")


@dataclass(frozen=True)
class Proof:
    """What a restore drill found.

    :param blob: where it is written.
    :param values: database, manifest_sha256, started_at, seconds, restore_seconds, rows, checks, error (None: proven).
    """

    blob: str
    values: dict[str, Any]

    @property
    def is_good(self) -> bool:
        """Whether the backup was restored and equals what was dumped."""
        return self.values["error"] is None


@dataclass
class Backup:
    """One backup in the container.

    :param name: of its own blob.
    :param drills: blobs with the results of its drills, in the order of time.
    """

    store: Store
    name: str
    drills: list[str] = field(default_factory=list)

    @cached_property
    def manifest(self) -> Manifest:
        """What it says of itself.

        :raises BackupBroken: the manifest cannot be read, or is not signed by our key.
        :raises BlobMissing: it was deleted a moment ago.
        """
        return Manifest.read(self.manifest_bytes, self.name + MANIFEST, self.store.keys)

    @cached_property
    def manifest_bytes(self) -> bytes:
        return self.store.container.read_from(self.name + MANIFEST)

    @cached_property
    def last_proof(self) -> Proof | None:
        """What the last drill found; None before the first."""
        proofs = map(self.store.proof, reversed(self.drills))
        return next(filter(None, proofs), None)

    @property
    def is_proven(self) -> bool:
        """Whether the last drill restored it, and its manifest has not changed after that."""
        proof = self.last_proof
        return proof is not None and proof.is_good and proof.values["manifest_sha256"] == self.manifest_sha256

    @property
    def manifest_sha256(self) -> str:
        return sha256(self.manifest_bytes).hexdigest()


class Store:
    """The backups in Blob Storage.

    :raises airflow.sdk.exceptions.AirflowNotFoundException: no connection to Blob Storage is set.
    :raises genims.core.errors.BlobStorageError: Blob Storage did not answer; every method may raise it.
    """

    def __init__(self):
        self.container = BlobContainer(settings().genims_backup_container)
        self.keys: Keys = signing_keys()

    def backups(self, database: Database) -> list[Backup]:
        """The backups of a database, in the order in which they were made."""
        found: dict[str, Backup] = {}
        drills = []
        for name in self.container.names(f"backup_{database.short}_"):
            if name.endswith(MANIFEST):
                found[name.removesuffix(MANIFEST)] = Backup(self, name.removesuffix(MANIFEST))
            elif drill := DRILL.fullmatch(name):
                drills.append((drill["time"], drill["backup"], name))
        for _, backup, name in sorted(drills):
            if backup in found:
                found[backup].drills.append(name)
        return sorted(found.values(), key=_order)

    def backup(self, name: str) -> Backup:
        """One backup by the name of its blob.

        :raises BlobMissing: there is none.
        """
        for database in DATABASES.values():
            for known in self.backups(database) if name.startswith(f"backup_{database.short}_") else ():
                if known.name == name:
                    return known
        raise BlobMissing(f"container {self.container.name}: expected a backup, found none named {name!r}")

    def newest(self, database: Database, proven: bool = False) -> Backup | None:
        """The newest backup whose manifest can be believed; None without any.

        :param proven: of those that a drill has restored.
        """
        return next((each for each in self.intact(database) if each.is_proven or not proven), None)

    def intact(self, database: Database) -> Iterator[Backup]:
        """The backups whose manifests can be believed, the newest first; others are named in the log."""
        for backup in reversed(self.backups(database)):
            with suppress(BlobMissing):  # deleted a moment ago
                try:
                    _ = backup.manifest
                except BackupBroken as error:
                    log.error("%s", error)
                    continue
                yield backup

    def free_name(self, database: Database, day: str, full: bool, encrypted: bool) -> str:
        """The name of the next backup of a day.

        :param database: to back up.
        :param day: YYYYMMDD.
        :param full: whether it refers to no other blob.
        :param encrypted: whether it is encrypted, which the ending says.
        """
        base = f"backup_{database.short}_{day}{'_full' if full else ''}"
        ending = ".sql.gz.enc" if encrypted else ".sql.gz"
        taken = {name.partition(".")[0] for name in self.container.names(base)}
        number = 1
        while (name := base if number == 1 else f"{base}_{number}") in taken:
            number += 1
        return name + ending

    def month_name(self, database: Database, first: str | None, end: str, encrypted: bool) -> str:
        """A new name for the blob of closed months.

        :param database: whose months they are.
        :param first: where they begin, ISO text; None: at the very beginning.
        :param end: where the last of them ends, ISO text.
        :param encrypted: whether it is encrypted, which the ending says.
        """
        label = first[:7].replace("-", "_") if first else f"before_{end[:7].replace('-', '_')}"
        ending = ".sql.gz.enc" if encrypted else ".sql.gz"
        return f"{MONTHS}{database.short}_{label}_{secrets.token_hex(4)}{ending}"

    def months(self, database: Database) -> dict[str, BlobFacts]:
        """The blobs with closed months of a database, by name."""
        return {each.name: each for each in self.container.facts(f"{MONTHS}{database.short}_")}

    def put(self, name: str, values: dict[str, Any]) -> None:
        """Write a signed document.

        :param name: of the blob.
        :param values: what the document says, all of it JSON.
        :raises BlobExists: there is one of that name.
        """
        self.container.put_new(name, write_document(values, self.keys))

    def proof(self, name: str) -> Proof | None:
        """What a drill has found; None if it cannot be believed."""
        try:
            return Proof(name, read_document(self.container.read_from(name), name, self.keys))
        except BlobMissing:
            return None
        except BackupBroken as error:
            log.error("%s. It proves nothing.", error)
            return None


def is_ours(blob: BlobFacts) -> bool:
    """Whether a backup has written a blob with SQL: it notes its hashes, and others do not.

    :param blob: with the name of a backup or of closed months.
    """
    return "stored_sha256" in blob.metadata


def drill_name(backup: str, now: datetime) -> str:
    """Where the result of a drill is written.

    :param now: UTC.
    """
    return f"{backup}.drill_{now:%Y%m%dT%H%M%S.%fZ}.json"


def _order(backup: Backup) -> tuple[str, int, int]:
    """By day and number; a full dump of a day comes first, as it is made first."""
    parts = backup.name.partition(".")[0].split("_")
    number = int(parts[-1]) if len(parts[-1]) < len("20261130") and parts[-1].isdecimal() else 1
    return parts[2], "full" not in parts, number
