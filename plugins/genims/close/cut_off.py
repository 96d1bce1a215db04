"""The cut-off of a day: whether its loads are there, and which postings lie at its edge."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta

from MySQLdb.cursors import DictCursor

from genims.close.figures import closing_tables
from genims.core import connections
from genims.core.clock import utc_start_of
from genims.core.paths import sql
from genims.core.text_table import text_table
from genims.engine.source_query import SourceQuery
from genims.hooks.mysql import GenimsMySqlHook
from genims.hooks.sources import SourcesHook
from genims.reporting.rendered import TEMPLATES

HOUR = timedelta(hours=1)
TODO = {
    "entered_later": "Reported: the day has it. Ask who entered it why it came late.",
    "period_closed": "Reported: book it into an open period, or open the period of the day.",
    "dated_ahead": "Reported: it counts on its own day. Correct its date if that is wrong.",
    "hours_missing": "Reported: later runs have loaded these hours as well. See why they did not run.",
    "no_nightly": "Blocks: run reporting_nightly, then clear this task.",
    "no_snapshot": "Reported: no source knows past open items, so the day closes without them.",
}
BLOCKING = {"no_nightly"}


@dataclass(frozen=True)
class CutOff:
    """What was found at the cut-off of a day.

    :param findings: a dict for each, with ``finding``, a key of TODO, first and ``todo`` last.
    """

    findings: list[dict[str, object]]

    @property
    def blocks(self) -> bool:
        """Whether the day must not be closed."""
        return any(each["finding"] in BLOCKING for each in self.findings)

    def as_table(self) -> str:
        """The findings as a table to read, those that block first."""
        return text_table(sorted(self.findings, key=lambda each: each["finding"] not in BLOCKING))


def cut_off(day: date) -> CutOff:
    """Look at the edge of a day.

    :param day: the business day.
    """
    return CutOff([*_loads(day), *_postings(day)])


def _loads(day: date) -> list[dict[str, object]]:
    start, end = utc_start_of(day), utc_start_of(day + timedelta(days=1))
    tables = {table.name: table for table in closing_tables()}
    with (
        closing(GenimsMySqlHook(connections.AUDIT).get_conn()) as connection,
        connection.cursor(DictCursor) as cursor,
    ):
        cursor.execute(sql("close/syncs"), {"tables": tuple(tables), "start": start, "end": end})
        seen = {row["table_name"]: row for row in cursor.fetchall()}
    hours, found = (end - start) // HOUR, []
    for name, table in tables.items():
        row = seen.get(name, {"hours": 0, "nightly": 0})
        if row["hours"] < hours:
            found.append(_finding("hours_missing", name, f"{row['hours']} of {hours} hourly loads"))
        if table.load == "snapshot":
            found += [] if _has_snapshot(name, table.closes, day) else [_finding("no_snapshot", name, str(day))]
        elif not row["nightly"]:
            found.append(_finding("no_nightly", name, f"none since {end} UTC"))
    return found


def _has_snapshot(name: str, column: str, day: date) -> bool:
    with closing(GenimsMySqlHook(connections.REPORTING).get_conn()) as connection, connection.cursor() as cursor:
        return bool(cursor.execute(f"SELECT 1 FROM {name} WHERE {column} = %s LIMIT 1", (day,)))


def _finding(finding: str, table: str, found: str) -> dict[str, object]:
    empty = dict.fromkeys(("company", "accounts", "posting_date", "entered_on", "debit", "credit"))
    return {"finding": finding, "ledger": table, "document": found} | empty | {"todo": TODO[finding]}


def _postings(day: date) -> list[dict[str, object]]:
    query = SourceQuery(TEMPLATES.get_template("close/cut_off.sql").render(day=day))
    with SourcesHook().open(("erp", "financial")) as duck:
        rows = duck.execute(query.sent({}))
        names = [column[0] for column in rows.description]
        return [dict(zip(names, row, strict=True)) | {"todo": TODO[row[0]]} for row in rows.fetchall()]
