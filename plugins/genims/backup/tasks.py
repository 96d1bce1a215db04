"""The tasks of ``mysql_backup`` and ``restore_drill``."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from genims.backup.back_up import back_up
from genims.backup.databases import DATABASES
from genims.backup.drill import drill, trend
from genims.backup.record import record
from genims.backup.retention import clean_local, move_to_tiers, prune
from genims.backup.store import Store
from genims.core.errors import BackupBroken


def back_up_database(short: str, run_after: datetime, full: bool) -> dict[str, Any]:
    """Make the night's backup; on the first day of a month, and on request, a full one too.

    :param short: ``reporting`` or ``audit``.
    :param run_after: when the run began.
    :param full: also make a full dump today.
    :returns: names, rows and bytes of what was stored.
    """
    database = DATABASES[short]
    kinds = [False, True] if database.has_closed_months and (full or run_after.day == 1) else [False]
    made = [back_up(database, full=kind) for kind in kinds]
    return {
        each.name: {"rows": sum(each.rows.values()), "bytes": sum(part.stored_bytes for part in each.parts)}
        for each in made
    }


def record_backups(short: str, user: str) -> int:
    """Put on record what is not yet; returns how many rows were added.

    :param short: ``reporting`` or ``audit``.
    :param user: who is named as having entered them.
    """
    return record(DATABASES[short], user)


def retain() -> dict[str, Any]:
    """Move old backups to cheaper tiers, delete what is past its time, and clean up local copies."""
    return {
        short: {"tiers": move_to_tiers(each), "local": clean_local(each)} | prune(each)
        for short, each in DATABASES.items()
    }


def drill_database(short: str, again: bool) -> dict[str, Any]:
    """Prove the newest backup of a database, unless that was done before.

    :param again: also if it is proven already.
    :returns: the last proven backup, and how the last drills went.
    :raises BackupBroken: it does not restore; the result is in Blob Storage.
    """
    database = DATABASES[short]
    newest = next(reversed(Store().backups(database)), None)
    if newest is None or again or not newest.is_proven:
        proof = drill(database)
        if not proof.is_good:
            raise BackupBroken(f"{proof.values['backup']} is not proven: {proof.values['error']}")
    return trend(database)
