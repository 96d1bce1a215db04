"""What a backup says of itself: one JSON document beside it, signed with the key that signs the audit trail."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from genims.audit.format.signatures import Keys
from genims.core.errors import BackupBroken

FORMAT = 1
# A signature that is made for one purpose is none for another.
PURPOSE = b"genims backup document\n"
NIGHT, FULL = "night", "full"


@dataclass(frozen=True)
class Part:
    """One blob with SQL that a backup consists of.

    :param blob: its name.
    :param first: first moment (UTC) of the rows of closed months in it, as ISO text; None from the beginning, or where
        it holds no closed months.
    :param end: the moment before which these months end; None for a part of one backup alone.
    :param numbers: up to which ``audit_sequence`` of every source database its rows go.
    :param rows: rows by table, counted in the dump as it passed.
    :param key: id of the key that encrypts it; None in clear text.
    """

    blob: str
    plain_bytes: int
    plain_sha256: str
    stored_bytes: int
    stored_sha256: str
    rows: dict[str, int]
    first: str | None = None
    end: str | None = None
    numbers: dict[str, int] = field(default_factory=dict)
    key: str | None = None

    @property
    def is_month(self) -> bool:
        """Whether it holds closed months, and may serve many backups."""
        return self.end is not None


@dataclass(frozen=True)
class Manifest:
    """One backup.

    :param name: of the blob that is its own; its manifest stands beside it.
    :param database: that was dumped.
    :param kind: ``night``, or ``full``: one plain dump that refers to nothing.
    :param parts: in the order in which they are restored; the first one creates the tables.
    :param started_at: when the dump began, UTC, as ISO text; its rows are of this moment or a little later.
    :param retain_until: until when it is kept, UTC, as ISO text.
    :param server: version, character set, collation, and gtid_executed as information.
    :param flags: of mysqldump; none is secret.
    :param objects: triggers, routines, events and views in it, as ``kind name``.
    :param definers: accounts that were named as definers, and are left out: they may not exist where it is restored.
    :param storage: what the account supports and what was set, as found at the time.
    """

    name: str
    database: str
    kind: str
    parts: list[Part]
    started_at: str
    ended_at: str
    retain_until: str
    server: dict[str, str]
    client: str
    flags: list[str]
    objects: list[str]
    definers: list[str]
    storage: dict[str, Any]
    format: int = FORMAT

    @property
    def rows(self) -> dict[str, int]:
        """Rows by table, of all parts."""
        found: dict[str, int] = {}
        for part in self.parts:
            for table, count in part.rows.items():
                found[table] = found.get(table, 0) + count
        return found

    @property
    def moment(self) -> datetime:
        """When the dump began, UTC."""
        return datetime.fromisoformat(self.started_at)

    @property
    def ended(self) -> datetime:
        """When all was stored, UTC."""
        return datetime.fromisoformat(self.ended_at)

    @property
    def kept_until(self) -> datetime:
        """Until when it is kept, UTC."""
        return datetime.fromisoformat(self.retain_until)

    @classmethod
    def read(cls, data: bytes, name: str, keys: Keys) -> Manifest:
        """A manifest as ``written`` wrote it.

        :param data: the bytes of its blob.
        :param name: of its blob, for errors.
        :param keys: the trusted keys.
        :raises BackupBroken: it cannot be read, or its signature is not of it.
        """
        values = read_document(data, name, keys)
        try:
            return cls(**values | {"parts": [Part(**part) for part in values["parts"]]})
        except (TypeError, KeyError) as error:
            raise BackupBroken(
                f"{name}: expected a manifest of format {FORMAT}, found other fields: {error}"
            ) from error

    def written(self, keys: Keys) -> bytes:
        """The bytes of its blob, with the signature."""
        return write_document(asdict(self), keys)


def write_document(values: dict[str, Any], keys: Keys) -> bytes:
    """A document with its signature; without one where no key signs.

    :param values: what it says, all of it JSON; ``started_at`` tells the day on which its key must have signed.
    :param keys: sign it.
    """
    signature = keys.sign(_signed(values))
    return json.dumps(values | {"signature": signature.hex() if signature else None}, indent=1).encode() + b"\n"


def read_document(data: bytes, name: str, keys: Keys) -> dict[str, Any]:
    """The values of a document that ``write_document`` wrote.

    :param data: its bytes.
    :param name: of its blob, for errors.
    :param keys: the trusted keys.
    :raises BackupBroken: it cannot be read, or its signature is not of it. Where no keys are known, nobody can tell.
    """
    try:
        values = json.loads(data)
        signature = bytes.fromhex(values.pop("signature") or "")
        day = datetime.fromisoformat(values["started_at"]).date()
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        raise BackupBroken(f"{name}: expected a signed JSON document, found {data[:40]!r}: it is altered") from error
    if keys and not signature:
        raise BackupBroken(f"{name}: expected a signature, found none: it was altered, or made without our key")
    if keys and (why := keys.what_is_wrong(signature, _signed(values), day)):
        raise BackupBroken(f"{name} {why}")
    return values


def _signed(values: dict[str, Any]) -> bytes:
    return PURPOSE + json.dumps(values, sort_keys=True, separators=(",", ":")).encode()
