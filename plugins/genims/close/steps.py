"""The steps of ``financial_close``, each safe to clear any number of times: what is closed already stays as it is."""

from __future__ import annotations

import json
import logging
from contextlib import closing
from datetime import date
from functools import partial
from typing import Any

from airflow.sdk.types import DagRunProtocol

from genims.audit.ledger.pipeline import PIPELINE, append_rows
from genims.close import changes, figures, gate, signing
from genims.close import controls as financial_controls
from genims.close.cut_off import cut_off as look_at_cut_off
from genims.close.differences import differences
from genims.close.signing import USER
from genims.core import connections
from genims.core.errors import CloseBlocked, DayNotClosed
from genims.core.paths import sql
from genims.core.settings import settings
from genims.core.text_table import text_table
from genims.engine.run_log import SyncAttempt
from genims.engine.table import LoadedTable
from genims.engine.tries import require_running
from genims.hooks.mysql import GenimsMySqlHook

log = logging.getLogger(__name__)

SHOWN = 200
RECORDED = 50


def run_of(dag_run: DagRunProtocol) -> str:
    """``<dag_id>/<run_id>``, which identifies a run however often its tasks are cleared."""
    return f"{dag_run.dag_id}/{dag_run.run_id}"


def day_of(dag_run: DagRunProtocol, params: dict[str, Any]) -> str | None:
    """The business day that a run closes, as text; of a dry run, the one that the form names.

    What a killed run has left unsigned is signed first.

    :param dag_run: the run.
    :param params: the fields of its form.
    :returns: None if no day is to be closed.
    """
    signing.sign()
    day = params["day"] or gate.day_of_run(run_of(dag_run))
    return str(day) if day else None


def cut_off(day: date, context: dict[str, Any]) -> str:
    """Look at the edge of the day.

    :param day: the business day.
    :param context: of the task; a block is also its XCom ``blocked``.
    :returns: what was found, as a table.
    :raises CloseBlocked: the nightly run is not there.
    """
    if _is_closed_already(day, context):
        return "closed already"
    found = look_at_cut_off(day)
    log.info("Cut-off of %s:\n%s", day, found.as_table())
    if found.blocks:
        _block(day, "cut-off", found.as_table(), context)
    return found.as_table()


def controls(day: date, context: dict[str, Any]) -> str:
    """Run the controls and put their outcomes on record.

    :param day: the business day.
    :param context: of the task; a block is also its XCom ``blocked``.
    :returns: the outcomes, as a table.
    :raises CloseBlocked: a control that blocks failed, or one did not run.
    """
    if _is_closed_already(day, context):
        return "closed already"
    outcomes = financial_controls.run_controls(day)
    log.info("Controls of %s:\n%s", day, financial_controls.as_table(outcomes))
    if not context["params"]["dry_run"]:
        append_rows("sox_compliance_log", [_record(day, outcome) for outcome in outcomes], USER)
    if blocking := financial_controls.blocking(outcomes, settings().genims_close_strict):
        _block(day, "controls", financial_controls.as_table(blocking), context)
    return financial_controls.as_table(outcomes)


def publish(day: date, context: dict[str, Any], name: str) -> str | int:
    """Publish what the sources hold of the day; of a dry run, say what that would change.

    :param day: the business day.
    :param context: of the task.
    :param name: name of a table that closes.
    :returns: the number of rows published, or the differences as a table.
    """
    [table] = [each for each in figures.closing_tables() if each.name == name]
    if context["params"]["dry_run"]:
        return preview(table, day)
    if table.load == "snapshot":
        log.info("The snapshot of %s stays as the last load of that day left it.", day)
        return 0
    dag_run, try_number = context["dag_run"], context["ti"].try_number
    window = figures.window_of(table, day, day)
    attempt = SyncAttempt.of(dag_run.dag_id, dag_run.run_id, table.name, window, try_number=try_number)
    with attempt.recorded():
        return figures.publish(table, day, attempt, last_look=partial(require_running, context["ti"]))


def preview(table: LoadedTable, day: date) -> str:
    """The differences that publishing a day would make, as a table; nothing is published.

    :param table: a table that closes.
    :param day: the business day.
    """
    now = figures.recomputed(table, [day])
    if now is None:
        return "a snapshot stays as it is"
    with gate.session() as connection, connection.cursor() as cursor:
        before = figures.stored(cursor, day).rows[table.name]
    lines = [line for each in differences(table, day, before, now[day]) for line in each.lines()]
    shown = text_table(lines[:SHOWN])
    log.info("%d values of %s would change:\n%s", len(lines), table.name, shown)
    return shown


