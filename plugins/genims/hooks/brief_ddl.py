"""DDL that lets others pass: a statement that has to wait for its table gives up at once, and is tried again later.

MySQL lets no statement on a table overtake a DDL statement that waits for it. One reader that leaves its transaction
open would therefore hold up the writer for as long as the DDL waits.
"""

from __future__ import annotations

import time
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import timedelta
from typing import TYPE_CHECKING

from genims.core.clock import utc_now
from genims.core.errors import TableHeld
from genims.core.paths import sql
from genims.hooks.mysql import admin

if TYPE_CHECKING:
    from MySQLdb.cursors import Cursor

# How long DDL waits for its table, and others for the DDL; MySQL's own lock_wait_timeout counts in whole seconds.
WAIT_SECONDS = 0.1
LOOK_SECONDS = 0.02
# A session that has held a table for this long will hardly let go within WAIT_SECONDS: the DDL does not even begin.
HELD = timedelta(seconds=1)
PAUSE_SECONDS = 2
PATIENCE_SECONDS = 300

WAITS = "SELECT 1 FROM information_schema.processlist WHERE id = %s AND state = 'Waiting for table metadata lock'"


def alter(cursor: Cursor, table: str, statement: str, patience: float = PATIENCE_SECONDS) -> None:
    """Run a DDL statement on a table without holding up others that use it for longer than WAIT_SECONDS at a time.

    :param cursor: of a session of the administrator, in the table's database; its open transaction is committed.
    :param table: name of the table.
    :param statement: the statement.
    :param patience: for how many seconds to try.
    :raises TableHeld: sessions held the table all the time; the error names them.
    """
    # Were this process to end while the statement waits, nobody else would interrupt it.
    cursor.execute("SET SESSION lock_wait_timeout = 1")
    cursor.execute("SELECT DATABASE()")
    [database] = cursor.fetchone()
    until = time.monotonic() + patience
    with admin(database) as observer:
        while holders := _attempt(cursor, observer, table, statement):
            if time.monotonic() >= until:
                raise TableHeld(
                    f"{table}: its definition could not be changed within {patience} s, because sessions hold it: "
                    f"{holders}. Nothing was changed. Let them commit, or KILL them; then clear this task."
                )
            time.sleep(PAUSE_SECONDS)


def _attempt(cursor: Cursor, observer: Cursor, table: str, statement: str) -> str:
    """Try once; returns who is in the way, nothing if the statement was run."""
    # Imported here, because the driver would slow down every parse of a DAG file.
    from MySQLdb import OperationalError
    from MySQLdb.constants import ER

    session = cursor.connection.thread_id()
    if holders := _holders(observer, table, session, longer_than=HELD):
        return holders
    with ThreadPoolExecutor(1) as pool:
        altering = pool.submit(cursor.execute, statement)
        _interrupt_if_it_waits(altering, observer, session)
        try:
            altering.result()
        except OperationalError as error:
            if error.args[0] not in (ER.QUERY_INTERRUPTED, ER.LOCK_WAIT_TIMEOUT):
                raise
            return _holders(observer, table, session) or "a session that has ended meanwhile"
    return ""


def _interrupt_if_it_waits(altering: Future, observer: Cursor, session: int) -> None:
    """End the statement as soon as it has waited for its table for WAIT_SECONDS; return when it has ended or will."""
    began_to_wait = None
    while not wait([altering], LOOK_SECONDS).done:
        if not observer.execute(WAITS, (session,)):
            began_to_wait = None
            continue
        began_to_wait = began_to_wait or time.monotonic()
        if time.monotonic() - began_to_wait >= WAIT_SECONDS - 2 * LOOK_SECONDS:
            observer.execute(f"KILL QUERY {session}")
            return


def _holders(observer: Cursor, table: str, session: int, longer_than: timedelta = timedelta()) -> str:
    observer.execute(sql("setup/table_holders"), {"table": table, "own_session": session})
    return "; ".join(
        f"session {number} of {user}@{client} since {since:%Y-%m-%d %H:%M:%S} UTC"
        for number, user, client, since in observer.fetchall()
        if since <= utc_now() - longer_than
    )
