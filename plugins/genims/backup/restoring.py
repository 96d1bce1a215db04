"""Restores for operators: a plan in words, archived blobs brought back, a new database filled, a live one swapped.

Everything is restored into a database of its own first. A live database is replaced in one RENAME TABLE at the very
end, and what it held before stays beside it: a kill at any moment leaves the old or the new, never half.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from hashlib import sha256

from MySQLdb.cursors import Cursor

from genims.audit.forms.form import Form
from genims.audit.forms.two_persons import decide
from genims.backup.client import find_client
from genims.backup.databases import DATABASES, Database
from genims.backup.restore import restore
from genims.backup.store import Backup, Store
from genims.core import connections
from genims.core.clock import utc_now
from genims.core.errors import BackupBusy, BackupRefused, FormRefused
from genims.core.settings import settings
from genims.core.text_table import text_table
from genims.hooks.mysql import admin

log = logging.getLogger(__name__)

ACT = "restore_backup"
NEW_DATABASE = re.compile(r"[a-z][a-z0-9_]{0,63}")
TABLES = "SELECT table_name FROM information_schema.tables WHERE table_schema = %s AND table_type = 'BASE TABLE'"
SHOWN = 60


@dataclass(frozen=True)
class Wish:
    """What is to be restored, and where to.

    :param database: ``reporting`` or ``audit``.
    :param backup: name of the backup; None for the newest proven one.
    :param into: name of a new database; None for the live one, which is replaced.
    :param table: this table alone; None for all. A live database is replaced as a whole.
    :param months: first and last closed month, as YYYY-MM; None for all.
    """

    database: str
    backup: str | None = None
    into: str | None = None
    table: str | None = None
    months: tuple[str, str] | None = None

    @property
    def declared(self) -> Database:
        return DATABASES[self.database]

    @property
    def is_live(self) -> bool:
        """Whether it replaces a database that is in use."""
        return self.into is None

    def check(self) -> None:
        """Refuse what makes no sense.

        :raises FormRefused: the message says why.
        """
        live = {each.name for each in DATABASES.values()} | {settings().mysql_staging_db}
        if self.is_live and (self.table or self.months):
            raise FormRefused("Expected a new database for one table or some months; then copy from it what you need.")
        if self.into and (self.into in live or not NEW_DATABASE.fullmatch(self.into)):
            raise FormRefused(f"Expected the name of a new database, in small letters, found {self.into}.")
        if self.into and self.into.startswith("genims_drill_"):
            raise FormRefused(f"Expected another name than {self.into}: drills drop databases of such names.")


def list_backups(database: Database) -> str:
    """The backups of a database as a table, the newest first: when, how large, whether proven and in what time."""
    return text_table([_line(backup) for backup in list(Store().intact(database))[:SHOWN]])


def _line(backup: Backup) -> dict:
    manifest, proof = backup.manifest, backup.last_proof
    return {
        "backup": backup.name,
        "moment (UTC)": manifest.started_at[:19],
        "kind": manifest.kind,
        "bytes": f"{sum(part.stored_bytes for part in manifest.parts):,}",
        "proven": "yes" if backup.is_proven else "no",
        "restore took (s)": proof.values["restore_seconds"] if proof else None,
    }


def chosen(store: Store, wish: Wish) -> Backup:
    """The backup that is to be restored.

    :param store: where backups are.
    :param wish: what the form asks for.
    :raises FormRefused: there is none.
    """
    if wish.backup is None:
        found = store.newest(wish.declared, proven=True)
        if found is None:
            raise FormRefused(f"{wish.declared.name}: expected a proven backup, found none: name one in the form.")
        return found
    found = store.backup(wish.backup)
    if not found.name.startswith(f"backup_{wish.database}_"):
        raise FormRefused(f"Expected a backup of {wish.database}, found {found.name}.")
    return found


def plan(wish: Wish) -> str:
    """What a restore will do, and how long the last drill took, in words.

    :raises FormRefused: it makes no sense, or there is no such backup.
    """
    wish.check()
    store = Store()
    log.info("The backups of %s:\n%s", wish.database, list_backups(wish.declared))
    backup = chosen(store, wish)
    manifest, proof = backup.manifest, backup.last_proof
    archived = archived_blobs(store, backup)
    what = f"table {wish.table}" if wish.table else "all tables"
    months = f", of the closed months {' to '.join(wish.months)}" if wish.months else ""
    where = f"a new database {wish.into}" if wish.into else f"the live database {wish.declared.name}, which is replaced"
    state = "It is proven." if backup.is_proven else "NO DRILL HAS PROVEN IT."
    seconds = proof.values["restore_seconds"] if proof else None
    time = f"The last drill restored it in {seconds:.0f} s." if seconds else "No drill has measured how long it takes."
    wait = f" {len(archived)} blobs are in the archive: up to 15 hours until they can be read." if archived else ""
    text = (
        f"{backup.name} of {manifest.started_at[:19]} UTC: {what}{months}, of {sum(manifest.rows.values()):,} rows, "
        f"into {where}. {state} {time}{wait}"
    )
    log.info("%s", text)
    return text


def archived_blobs(store: Store, backup: Backup) -> list[str]:
    """The blobs of a backup that cannot be read before they are moved out of the archive.

    :param store: where backups are.
    :param backup: the one to restore.
    """
    wanted = {part.blob for part in backup.manifest.parts}
    prefixes = {name.rpartition("/")[0] + "/" if "/" in name else name for name in wanted}
    facts = {each.name: each for prefix in prefixes for each in store.container.facts(prefix)}
    return sorted(name for name in wanted if name in facts and not facts[name].readable)


def bring_back(wish: Wish) -> bool:
    """Ask for archived blobs to be moved out of the archive; returns whether all can be read now."""
    store = Store()
    backup = chosen(store, wish)
    archived = archived_blobs(store, backup)
    for name in archived:
        [facts] = [each for each in store.container.facts(name) if each.name == name]
        if not facts.rehydrating:
            store.container.set_tier(name, "Hot")
            log.info("%s is on its way out of the archive.", name)
    return not archived_blobs(store, backup)


def agree(form: Form, wish: Wish) -> str:
    """Enter one person's request to replace a live database, or another's decision.

    :param form: of the person's run.
    :param wish: what the form asks for.
    :returns: the step entered.
    :raises FormRefused: as ``two_persons.decide``.
    """
    backup = chosen(Store(), wish)
    return decide(form, ACT, wish.declared.name, {"backup": backup.name, "manifest": backup.manifest_sha256})


def carry_out(wish: Wish, run: str) -> str:
    """Restore. A run does it once, however often its task is cleared.

    :param run: identifies who asked for it, such as ``<dag_id>/<run_id>``.
    :returns: the name of the database that holds what was restored.
    :raises BackupRefused: the new database is there already, or the backup has other objects than tables.
    :raises BackupBroken: the backup does not restore; nothing was changed.
    """
    wish.check()
    store, client = Store(), find_client()
    backup, began = chosen(store, wish), utc_now()
    if backup.manifest.objects:
        raise BackupRefused(
            f"{backup.name}: expected tables alone, found {', '.join(backup.manifest.objects)}: they cannot be moved. "
            "Download it, and restore it with gunzip and mysql"
        )
    mark = sha256(run.encode()).hexdigest()[:12]
    target, before = wish.into or wish.declared.name, f"genims_before_{mark}"
    with admin() as cursor:
        if wish.is_live and _is_there(cursor, before):
            log.info("%s: this run has replaced it already.", target)
            return target
        if not wish.is_live and _is_there(cursor, target):
            raise BackupRefused(
                f"{target}: expected no such database, found one, which was left unchanged. Choose a new name"
            )
        unfinished = f"genims_restoring_{mark}"
        cursor.execute("SELECT GET_LOCK(%s, 0)", (unfinished,))
        if cursor.fetchone() != (1,):
            raise BackupBusy(f"{unfinished}: another task of this run is restoring into it. Wait for its end")
        # What a killed try has left is no more than a part.
        cursor.execute(f"DROP DATABASE IF EXISTS {unfinished}")
        _create(cursor, unfinished, backup)
        server = connections.connection(connections.ADMIN)
        restore(store, backup.manifest, client, server, unfinished, wish.table, wish.months)
        _move(cursor, unfinished, target, before, backup)
    log.info("%s is restored into %s, in %s s.", backup.name, target, (utc_now() - began).total_seconds())
    return target


def _is_there(cursor: Cursor, name: str) -> bool:
    return bool(cursor.execute("SELECT 1 FROM information_schema.schemata WHERE schema_name = %s", (name,)))


def _create(cursor: Cursor, name: str, backup: Backup) -> None:
    about = backup.manifest.server
    cursor.execute(
        f"CREATE DATABASE IF NOT EXISTS {name} CHARACTER SET {about['character_set']} COLLATE {about['collation']}"
    )


def _move(cursor: Cursor, restored: str, target: str, before: str, backup: Backup) -> None:
    """Let the restored tables take the place of those in the target, all at once."""
    _create(cursor, target, backup)
    moves = [f"{restored}.`{name}` TO {target}.`{name}`" for name in tables_of(cursor, restored)]
    if old := tables_of(cursor, target):
        _create(cursor, before, backup)
        moves = [f"{target}.`{name}` TO {before}.`{name}`" for name in old] + moves
    cursor.execute(f"RENAME TABLE {', '.join(moves)}")
    cursor.execute(f"DROP DATABASE {restored}")
    if old:
        log.warning("What %s held before is in %s. Drop that once you are sure.", target, before)


def tables_of(cursor: Cursor, database: str) -> list[str]:
    """The tables of a database; none where it is not there.

    :param cursor: of a session of the administrator.
    """
    cursor.execute(TABLES, (database,))
    return [name for (name,) in cursor.fetchall()]