def close_day(day: date, context: dict[str, Any]) -> str:
    """Close the day with the figures that are published.

    :param day: the business day.
    :param context: of the task.
    :returns: the digest of its rows.
    :raises CloseBlocked: the controls are not on record, or one of them blocks, whatever the state of their task is.
    """
    if not _is_closed_already(day, context):
        _require_controls(day)
    who = context["dag_run"].triggering_user_name or USER
    return gate.close(day, who, run_of(context["dag_run"])).digest


def sign_off(day: date, context: dict[str, Any]) -> str:
    """Sign the day on the chained record, and see that it is what is signed.

    :param day: the business day.
    :param context: of the task.
    :returns: the digest that is signed.
    """
    signing.sign()
    with gate.session() as connection:
        days = gate.closed(connection, day, day)
        gate.require_as_closed(connection, days)
    with closing(GenimsMySqlHook(connections.AUDIT).get_conn()) as connection:
        signing.require_signed(connection, days)
    return days[0].digest


def compare_closed_days() -> str:
    """Compare the closed days within reach with the record, and with what the sources say now.

    :returns: what sources have changed since, as a table.
    :raises EvidenceError: rows of closed days are not those that were closed.
    """
    return text_table(changes.report()[:SHOWN])


def next_day() -> str | None:
    """The day that the next run is to close, as text; None while it is not over."""
    with gate.session() as connection:
        day = gate.next_day(connection)
    return str(day) if day else None


def require_closed() -> None:
    """See that every day is closed that is over.

    :raises DayNotClosed: days are not.
    """
    with gate.session() as connection, closing(GenimsMySqlHook(connections.AUDIT).get_conn()) as audit:
        days = gate.overdue(connection, audit)
    if days:
        raise DayNotClosed(
            f"Not closed: {', '.join(map(str, days))}. See why financial_close did not run or is blocked. Once it "
            "runs, it makes up these days in order."
        )


def _is_closed_already(day: date, context: dict[str, Any]) -> bool:
    """Whether the day needs no look any more: it is closed, and this is no dry run."""
    is_closed = gate.state_of(day) in (gate.CLOSED, gate.RESTATED) and not context["params"]["dry_run"]
    if is_closed:
        log.info("%s is closed already; its figures stay.", day)
    return is_closed


def _require_controls(day: date) -> None:
    """See that the record has an outcome of each control that lets the day be closed."""
    controls = {control.id: control for control in financial_controls.read_controls()}
    values = {"source": PIPELINE, "day": day, "controls": tuple(controls)}
    with closing(GenimsMySqlHook(connections.AUDIT).get_conn()) as connection, connection.cursor() as cursor:
        cursor.execute(sql("close/outcomes"), values)
        states = dict(cursor.fetchall())
    outcomes = [
        financial_controls.Outcome(control, states.get(name, financial_controls.NOT_RUN), error="no outcome on record")
        for name, control in controls.items()
    ]
    if blocking := financial_controls.blocking(outcomes, settings().genims_close_strict):
        names = ", ".join(outcome.control.id for outcome in blocking)
        raise CloseBlocked(
            f"{day} cannot be closed: on record no outcome that lets it, of {names}. Clear the task controls; marking "
            "it as a success changes nothing."
        )


def _record(day: date, outcome: financial_controls.Outcome) -> dict[str, object]:
    detail = outcome.error or json.dumps(outcome.findings[:RECORDED], default=str)
    return {
        "control_id": outcome.control.id,
        "business_day": day,
        "subject": outcome.control.title[:255],
        "population_count": outcome.examined,
        "exception_count": outcome.found if outcome.state == financial_controls.FAILED else 0,
        "outcome": outcome.state,
        "detail": None if outcome.state == financial_controls.PASSED else detail,
    }


def _block(day: date, step: str, table: str, context: dict[str, Any]) -> None:
    """Fail with what blocks the day; a dry run goes on, to say what would be published."""
    context["ti"].xcom_push(key="blocked", value=table)
    if context["params"]["dry_run"]:
        log.error("The close of %s would be blocked at its %s:\n%s", day, step, table)
        return
    raise CloseBlocked(
        f"The close of {day} is blocked at its {step}, and nothing is published:\n{table}\n"
        "Mend what the last column says, then clear this task with all that follow it."
    )
