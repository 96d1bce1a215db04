"""Restores for operators: a plan in words, archived blobs brought back, a new database filled, a live one swapped.

Everything is restored into a database of its own first. A live database is replaced in one RENAME TABLE at the very
end, and what it held before stays beside it: a kill at any moment leaves the old or the new, never half. A mark that is
renamed in the same statement tells the next try that it was done; it goes once the restore is on record.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from MySQLdb.cursors import Cursor

from genims.audit.forms.form import Form
from genims.audit.forms.two_persons import decide
from genims.backup.client import find_client
from genims.backup.databases import DATABASES, Database
from genims.backup.restore import overlaps, restore
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
UNFINISHED, BEFORE = "genims_restoring_", "genims_before_"
SCRATCH = "SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE 'genims\\_restoring\\_%'"
# The mark: a table whose comment names the backup.
TO_DO, DONE = "genims_to_do", "genims_done"
MARK = "SELECT table_comment FROM information_schema.tables WHERE table_schema = %s AND table_name = %s"
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
        if self.into and self.into.startswith(("genims_drill_", UNFINISHED, BEFORE)):
            raise FormRefused(f"Expected another name than {self.into}: drills and restores drop such databases.")


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
    :raises FormRefused: there is none, or it does not have the table or the months.
    """
    found = store.backup(wish.backup) if wish.backup else store.newest(wish.declared, proven=True)
    if found is None:
        raise FormRefused(f"{wish.declared.name}: expected a proven backup, found none: name one in the form.")
    if not found.name.startswith(f"backup_{wish.database}_"):
        raise FormRefused(f"Expected a backup of {wish.database}, found {found.name}.")
    if wish.table and wish.table not in found.manifest.rows:
        raise FormRefused(f"{found.name}: expected the table {wish.table}, found {', '.join(found.manifest.rows)}.")
    if wish.months and not any(part.is_month and overlaps(part, *wish.months) for part in found.manifest.parts):
        raise FormRefused(
            f"{found.name}: expected closed months from {' to '.join(wish.months)}, found none. Leave the months "
            "empty, or choose the audit backup of a later night."
        )
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


def carry_out(wish: Wish, run: str, put_on_record: Callable[[str, str], None] = lambda database, backup: None) -> str:
    """Restore. A run does it once, however often its task is cleared or killed.

    :param run: identifies who asked for it, such as ``<dag_id>/<run_id>``.
    :param put_on_record: is given the database that holds what was restored, and the name of the backup. It is called
        again where an earlier try was killed during it.
    :returns: the name of that database.
    :raises BackupRefused: the new database is there already, or the backup has other objects than tables.
    :raises BackupBusy: another task of the same run is restoring.
    :raises BackupBroken: the backup does not restore; nothing was changed.
    """
    wish.check()
    target, unfinished = wish.into or wish.declared.name, _unfinished(run)
    with admin() as cursor:
        if not _is_ours(cursor, unfinished):
            raise BackupBusy(f"{unfinished}: another task of this run is restoring into it. Wait for its end")
        _drop_left_behind(cursor, unfinished)
        name = _moved(cursor, unfinished) or _restore_and_move(cursor, wish, unfinished, target)
        put_on_record(target, name)
        cursor.execute(f"DROP DATABASE {unfinished}")
    return target


def clean_up(run: str) -> None:
    """Drop what a run has left that was killed after its restore was on record.

    :param run: as it was given to ``carry_out``.
    """
    with admin() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {_unfinished(run)}")


def _unfinished(run: str) -> str:
    return UNFINISHED + sha256(run.encode()).hexdigest()[:12]


def _is_ours(cursor: Cursor, unfinished: str) -> bool:
    """Whether no other session restores into this database; none does then for as long as this one lives."""
    cursor.execute("SELECT GET_LOCK(%s, 0)", (unfinished,))
    return cursor.fetchone() == (1,)


def _drop_left_behind(cursor: Cursor, own: str) -> None:
    """Drop what other runs have left that failed or were killed, but for what they have moved and not recorded yet."""
    cursor.execute(SCRATCH)
    for (name,) in cursor.fetchall():
        if name != own and _is_ours(cursor, name) and not _moved(cursor, name):
            log.warning("Dropping %s, which a restore has left that did not come to its end.", name)
            cursor.execute(f"DROP DATABASE {name}")


def _moved(cursor: Cursor, unfinished: str, mark: str = DONE) -> str | None:
    """The backup that a killed try of the same run has restored and moved, or was to move; None without any."""
    cursor.execute(MARK, (unfinished, mark))
    return next((name for (name,) in cursor.fetchall()), None)


def _restore_and_move(cursor: Cursor, wish: Wish, unfinished: str, target: str) -> str:
    store, client = Store(), find_client()
    backup, began = chosen(store, wish), utc_now()
    if backup.manifest.objects:
        raise BackupRefused(
            f"{backup.name}: expected tables alone, found {', '.join(backup.manifest.objects)}: they cannot be moved. "
            "Download it, and restore it with gunzip and mysql"
        )
    if not wish.is_live and _moved(cursor, unfinished, TO_DO) and not tables_of(cursor, target):
        # A killed try has made it, and moved nothing.
        cursor.execute(f"DROP DATABASE IF EXISTS `{target}`")
    if not wish.is_live and _is_there(cursor, target):
        raise BackupRefused(
            f"{target}: expected no such database, found one, which was left unchanged. Choose a new name"
        )
    # What a killed try has left is no more than a part.
    cursor.execute(f"DROP DATABASE IF EXISTS {unfinished}")
    _create(cursor, unfinished, backup)
    server = connections.connection(connections.ADMIN)
    restore(store, backup.manifest, client, server, unfinished, wish.table, wish.months)
    _move(cursor, unfinished, target, unfinished.replace(UNFINISHED, BEFORE), backup)
    log.info("%s is restored into %s, in %s s.", backup.name, target, (utc_now() - began).total_seconds())
    return backup.name


def _is_there(cursor: Cursor, name: str) -> bool:
    return bool(cursor.execute("SELECT 1 FROM information_schema.schemata WHERE schema_name = %s", (name,)))


def _create(cursor: Cursor, name: str, backup: Backup) -> None:
    about = backup.manifest.server
    cursor.execute(
        f"CREATE DATABASE IF NOT EXISTS `{name}` CHARACTER SET {about['character_set']} COLLATE {about['collation']}"
    )


def _move(cursor: Cursor, restored: str, target: str, before: str, backup: Backup) -> None:
    """Let the restored tables take the place of those in the target, all at once."""
    moves = [_rename(restored, target, name) for name in tables_of(cursor, restored)]
    cursor.execute(f"CREATE TABLE {restored}.{TO_DO} (id INT PRIMARY KEY) COMMENT %s", (backup.name,))
    _create(cursor, target, backup)
    if old := tables_of(cursor, target):
        _create(cursor, before, backup)
        moves = [_rename(target, before, name) for name in old] + moves
    cursor.execute(f"RENAME TABLE {', '.join(moves)}, {restored}.{TO_DO} TO {restored}.{DONE}")
    if old:
        log.warning("What %s held before is in %s. Drop that once you are sure.", target, before)


def _rename(database: str, other: str, table: str) -> str:
    table = table.replace("`", "``")
    return f"`{database}`.`{table}` TO `{other}`.`{table}`"


def tables_of(cursor: Cursor, database: str) -> list[str]:
    """The tables of a database; none where it is not there.

    :param cursor: of a session of the administrator.
    """
    cursor.execute(TABLES, (database,))
    return [name for (name,) in cursor.fetchall()]
