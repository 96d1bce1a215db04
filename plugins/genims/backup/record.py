"""Puts backups, drills and deletions on record in ``backup_recovery``, each once, whatever was killed in between."""

from __future__ import annotations

import logging
from typing import Any

from genims.audit.ledger.pipeline import PIPELINE, pipeline_event, pipeline_ledger
from genims.backup.databases import Database
from genims.backup.manifest import Part
from genims.backup.store import Backup, Store
from genims.core.clock import utc_now
from genims.core.errors import BackupBroken, BlobMissing
from genims.core.paths import sql
from genims.core.settings import settings

log = logging.getLogger(__name__)

TABLE = "backup_recovery"
ON_RECORD = sql("backup/on_record")


def record(database: Database, user: str) -> int:
    """Add the rows that are missing: of backups and drills in the container, and of backups that are gone from it.

    :param user: the DAG that does it.
    :returns: how many were added.
    """
    store = Store()
    with pipeline_ledger() as ledger, ledger.connection.cursor() as cursor:
        # The list comes after the lock: what another run has recorded meanwhile is seen below.
        backups = store.backups(database)
        place = f"{settings().genims_backup_container}/"
        cursor.execute(ON_RECORD, {"source": PIPELINE, "database": database.name, "place": f"{place}%"})
        known = {(action, location.removeprefix(place)) for action, location in cursor.fetchall()}
        rows = [row for backup in backups for row in _rows(backup, known)]
        rows += _deleted(database, known, {backup.name for backup in backups})
        rows = [row | {"location": place + row["location"], "database_name": database.name} for row in rows]
        if rows:
            ledger.append([pipeline_event(TABLE, row, user) for row in rows], seal=True)
    log.info("%s rows added to %s.", len(rows), TABLE)
    return len(rows)


def _rows(backup: Backup, known: set[tuple[str, str]]) -> list[dict[str, Any]]:
    drills = [name for name in backup.drills if ("drill", name) not in known]
    if ("backup", backup.name) in known and not drills:
        return []
    try:
        manifest = backup.manifest
    except (BackupBroken, BlobMissing) as error:
        log.error("%s", error)
        return []
    own: Part = manifest.parts[0]
    stored = {
        "sha256": own.stored_sha256,
        "size_bytes": sum(part.stored_bytes for part in manifest.parts),
        "row_count": sum(manifest.rows.values()),
    }
    rows = []
    if ("backup", backup.name) not in known:
        seconds = (manifest.ended - manifest.moment).total_seconds()
        rows.append(_row("backup", backup.name, manifest.moment, seconds, None) | stored)
    for proof in filter(None, map(backup.store.proof, drills)):
        values = proof.values
        began = manifest.moment.fromisoformat(values["started_at"])
        rows.append(_row("drill", proof.blob, began, values["seconds"], values["error"]) | stored)
    return rows


def _deleted(database: Database, known: set[tuple[str, str]], present: set[str]) -> list[dict[str, Any]]:
    gone = [name for action, name in sorted(known) if action == "backup" and name not in present]
    return [_row("delete", name, utc_now(), 0, None) for name in gone if ("delete", name) not in known]


def _row(action: str, location: str, began, seconds: float, error: str | None) -> dict[str, Any]:
    status = "failed" if error else "success"
    return {
        "action": action, "location": location, "started_at": began, "seconds": f"{seconds:.3f}", "status": status,
        "error": error,
    }  # fmt: skip
