"""Moves old backups to cheaper tiers and deletes those whose time has passed: last of all, and with every doubt kept.

Only what this job has made is touched. A backup goes once its time has passed and a newer one is proven; a closed month
once no kept backup refers to it. What a policy or a legal hold protects stays, which is no failure.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from genims.audit.forms.holds import Scope, active_holds
from genims.backup.databases import MONTH_TIERS, Database
from genims.backup.store import DRILL, MANIFEST, OWN, Backup, Store, is_ours
from genims.core import connections
from genims.core.clock import utc_now
from genims.core.errors import BackupBroken, BlobHeld, BlobMissing
from genims.core.settings import settings
from genims.hooks.blob import BlobFacts
from genims.hooks.mysql import GenimsMySqlHook

log = logging.getLogger(__name__)

# What no manifest names may belong to a backup that is just being made.
UNFINISHED = timedelta(days=2)
# What a restore has brought back from the archive stays for as long as it may need it.
BROUGHT_BACK = timedelta(days=7)
LOCAL_DAYS = 7
ORDER = ("Hot", "Cool", "Cold", "Archive")


def prune(database: Database, now: datetime | None = None) -> dict[str, Any]:
    """Delete the backups of a database whose time has passed, and what nothing refers to any more.

    :param database: whose backups.
    :param now: UTC.
    :returns: names by what became of them: ``deleted``, ``held`` (may not be deleted yet), ``kept`` with the reason.
    """
    now = now or utc_now()
    store, done = Store(), {"deleted": [], "held": [], "kept": {}}
    backups = store.backups(database)
    newest, remaining, is_whole = store.newest(database, proven=True), [], True
    for backup in backups:
        try:
            why = _why_kept(backup, database, newest, now)
        except (BackupBroken, BlobMissing) as error:
            why, is_whole = f"{error}", False
        if why is None and _delete(store, _blobs_of(store, backup), done):
            continue
        if why:
            done["kept"][backup.name] = why
        remaining.append(backup)
    # What an unreadable manifest refers to is not known: then nothing that may be referred to goes.
    if is_whole and not holds_in_force(database):
        _delete_unnamed(store, database, remaining, now, done)
    log.info("Deleted: %s. May not be deleted yet: %s.", done["deleted"] or "nothing", done["held"] or "nothing")
    return done


def move_to_tiers(database: Database, now: datetime | None = None) -> dict[str, str]:
    """Move the backups of a database to the tiers of their age; newest proven ones stay where they are.

    :param database: whose backups.
    :param now: UTC.
    :returns: the new tier by blob.
    """
    now = now or utc_now()
    store, moved = Store(), {}
    newest = store.newest(database, proven=True)
    stay = {part.blob for part in newest.manifest.parts} if newest else set()
    for blob in store.container.facts(f"backup_{database.short}_"):
        own = OWN.fullmatch(blob.name)
        if own and not own["rest"] and blob.name not in stay:
            _move(store, blob, database.tiers, now, moved)
    for blob in store.months(database).values():
        _move(store, blob, MONTH_TIERS, now, moved)
    return moved


def clean_local(database: Database, now: datetime | None = None) -> list[str]:
    """Delete local copies that are older than LOCAL_DAYS, if Blob Storage has the backup, in the same size.

    :param database: whose copies.
    :param now: UTC.
    :returns: the deleted files.
    """
    now, deleted = now or utc_now(), []
    directory = settings().genims_backup_directory
    if directory is None:
        return deleted
    store = Store()
    stored = {each.name: each for each in store.container.facts(f"backup_{database.short}_")}
    with_manifest = {backup.name for backup in store.backups(database)}
    for path in sorted(Path(directory).glob(f"backup_{database.short}_*.sql.gz*")):
        age = now.timestamp() - datetime.fromtimestamp(path.stat().st_mtime).timestamp()
        if not OWN.fullmatch(path.name) or age <= timedelta(days=LOCAL_DAYS).total_seconds():
            continue
        if path.name in with_manifest and path.name in stored and stored[path.name].size == path.stat().st_size:
            path.unlink()
            deleted.append(path.name)
        else:
            log.warning("%s stays: Blob Storage does not have it, so it may be the only copy.", path)
    return deleted


def _why_kept(backup: Backup, database: Database, newest: Backup | None, now: datetime) -> str | None:
    """Why a backup is kept; None if it may go. Holds are asked for each: one may be set meanwhile."""
    if backup.manifest.kept_until > now:
        return f"until {backup.manifest.retain_until}"
    if newest is None or backup.manifest.moment >= newest.manifest.moment:
        return "no newer backup is proven"
    if holds := holds_in_force(database):
        return f"legal holds are in force: {', '.join(holds)}"
    return None


def holds_in_force(database: Database) -> list[str]:
    """The numbers of the legal holds in force, which keep every backup of audit rows; none for another database."""
    if not database.has_closed_months:
        return []
    with closing(GenimsMySqlHook(connections.AUDIT).get_conn()) as connection:
        return [hold.hold_id for hold in active_holds(connection, Scope())]


def _blobs_of(store: Store, backup: Backup) -> list[str]:
    """Its own blobs; the manifest goes first: without it there is no backup, whatever is left of the others."""
    return [backup.name + MANIFEST, backup.name, *backup.drills]


def _delete(store: Store, names: Iterable[str], done: dict[str, Any]) -> bool:
    """Delete blobs, up to one that may not be deleted yet; returns whether all are gone."""
    for name in names:
        try:
            store.container.delete(name)
        except BlobHeld as error:
            log.info("%s", error)
            done["held"].append(name)
            return False
        done["deleted"].append(name)
    return True


def _delete_unnamed(
    store: Store, database: Database, backups: list[Backup], now: datetime, done: dict[str, Any]
) -> None:
    """Delete months that no backup refers to, and what a backup that never came to its end has left."""
    named = {part.blob for backup in backups for part in backup.manifest.parts}
    known = {backup.name for backup in backups}
    for blob in [*store.months(database).values(), *store.container.facts(f"backup_{database.short}_")]:
        own = OWN.fullmatch(blob.name)
        belongs = blob.name in named or bool(own and own["backup"] in known)
        if not belongs and now - blob.modified_at > UNFINISHED and (is_ours(blob) or _is_our_drill(store, blob)):
            _delete(store, [blob.name], done)


def _is_our_drill(store: Store, blob: BlobFacts) -> bool:
    return DRILL.fullmatch(blob.name) is not None and store.proof(blob.name) is not None


def _move(
    store: Store, blob: BlobFacts, tiers: tuple[tuple[int, str], ...], now: datetime, moved: dict[str, str]
) -> None:
    wanted = next((tier for days, tier in reversed(tiers) if now - blob.modified_at >= timedelta(days=days)), None)
    if not is_ours(blob) or (blob.tiered_at and now - blob.tiered_at < BROUGHT_BACK):
        return
    if wanted is None or blob.tier is None or ORDER.index(blob.tier) >= ORDER.index(wanted):
        return
    store.container.set_tier(blob.name, wanted)
    moved[blob.name] = wanted
