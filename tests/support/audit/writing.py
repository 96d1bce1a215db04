"""Events for the ledger, and sessions of those who write and alter."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from random import Random

from genims.audit.format.chained_tables import chained_tables
from genims.audit.format.event import AuditEvent
from genims.audit.ledger.ledger import Ledger
from genims.core import connections
from genims.core.clock import utc_now
from genims.hooks.mysql import GenimsMySqlHook


def new_source() -> str:
    """The name of a source database that no test has used: audit rows cannot be deleted."""
    return f"test_{secrets.token_hex(6)}"


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self):
        self.now = utc_now()

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@contextmanager
def opened(source: str, **options) -> Iterator[Ledger]:
    """The ledger of a source on a session of its own."""
    with closing(GenimsMySqlHook(connections.AUDIT, loads=True).get_conn()) as connection:
        yield Ledger.open(connection, source, **options)


def row_of(table: str, *values: object) -> tuple[str, dict[str, object]]:
    """A further row of an event.

    :param values: those of the table's own columns, in order.
    """
    return table, dict(zip(chained_tables()[table].own_columns, values, strict=True))


def event(number: int, random: Random | None = None) -> AuditEvent:
    """An update of a material: a row in four tables, two of them with several.

    :param random: varies the number of rows; without it there is one system row, three columns, one domain row.
    """
    key = f"MAT-{number:06d}"
    columns = ["standard_cost", "moving_average_cost", "updated_at", "lead_time"][
        : random.randint(1, 4) if random else 3
    ]
    before = json.dumps({"material_id": key, **dict.fromkeys(columns, "1.5"), "name": 'M6 "steel"', "note": None})
    after = before.replace("1.5", "2.5")
    subject = {"operation": "UPDATE", "table_name": "materials", "row_key": key}
    rows = [
        ("data_change_audit", subject | {"column_name": column, "old_value": "1.5", "new_value": "2.5", "masked": 0})
        for column in columns
    ]
    changed = {
        "changed_columns": ",".join(columns),
        "old_values": json.dumps(dict.fromkeys(columns, "1.5")),
        "new_values": json.dumps(dict.fromkeys(columns, "2.5")),
        "changed_by": "alice",
        "reason": "new price list",
    }
    rows.append(("master_data_changes", subject | changed))
    if random and random.random() < 0.5:
        prices = {"old_price": "1.5", "new_price": "2.5", "changed_by": "alice"}
        rows += [("price_cost_changes", subject | {"column_name": column} | prices) for column in columns[:2]]
    return AuditEvent(
        at=datetime(2026, 11, 24, 10, 0, 0, 123456) + timedelta(milliseconds=number),
        operation="UPDATE",
        table_name="materials",
        session_user_name="erp_app",
        source_sequence=number,
        row_key=key,
        transaction_id=7_000 + number // 3,
        app_user="alice",
        application_name="erp-web",
        client_address="10.0.0.7",
        request_id=f"request-{number // 3}",
        reason="new price list",
        before=before,
        after=after,
        rows=rows,
    )


def events(amount: int, first: int = 1) -> list[AuditEvent]:
    """``event`` for a run of numbers."""
    return [event(number) for number in range(first, first + amount)]
