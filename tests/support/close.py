"""The nights of the financial close, run here step by step."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from types import SimpleNamespace
from unittest import mock

from genims.audit.forms.form import Form
from genims.audit.ledger.pipeline import PIPELINE
from genims.close import figures, gate, restating, steps
from genims.core.settings import settings
from tests.support.audit.backups import remove
from tests.support.faults.faults import TODAY
from tests.support.servers import administrator
from tests.support.tasks import RunningTask

TABLES = [table.name for table in figures.closing_tables()]
A_DAY = timedelta(days=1)


def ago(days: int) -> date:
    return TODAY - days * A_DAY


def context(run_id: str | None = None, user: str | None = None, **params) -> dict:
    """What Airflow hands to a step; ``pushed`` has what it gives as XCom."""
    pushed = {}
    return {
        "params": {"dry_run": False, "day": None} | params,
        "dag_run": SimpleNamespace(
            dag_id="financial_close", run_id=run_id or f"test__{uuid.uuid4()}", triggering_user_name=user
        ),
        "ti": RunningTask(xcom_push=lambda key, value: pushed.update({key: value})),
        "pushed": pushed,
    }


class Nights:
    """The nights of the close."""

    def reopen(self) -> None:
        """As if no day had ever been closed."""
        with administrator(settings().mysql_reporting_db) as connection, connection.cursor() as cursor:
            cursor.execute("DELETE FROM closed_days")
            for name in TABLES:
                cursor.execute(f"UPDATE {name} SET close_status = 'provisional', closed_at = NULL")
        # The whole chain: without some of its rows it would be broken for the tests that verify it afterwards.
        with administrator(settings().mysql_audit_db) as connection:
            remove(connection, PIPELINE)

    def first(self, day: date) -> str:
        """Close a day that is the first of all; returns the signed digest."""
        with mock.patch.object(gate, "business_day", return_value=day + A_DAY):
            return self.close()

    def close(self, publish: bool = False) -> str:
        """Run the steps of a night behind the controls; returns the signed digest.

        :param publish: whether to load the day for the last time, as a night does.
        """
        run = context()
        day = date.fromisoformat(steps.day_of(run["dag_run"], run["params"]))
        for name in TABLES if publish else ():
            steps.publish(day, run, name)
        gate.close(day, "financial_close", steps.run_of(run["dag_run"]))
        return steps.sign_off(day, run)

    def close_all(self, first: date) -> dict[date, str]:
        """Close every day from ``first`` to yesterday; returns their digests."""
        digests = {first: self.first(first)}
        while day := steps.next_day():
            digests[date.fromisoformat(day)] = self.close()
        return digests


def stored(day: date) -> figures.Figures:
    with gate.session() as connection, connection.cursor() as cursor:
        return figures.stored(cursor, day)


def signed(day: date) -> list[tuple]:
    """The rows of a day on the chained record: subject, outcome, detail."""
    with administrator(settings().mysql_audit_db) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT subject, outcome, detail FROM sox_compliance_log WHERE control_id = 'day_close' "
            "AND business_day = %s ORDER BY audit_sequence",
            (day,),
        )
        return list(cursor.fetchall())


def restate_form(
    decision: str, first: date, last: date | None = None, person: str = "anna", roll_forward: bool = False
):
    """The form ``restate`` as a person fills it in."""

    fields = {
        "first_day": str(first),
        "last_day": str(last) if last else None,
        "roll_forward": roll_forward,
        "decision": decision,
        "reason": "a late invoice",
    }
    return Form(person, f"restate/test__{uuid.uuid4()}", fields)


def restate(first: date, last: date | None = None, roll_forward: bool = False) -> None:
    """Restate days as two persons do."""
    restating.decide(restate_form("request", first, last, "anna", roll_forward))
    confirmed = restate_form("confirm", first, last, "bruno", roll_forward)
    assert restating.decide(confirmed) == "confirmed"
    restating.carry_out(confirmed)
