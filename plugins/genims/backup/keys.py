"""The keys that encrypt backups, from GENIMS_BACKUP_KEY or the Airflow connection ``genims_backup_key``."""

from __future__ import annotations

from base64 import b64decode

from airflow.sdk.exceptions import AirflowNotFoundException

from genims.backup.frames import KEY_BYTES, key_id
from genims.core import connections
from genims.core.errors import BackupRefused


def encryption_keys() -> tuple[bytes | None, dict[str, bytes]]:
    """The key that encrypts, None where backups are not encrypted; and all that decrypt, by their ids.

    :raises BackupRefused: a text that is no key. A backup is never left in clear text because its key cannot be read.
    """
    try:
        found = connections.connection(connections.BACKUP_KEY)
    except AirflowNotFoundException:
        return None, {}
    old = [_key(text) for text in found.extra_dejson.get("old_keys", "").split(",") if text.strip()]
    own = _key(found.password) if found.password else None
    return own, {key_id(key): key for key in ([own, *old] if own else old)}


def _key(text: str) -> bytes:
    try:
        key = b64decode(text.strip(), validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise BackupRefused(
            f"GENIMS_BACKUP_KEY (or connection genims_backup_key): expected {KEY_BYTES} random bytes in base64, found "
            "another text. Nothing was stored"
        )
    return key
