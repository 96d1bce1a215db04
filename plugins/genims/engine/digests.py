"""Digests of the rows of each business day, kept when rows are published: whatever alters them later is noticed.

The run log keeps with each load the digests of the periods that it published, and with each comparison those of all
periods, so that the newest comparison and the loads after it say what every period must be.
"""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass, field
from hashlib import sha256

from MySQLdb import OperationalError
from MySQLdb.constants import ER
from MySQLdb.cursors import Cursor

from genims.core import connections
from genims.core.errors import PlatformError
from genims.engine.table import LoadedTable, loaded_columns, target
from genims.hooks.mysql import GenimsMySqlHook

KEPT = """
SELECT action, window_start, window_end, digests
FROM audit_etl_sync_log
WHERE table_name = %(table)s AND digests IS NOT NULL AND sync_id >= COALESCE(
    (
        SELECT MAX(sync_id) FROM audit_etl_sync_log
        WHERE table_name = %(table)s AND action = 'reconcile' AND digests IS NOT NULL
    ),
    0
)
ORDER BY sync_id
"""


@dataclass
class Digests:
    """What the rows of a table are, by period.

    :param form: which columns of which types were digested; digests of another form say nothing of these.
    :param periods: the digest of each business day or month, with its number of rows; a period without rows has none.
    """

    form: str
    periods: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> str:
        """What the run log keeps."""
        return json.dumps({"form": self.form, "periods": self.periods})


def form_of(table: LoadedTable) -> str:
    """A short text that tells other columns, or columns of other types, from those that are digested now."""
    columns = target(table.name).columns
    return sha256(repr([(name, columns[name].type) for name in loaded_columns(table.name)]).encode()).hexdigest()[:8]


def compute(table: LoadedTable, digest_sql: str, cursor: Cursor) -> Digests:
    """The digests of what a session of MySQL sees in the table.

    :param table: the table.
    :param digest_sql: the rendered statement, which says for which periods.
    :param cursor: of the session.
    """
    cursor.execute(digest_sql)
    return Digests(form_of(table), {str(period): f"{digest}:{rows}" for period, rows, digest in cursor.fetchall()})


@dataclass
class Kept(Digests):
    """What the periods were when they were published.

    :param known: the first and the last period of each load on record; None once all periods are.
    """

    known: list[tuple[str, str]] | None = field(default_factory=list)

    def knows(self, period: str) -> bool:
        """Whether it is on record what a period must be, were it that it has no rows."""
        return self.known is None or any(first <= period <= last for first, last in self.known)

    def replace(self, first: str, last: str, periods: dict[str, str]) -> None:
        """Take over what a load published.

        :param first: the first period that the load covered, as it is written in ``periods``.
        :param last: the last one.
        :param periods: the digest of each period that has rows, by period.
        """
        left = {period: digest for period, digest in self.periods.items() if not first <= period <= last}
        self.periods = left | periods
        if self.known is not None:
            self.known.append((first, last))


def kept(table: LoadedTable) -> Kept:
    """What the periods of a table were when they were published, as far as it is on record in the present form.

    :param table: the table.
    :raises PlatformError: the run log has no place for digests.
    """
    with closing(GenimsMySqlHook(connections.AUDIT).get_conn()) as connection, connection.cursor() as cursor:
        try:
            cursor.execute(KEPT, {"table": table.name})
        except OperationalError as error:
            if error.args[0] != ER.BAD_FIELD_ERROR:
                raise
            raise PlatformError(
                "audit_etl_sync_log lacks the column digests: run platform_setup, then clear this task"
            ) from error
        rows = cursor.fetchall()
    found = Kept(form_of(table))
    layout = "%Y-%m" if table.by_month else "%Y-%m-%d"
    for action, first, last, text in rows:
        record = json.loads(text)
        if record["form"] != found.form:
            continue
        if action == "reconcile" or table.load == "replace":
            found = Kept(found.form, record["periods"], known=None)
        else:
            found.replace(f"{first:{layout}}", f"{last:{layout}}", record["periods"])
    return found
